"""Malformed messages of a leg that had trouble."""

from __future__ import annotations

from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.wording import side_label
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.defects import find_defects

IGNORED = 4
"""How often an ignored INVITE is sent within a few seconds."""
AT_ONCE_S = 1.0
"""Nobody listens for less than this before hanging up."""
BAD_REQUEST = frozenset({400, 414, 416, 420, 421, 513})
MATTERING = frozenset({"BYE", "INVITE", "NOTIFY", "PRACK", "REFER", "UPDATE"})
"""Requests within a call whose refusal matters to it or to a transfer."""


class Malformed:
    """The first malformed message, and what is wrong with it."""

    def __init__(
        self, captured: CapturedMessage, defect: str, view: LegView, *, refused_within: bool = False
    ) -> None:
        """``refused_within``: it is a request within the call that was refused as a bad one."""
        self._captured = captured
        self._defect = defect
        self._view = view
        self._refused_within = refused_within

    @evidence("malformed")
    def captured(self) -> CapturedMessage:
        """The message."""
        return self._captured

    @fact
    def what(self) -> str:
        """What is wrong with the malformed message, a sentence."""
        return self._defect

    @fact
    def message(self) -> str:
        """Method or status of the malformed message."""
        message = self._captured.message
        return message.method if message.is_request else f"{message.status}"

    @fact
    def by(self) -> str:
        """Who sent the malformed message."""
        return side_label(self._view.sides, self.by_caller)

    @fact
    def by_caller(self) -> bool:
        """The calling end sent the malformed message."""
        return self._view.leg.sent_by_caller(self._captured.message)

    @fact
    def answer(self) -> bool:
        """It is the 2xx, and who was answered hung up at once."""
        return self._view.answered and self._captured is self._view.final

    @fact
    def refused(self) -> bool:
        """The malformed request was refused as a bad request."""
        refused = not self._view.answered and self._view.status in BAD_REQUEST
        return self._refused_within or (refused and self._captured.message.is_request)


def malformed(view: LegView, *, refresh_failed: bool) -> Malformed | None:
    """The first malformed message among those that decided a leg.

    A call that works needs no such search: many harmless departures are in daily use.
    """
    if _dropped_at_once(view) and view.final is not None and (defects := find_defects(view.final.message)):
        return Malformed(view.final, defects[0], view)
    if (within := _refused_within(view)) is not None:
        return within
    if view.answered and not view.bye_unanswered and not refresh_failed:
        return None
    if not view.answered and view.final is None and not view.waited_out and not _ignored(view):
        return None
    invite = view.invite.first if view.invite is not None else None
    bye = view.bye.first if view.bye is not None else None
    for captured in (invite, view.final, bye):
        defects = find_defects(captured.message) if captured is not None and not captured.truncated else []
        if captured is not None and defects:
            return Malformed(captured, defects[0], view)
    return None


def _refused_within(view: LegView) -> Malformed | None:
    """A request within the call that was refused as a bad one, and never taken later."""
    for request in view.later:
        if request.method not in MATTERING or request.status not in BAD_REQUEST:
            continue
        alike = (one for one in view.requests(request.method) if one.from_caller == request.from_caller)
        healed = any(one.time_ns > request.time_ns and (one.status or 999) < 300 for one in alike)
        sent = request.own.request
        defects = find_defects(sent.message) if sent is not None and not sent.truncated else []
        if sent is not None and defects and not healed:
            return Malformed(sent, defects[0], view, refused_within=True)
    return None


def _dropped_at_once(view: LegView) -> bool:
    """Who was answered hung up as soon as the answer came."""
    bye = view.bye
    return bye is not None and bye.from_caller and view.talk_s is not None and view.talk_s <= AT_ONCE_S


def _ignored(view: LegView) -> bool:
    """The INVITE was sent again and again, and nothing at all came back."""
    hop = view.invite.own if view.invite is not None else None
    return hop is not None and not hop.responses and len(hop.requests) >= IGNORED
