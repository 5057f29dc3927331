"""What calls tell each other: small rows, which is all that has to be kept of a call.

What others may want to know of a leg is its :class:`LegNote`; a call is told of by the notes of its legs.  By its
:class:`JoinKeys` a leg finds what the notes of all calls tell of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from sipdiag.calls.parties import called_user, last_try, number_key, user_of
from sipdiag.calls.sides import Side
from sipdiag.facts.callview import CallView
from sipdiag.facts.enums import Method
from sipdiag.facts.identity import Identity, region_of
from sipdiag.facts.legview import LegView
from sipdiag.facts.neighbours import Accepted
from sipdiag.knowledge.number import Number
from sipdiag.sip.address import parse_uri

QUICK_STATUSES = frozenset({403, 486, 603})
"""Refusals under which carriers hide a barred country."""
FOREVER_NS = 2**63 - 1

Sender = tuple[str, str | None]
"""Who placed a leg: its address, and the provider's id where that is a voice-AI platform."""


class OnLine(Struct, frozen=True):
    """A leg whose caller has a number and is, for a time, on the line."""

    leg: str
    number: str
    """As :func:`number_key` has it."""
    sender: Sender
    carrier: str | None
    """The carrier that brought the caller."""
    reached: str
    """The address that it came to."""
    called: str | None
    """The number called, as :func:`number_key` has it."""
    since_ns: int
    """Its answer; of a call that was not answered, its INVITE."""
    end_ns: int
    answered: bool


class LegNote(Struct, frozen=True):
    """What other calls may want to know of a leg."""

    trunk: str
    region: str | None
    """Country of the called number."""
    reached: bool
    """The number rang or was answered."""
    refused: int | None
    """The status of a refusal that may hide a barred country: nothing rang, and no reason was given."""
    online: OnLine | None
    accepted: Accepted | None = None
    """Its INVITE was taken: the number rang, or the call was answered."""


class Placed(Struct, frozen=True):
    """A call by who placed it, and when."""

    sender: Sender
    begun_ns: int
    answered: bool
    end_ns: int | None
    """Of one that was answered."""


Agent = tuple[str, str]
"""A number of a voice-AI platform: the platform's id, and the number as :func:`number_key` has it."""


class Moved(NamedTuple):
    """A caller of an agent was transferred, or the platform tried."""

    agent: Agent
    target: str
    """The number or name it was to go to, as written."""


class CallNote(Struct, frozen=True):
    """What other calls may want to know of a call."""

    legs: tuple[LegNote, ...]
    transferred: tuple[tuple[str, str], ...]
    """The parties of each leg that was moved by an accepted REFER."""
    moved: tuple[Moved, ...]
    placed: Placed | None


class JoinKeys(Struct, frozen=True):
    """By what a leg finds what other calls tell of it."""

    first_ns: int
    placed_by: Sender
    sender: str
    """The provider at its near end, else that address."""
    trunk: str
    """The provider at its far end, else that address."""
    callee: tuple[str, str | None]
    """Address of the called end, and the provider's id."""
    called: str | None
    """The number called, as :func:`number_key` has it."""
    to_platform: bool
    """It calls a voice-AI platform."""
    region: str | None
    """Country of the called number."""
    home: str | None
    """Country of the trunk's own number."""
    status: int | None
    """Final response to the INVITE."""
    checked: tuple[tuple[str, Number], ...]
    """Header and number of each identity that the called end checks."""
    agent: Agent | None
    """The number at the end where a voice-AI platform is."""
    served_by: Sender
    """The side that would place a call for the other end."""
    up: tuple[int, int] | None
    """From when to when it was up; None where it was not answered or its end not captured."""


def keys_of(view: LegView, identity: Identity) -> JoinKeys:
    """The keys of one leg."""
    ends, answer = view.sides, view.answer
    serving = ends.platform or (ends.caller if ends.callee.kind == "carrier" else ends.callee)
    return JoinKeys(
        first_ns=view.leg.first_ns,
        placed_by=placed_by(ends.caller),
        sender=sender_of(view),
        trunk=trunk_of(view),
        callee=(ends.callee.host.address, ends.callee.id),
        called=_called(view),
        to_platform=ends.callee.voice_ai,
        region=region_of(identity.callee),
        home=identity.home,
        status=view.status,
        checked=identity.judged,
        agent=_agent_of(view),
        served_by=placed_by(serving),
        up=(answer.time_ns, view.end_ns) if answer is not None and view.end_ns is not None else None,
    )


def note(call: CallView) -> CallNote:
    """What about ``call`` matters to the diagnosis of others."""
    return CallNote(
        tuple(_leg_note(view, call.related(view).identity) for view in call.legs),
        tuple(
            parties(sender_of(transfer.base), trunk_of(transfer.base))
            for transfer in call.transfers
            if transfer.base is not None and transfer.transfer.refers and transfer.accepted
        ),
        tuple(_moved(call)),
        _placed(call),
    )


def _moved(call: CallView) -> Iterator[Moved]:
    for view in call.transfers:
        agent = _agent_of(view.base) if view.base is not None else None
        target = parse_uri(view.transfer.target).user
        if agent is not None and target and (view.accepted or view.method == Method.invite):
            yield Moved(agent, target)


def _agent_of(view: LegView) -> Agent | None:
    invite, platform = last_try(view.leg), view.sides.platform
    if invite is None or platform is None or platform.id is None or not platform.voice_ai:
        return None
    called = platform is view.sides.callee
    number = number_key(called_user(invite) if called else user_of(invite.from_))
    return (platform.id, number) if number is not None else None


def _placed(call: CallView) -> Placed | None:
    lead = call.lead
    if lead is None:
        return None
    return Placed(placed_by(lead.sides.caller), lead.leg.first_ns, lead.answered, lead.end_ns)


def _leg_note(view: LegView, identity: Identity) -> LegNote:
    region = region_of(identity.callee)
    reached = view.answered or view.reached
    quick = region is not None and not reached and view.status in QUICK_STATUSES
    bare = view.refusal.known is None and not view.refusal.q850_known
    refused = view.status if quick and bare else None
    return LegNote(trunk_of(view), region, reached, refused, _online(view), _accepted(view))


def _accepted(view: LegView) -> Accepted | None:
    if not (view.answered or view.progress):
        return None
    return Accepted(view.leg.id, view.leg.call_id, sender_of(view), view.leg.first_ns, _called(view))


def _called(view: LegView) -> str | None:
    invite = last_try(view.leg)
    return number_key(called_user(invite)) if invite is not None else None


def _online(view: LegView) -> OnLine | None:
    leg, invite, answer = view.leg, last_try(view.leg), view.leg.answer
    number = number_key(user_of(invite.from_)) if invite is not None else None
    if number is None:
        return None
    caller = view.sides.caller
    carrier = caller.id if caller.kind == "carrier" else None
    since_ns, end_ns = leg.first_ns, leg.last_ns
    if answer is not None:
        since_ns, end_ns = answer.time_ns, FOREVER_NS if view.end_ns is None else view.end_ns
    return OnLine(
        leg.id,
        number,
        placed_by(caller),
        carrier,
        view.sides.callee.host.address,
        _called(view),
        since_ns,
        end_ns,
        answered=answer is not None,
    )


def placed_by(side: Side) -> Sender:
    """Who places a leg that starts at this side."""
    return side.host.address, side.id if side.voice_ai else None


def sender_of(view: LegView) -> str:
    """Who sent a leg: the provider at its near end, else that address."""
    side = view.sides.caller
    return side.id or side.host.address


def trunk_of(view: LegView) -> str:
    """What a leg was sent over: the provider at its far end, else that address."""
    side = view.sides.callee
    return side.id or side.host.address


def parties(sender: str, trunk: str) -> tuple[str, str]:
    """Both ends, in no order."""
    return (sender, trunk) if sender <= trunk else (trunk, sender)
