"""Which calls were asked for: ``--call``, ``--number``, ``--ip``, ``--from`` and ``--to``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.calls.model import Call
from sipdiag.calls.parties import user_of
from sipdiag.messages.captured import Host
from sipdiag.sip.address import NameAddr, parse_name_addr

CALL_NAME = re.compile(r"c\d+")
_NS = 1_000_000_000
_CALLING = ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion", "Referred-By")
"""Headers that name a number of a call beside From, To and the Request-URI."""


class Moment(Struct, frozen=True):
    """A time somebody named: whole, or a time of the day on which the capture begins."""

    zone: tzinfo
    date_and_time: datetime | None = None
    of_day: time | None = None

    def ns(self, first_ns: int, not_before_ns: int | None = None) -> int:
        """Nanoseconds since the epoch, in a capture that begins at ``first_ns``.

        A time of day that lies before ``not_before_ns`` is that of the next day.
        """
        if self.date_and_time is not None:
            return _ns_of(self.date_and_time)
        day = datetime.fromtimestamp(first_ns / _NS, self.zone).date()
        found = _ns_of(datetime.combine(day, self.of_day or time(), self.zone))
        if not_before_ns is not None and found < not_before_ns:
            found = _ns_of(datetime.combine(day + timedelta(days=1), self.of_day or time(), self.zone))
        return found


def _ns_of(moment: datetime) -> int:
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _NS + since.microseconds * 1000


class AddressFilter(Struct, frozen=True):
    """An address or a network, and perhaps a port."""

    network: IPv4Network | IPv6Network
    port: int | None = None

    def holds(self, host: Host) -> bool:
        """Whether the host is in it."""
        if self.port is not None and host.port != self.port:
            return False
        try:
            return ip_address(host.address) in self.network
        except ValueError:
            return False


class CallFilter(Struct, frozen=True):
    """What a call must have to be one of those asked for; what is None does not matter."""

    text: str | None = None
    """Part of a Call-ID, number or provider's call id; or the call's own id."""
    number: str | None = None
    """Digits of a number, however the messages write it."""
    place: AddressFilter | None = None
    """A message came from there or went there."""
    since: Moment | None = None
    """It was still up after …"""
    until: Moment | None = None
    """… and had begun by …"""

    @property
    def options(self) -> tuple[str, ...]:
        """The options that made the choice, as typed."""
        given = {
            "--call": self.text,
            "--number": self.number,
            "--ip": self.place,
            "--from": self.since,
            "--to": self.until,
        }
        return tuple(name for name, value in given.items() if value is not None)

    def renamed(self, term: Callable[[str], str]) -> CallFilter:
        """The same filter under pseudonyms; ``term`` maps a text to its pseudonym."""
        text = term(self.text) if self.text is not None else None
        number = self.number
        if number is not None:
            number = _digits(
                next((found for form in (f"+{number}", number) if (found := term(form)) != form), number)
            )
        place = self.place
        if place is not None and place.network.num_addresses == 1:
            pseudonym = term(str(place.network.network_address))
            try:
                place = replace(place, network=_network(pseudonym))
            except ValueError:
                place = self.place
        return replace(self, text=text, number=number, place=place)

    def matches(self, call: Call, id_headers: Sequence[str], first_ns: int) -> bool:
        """Whether the call is one of them, in a capture that begins at ``first_ns``."""
        since = self.since.ns(first_ns) if self.since is not None else None
        until = self.until.ns(first_ns, since) if self.until is not None else None
        if (since is not None and call.end_ns < since) or (until is not None and call.start_ns > until):
            return False
        if self.text is not None and not matches(call, self.text, id_headers):
            return False
        if self.number is not None and not any(self.number in digits for digits in _numbers(call)):
            return False
        place = self.place
        return place is None or any(place.holds(host) for host in _hosts(call))


def number_of(text: str) -> str:
    """The digits of a number as typed, without a trunk prefix or 00 in front, which messages may not have.

    :raises ValueError: there are fewer than three.
    """
    digits = _digits(text).lstrip("0")
    if len(digits) < 3:
        raise ValueError(f"{text!r} has fewer than three digits")
    return digits


def place_of(text: str) -> AddressFilter:
    """``192.0.2.1``, ``192.0.2.1:5060``, ``192.0.2.0/24``, ``2001:db8::1``, ``[2001:db8::1]:5060``.

    :raises ValueError: it is none of these.
    """
    address, port = text.strip(), None
    bracketed = re.fullmatch(r"\[(.+)\](?::(\d{1,5}))?", address)
    plain = re.fullmatch(r"([\d.]+):(\d{1,5})", address)
    if match := bracketed or plain:
        address, port = match[1], int(match[2]) if match[2] else None
    return AddressFilter(_network(address), port)


def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _hosts(call: Call) -> Iterator[Host]:
    for leg in call.legs:
        for entry in leg.messages:
            yield entry.captured.src
            yield entry.captured.dst


def _numbers(call: Call) -> Iterator[str]:
    """The digits of every number that the first INVITE of a leg, or a REFER, names."""
    for leg in call.legs:
        for request in [*leg.invites[:1], *leg.in_dialog("REFER")]:
            message = request.first.message
            named: list[NameAddr | None] = [message.from_, message.to, message.refer_to]
            named += [parse_name_addr(value) for name in _CALLING if (value := message.header(name))]
            yield from (_digits(user_of(one)) for one in named if one is not None)
            yield _digits(message.uri.partition("@")[0])


def matches(call: Call, text: str, id_headers: Sequence[str]) -> bool:
    """Whether a Call-ID, number or provider's call id (in ``id_headers``) contains ``text``, or it is the call's id.

    ``c1`` counts only as an id: many Call-IDs contain it by chance.
    """
    wanted = text.lower()
    if CALL_NAME.fullmatch(wanted):
        return wanted == call.id
    digits = "".join(c for c in text if c.isdigit())
    for leg in call.legs:
        if wanted in leg.call_id.lower():
            return True
        for invite in leg.invites[:1]:
            message = invite.first.message
            users = [user_of(message.from_), user_of(message.to), message.uri]
            if any(wanted in user.lower() for user in users):
                return True
            if len(digits) >= 5 and digits == text.lstrip("+") and any(digits in u for u in users):
                return True
            if any(wanted in (message.header(name) or "").lower() for name in id_headers):
                return True
    return False
