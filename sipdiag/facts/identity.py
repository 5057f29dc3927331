"""Who calls whom: numbers and countries of a leg, and the identity a carrier checks.

The *home* country is that of the trunk's own number: the called number of the leg upstream, the
Diversion, a user name that is a number, else the calling number.  Where none of them has a country
code, the exit code 011 before the called number tells that it is North America.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sipdiag.calls.model import Leg
from sipdiag.calls.parties import called_user, last_try, number_key, user_of
from sipdiag.knowledge.number import Number, NumberForm
from sipdiag.knowledge.numbers import home_region, parse_number
from sipdiag.knowledge.provider import Provider
from sipdiag.sip.address import NameAddr
from sipdiag.sip.message import Message

DEFAULT_JUDGES = ("P-Asserted-Identity", "From")
ANONYMOUS = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private"})
NANP_EXIT_CODE = "011"
"""With this a number abroad is dialled from North America."""


class Identity(Struct, frozen=True):
    """The numbers of one leg."""

    caller: Number | None
    callee: Number | None
    home: str | None
    """ISO region of the trunk's own number."""
    judged: tuple[tuple[str, Number], ...]
    """(header, number) of each identity that the called end checks, the decisive one first."""
    anonymous: bool


def identify(leg: Leg, base: Leg | None) -> Identity:
    """Read the numbers of ``leg``; ``base`` is the leg it hangs on, where one was captured."""
    invite = last_try(leg)
    if invite is None:
        return _from_any(leg)
    home = _home(invite, base)
    return Identity(
        caller=_parsed(user_of(invite.from_), home),
        callee=_parsed(called_user(invite), home),
        home=home,
        judged=tuple(_judged(invite, leg.sides.callee.provider, home)),
        anonymous=_anonymous(invite),
    )


def _parsed(text: str, home: str | None) -> Number | None:
    return parse_number(text, home) if text else None


def _from_any(leg: Leg) -> Identity:
    """Mid-dialog captures: From and To of the first message, from the caller's point of view."""
    if not leg.messages:
        return Identity(None, None, None, (), False)
    message = leg.messages[0].captured.message
    caller, callee = user_of(message.from_), user_of(message.to)
    if message.from_tag != leg.from_tag:
        caller, callee = callee, caller
    home = home_region(caller) if caller else None
    return Identity(
        caller=_parsed(caller, home), callee=_parsed(callee, home), home=home, judged=(), anonymous=False
    )


def _home(invite: Message, base: Leg | None) -> str | None:
    own = list(_own_numbers(invite, base))
    return next(filter(None, map(home_region, own)), None) or _home_of_dialling(called_user(invite), own)


def _home_of_dialling(called: str, own: list[str]) -> str | None:
    """The country by its dialling: only North America calls abroad with 011, and writes ten digits."""
    number = _parsed(called, None)
    if not called.startswith(NANP_EXIT_CODE) or number is None or number.form is not NumberForm.exit_code:
        return None
    return next(filter(None, (home_region(f"+1{text}") for text in own if len(text) == 10)), None)


def region_of(number: Number | None) -> str | None:
    """The country a number belongs to; None for global services and what cannot be parsed."""
    if number is None or number.is_global_service or number.e164 is None:
        return None
    return number.region


def shown(number: Number | None) -> str | None:
    """A number as reports show it: E.164 where known, else as written."""
    return (number.e164 or number.raw) if number is not None else None


def _own_numbers(invite: Message, base: Leg | None) -> Iterator[str]:
    upstream = last_try(base) if base is not None else None
    if upstream is not None and base is not None:
        # A platform's call out: what it called from is its own; a call in: what was called, unless
        # that call is merely passed on.
        own = user_of(upstream.from_) if base.sides.caller.voice_ai else called_user(upstream)
        if own and number_key(own) != number_key(called_user(invite)):
            yield own
    for diverted in invite.diversion:
        if text := user_of(diverted):
            yield text
    for credentials in invite.credentials:
        if credentials.username.lstrip("+").isdigit() and len(credentials.username) >= 10:
            yield credentials.username
    if text := user_of(invite.from_):
        yield text


def _judged(invite: Message, provider: Provider | None, home: str | None) -> Iterator[tuple[str, Number]]:
    headers = provider.judges if provider is not None else DEFAULT_JUDGES
    every = provider is not None and provider.judges_all
    for header in headers:
        number = _parsed(user_of(_identity_header(invite, header)), home)
        if number is None:
            continue
        yield header, number
        if not every:
            return


def _identity_header(invite: Message, name: str) -> NameAddr | None:
    return {
        "p-preferred-identity": invite.ppi,
        "p-asserted-identity": invite.pai,
        "remote-party-id": invite.rpid,
        "from": invite.from_,
    }.get(name.lower())


def _anonymous(invite: Message) -> bool:
    sender = invite.from_
    if sender is None:
        return False
    return sender.uri.user.lower() in ANONYMOUS or sender.uri.host.lower().endswith("anonymous.invalid")
