"""An answered leg whose earlier try was refused: what that INVITE had that the accepted one lacks.

The earlier try may be of the leg itself (another codec, a corrected number) or a leg before it to the same number
(another trunk or route).
"""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.calls.model import Request
from sipdiag.calls.parties import called_user, number_key
from sipdiag.facts.beside import ABOUT_THE_CALLER, ABOUT_THE_INVITE
from sipdiag.facts.callview import CallView
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import State
from sipdiag.facts.invites import MOST_NAMED, differences
from sipdiag.facts.legview import LegView
from sipdiag.facts.notes import trunk_of
from sipdiag.facts.wording import fully_worded, side_label

TELLING = ABOUT_THE_INVITE | {404, 484, 604}
"""Refusals after which another INVITE can do better: it is written, sent or numbered otherwise."""


class RefusedTry:
    """The refused INVITE beside the accepted one."""

    def __init__(self, view: LegView, invite: Request, found: list[str], accepted: LegView) -> None:
        """``view``: the leg that it belongs to."""
        self._view = view
        self._accepted = accepted
        self._invite = invite
        self._differences = found

    @evidence("refused_try", answered=True)
    def request(self) -> Request:
        """The refused INVITE, and its refusal."""
        return self._invite

    @fact
    def leg(self) -> str:
        """The leg that it belongs to."""
        return self._view.leg.id

    @fact(absent="an error")
    def wording(self) -> str | None:
        """Status and reason phrase of the refusal."""
        return fully_worded(self._invite.final) if self._invite.final is not None else None

    @fact
    def by(self) -> str:
        """Who refused it."""
        return side_label(self._view.sides, caller=False)

    @fact
    def elsewhere(self) -> bool:
        """It went to another side than the accepted one."""
        return trunk_of(self._view) != trunk_of(self._accepted)

    @fact
    def difference(self) -> str:
        """How it differs from the accepted one."""
        return "; ".join(self._differences[:MOST_NAMED])


def refused_try(view: LegView, call: CallView) -> RefusedTry | None:
    """The last try before an answered leg was accepted that was refused and differs."""
    accepted = view.invite
    if not view.answered or accepted is None or not accepted.first.message.is_request:
        return None
    for tried, invite in _earlier(view, call):
        if invite.status not in TELLING or not invite.first.message.is_request:
            continue
        found = differences(invite.first, accepted.first, caller=invite.status in ABOUT_THE_CALLER)
        if found:
            return RefusedTry(tried, invite, found, view)
    return None


def _earlier(view: LegView, call: CallView) -> Iterator[tuple[LegView, Request]]:
    """The tries before the accepted one, the last first."""
    own = view.leg.invites
    at = own.index(view.invite) if view.invite in own else 0
    for invite in reversed(own[:at]):
        yield view, invite
    base, called = call.related(view).base, _called(view.invite)
    for other in reversed(call.legs):
        tried = other.invite
        if other is view or tried is None or other.state != State.refused:
            continue
        before = other.leg.first_ns < view.leg.first_ns
        if before and call.related(other).base is base and _called(tried) == called:
            yield other, tried


def _called(invite: Request | None) -> str | None:
    return number_key(called_user(invite.first.message)) if invite is not None else None
