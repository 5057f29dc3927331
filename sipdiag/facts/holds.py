"""Holds: answered in breach of RFC 3264, or left behind by a failed transfer."""

from __future__ import annotations

from sipdiag.calls.model import Request
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import TransferOutcome
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds
from sipdiag.facts.transferview import TransferView
from sipdiag.facts.wording import side_label
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.message import Message

AT_ONCE_NS = 1_000_000_000
"""Someone who hangs up this soon after an answer does so because of it."""
MISANSWERED = {"sendonly": ("sendrecv", "sendonly"), "inactive": ("sendrecv", "sendonly", "recvonly")}
"""Directions that an answer may not have, by that of the offer (RFC 3264 §6.1)."""


class MisansweredHold:
    """A hold whose answer keeps sending; the side that asked for it hung up at once."""

    def __init__(self, request: Request, final: CapturedMessage, bye: Request, view: LegView) -> None:
        self._request = request
        self._final = final
        self._bye = bye
        self._view = view

    @evidence("misanswered_hold", answered=True)
    def request(self) -> Request:
        """The re-INVITE or UPDATE."""
        return self._request

    @fact
    def offered(self) -> str:
        """Direction that the hold offered."""
        return direction(self._request.first.message)

    @fact
    def answered(self) -> str:
        """Direction in the answer to the hold."""
        return direction(self._final.message)

    @fact
    def by(self) -> str:
        """Who put the call on hold."""
        return side_label(self._view.sides, self._request.from_caller)

    @fact
    def peer(self) -> str:
        """Who answered the hold."""
        return side_label(self._view.sides, not self._request.from_caller)

    @fact
    def to_bye_s(self) -> float:
        """The answer to the hold to the BYE."""
        return max(0.0, seconds(self._final.time_ns, self._bye.time_ns))


def misanswered_hold(view: LegView) -> MisansweredHold | None:
    """The first hold whose answer goes on sending (RFC 3264 §6.1), if who asked for it hung up at once."""
    bye = view.bye
    if bye is None:
        return None
    for request in view.refreshes:
        final = request.final
        if request.from_caller != bye.from_caller or final is None or (request.status or 0) >= 300:
            continue
        offered, answered = direction(request.first.message), direction(final.message)
        at_once = 0 <= bye.time_ns - final.time_ns <= AT_ONCE_NS
        if at_once and answered in MISANSWERED.get(offered, ()):
            return MisansweredHold(request, final, bye, view)
    return None


def direction(message: Message) -> str:
    """Direction of the first audio stream that is described; empty without one."""
    audio = message.sdp.audio if message.sdp is not None else []
    return audio[0].direction if audio else ""


class LeftOnHold:
    """The hold on the leg that a transfer moves."""

    def __init__(self, view: TransferView) -> None:
        self._view = view

    @evidence("hold")
    def hold(self) -> CapturedMessage | None:
        """The re-INVITE that put the other party on hold, if it was the last word about media."""
        return self._view.base.hold if self._view.base is not None else None

    @fact
    def held_at_end(self) -> bool:
        """The transfer failed, and the other party was on hold and never taken off it."""
        failed = self._view.outcome in (TransferOutcome.failed, TransferOutcome.rejected)
        return self.hold is not None and failed

    @fact
    def held_for_s(self) -> float | None:
        """How long it stayed on hold after the transfer had failed."""
        base, failed_ns = self._view.base, self._failed_ns
        end = base.end_ns or base.capture_end_ns if base else None
        return max(0.0, seconds(failed_ns, end)) if self.held_at_end and failed_ns and end else None

    @once
    def _failed_ns(self) -> int | None:
        notify, answer = self._view.final_notify, self._view.refer_answer
        if notify is not None:
            return notify.captured.time_ns
        return answer.time_ns if answer is not None else None
