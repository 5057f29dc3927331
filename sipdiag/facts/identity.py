"""Who calls whom: numbers and countries of a leg, and the identity a carrier checks.

The *home* country is that of the trunk's own number: the called number of the leg upstream, the
Diversion, a user name that is a number, else the calling number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.calls.joining import number_key
from sipdiag.calls.model import Leg
from sipdiag.knowledge.numbers import Number, parse_number
from sipdiag.sip.address import NameAddr, parse_uri
from sipdiag.sip.message import Message

if TYPE_CHECKING:
    from sipdiag.facts.legview import LegView

DEFAULT_JUDGES = ("P-Asserted-Identity", "From")
ANONYMOUS = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private"})


class Identity(Struct, frozen=True):
    """The numbers of one leg."""

    caller: Number | None
    callee: Number | None
    home: str | None
    """ISO region of the trunk's own number."""
    judged: tuple[tuple[str, Number], ...]
    """(header, number) of each identity that the called end checks, the decisive one first."""
    anonymous: bool


def opener(leg: Leg) -> Message | None:
    """The first INVITE, if it was captured."""
    if not leg.invites:
        return None
    message = leg.invites[-1].first.message
    return message if message.is_request else None


def user_text(address: NameAddr | None) -> str | None:
    """The user part, or the number of a tel: URI; None without one."""
    if address is None:
        return None
    return address.uri.user or None


def called_text(invite: Message) -> str | None:
    """Whom the INVITE calls, as written."""
    return parse_uri(invite.uri).user or user_text(invite.to)


def identify(view: LegView, base: LegView | None) -> Identity:
    """Read the numbers of ``view``'s leg; ``base`` is the leg upstream, where one was captured."""
    invite = opener(view.leg)
    if invite is None:
        return _from_any(view)
    home = _home(invite, base)
    caller_text, callee_text = user_text(invite.from_), called_text(invite)
    return Identity(
        caller=parse_number(caller_text, home) if caller_text else None,
        callee=parse_number(callee_text, home) if callee_text else None,
        home=home,
        judged=tuple(_judged(invite, view, home)),
        anonymous=_anonymous(invite),
    )


def _from_any(view: LegView) -> Identity:
    """Mid-dialog captures: From and To of the first message, from the caller's point of view."""
    if not view.leg.messages:
        return Identity(None, None, None, (), False)
    message = view.leg.messages[0].captured.message
    caller, callee = user_text(message.from_), user_text(message.to)
    if message.from_tag != view.leg.from_tag:
        caller, callee = callee, caller
    home = _region(caller) if caller else None
    return Identity(
        caller=parse_number(caller, home) if caller else None,
        callee=parse_number(callee, home) if callee else None,
        home=home,
        judged=(),
        anonymous=False,
    )


def _home(invite: Message, base: LegView | None) -> str | None:
    return next(filter(None, map(_region, _own_numbers(invite, base))), None)


def _region(text: str) -> str | None:
    """The country of a number that needs no context to be understood."""
    number = parse_number(text, None)
    return number.region if number is not None and number.e164 is not None else None


def _own_numbers(invite: Message, base: LegView | None) -> Iterator[str]:
    upstream = opener(base.leg) if base is not None else None
    if upstream is not None and base is not None:
        # A platform's call out: what it called from is its own; a call in: what was called, unless
        # that call is merely passed on.
        own = user_text(upstream.from_) if base.sides.caller.voice_ai else called_text(upstream)
        if own and number_key(own) != number_key(called_text(invite)):
            yield own
    for diverted in invite.diversion:
        if text := user_text(diverted):
            yield text
    for credentials in invite.credentials:
        if credentials.username.lstrip("+").isdigit() and len(credentials.username) >= 10:
            yield credentials.username
    if text := user_text(invite.from_):
        yield text


def _judged(invite: Message, view: LegView, home: str | None) -> Iterator[tuple[str, Number]]:
    provider = view.sides.callee.provider
    headers = provider.judges if provider is not None else DEFAULT_JUDGES
    every = provider is not None and provider.judges_all
    for header in headers:
        text = user_text(_identity_header(invite, header))
        number = parse_number(text, home) if text else None
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
