"""A CANCEL that did not stop the call (RFC 3261 §9)."""

from __future__ import annotations

from sipdiag.calls.model import Request
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.timers import seconds
from sipdiag.facts.wording import worded

CROSSING_NS = 1_000_000_000
"""A final response this close to the CANCEL crossed it: nobody is at fault."""
NOBODY_THERE = 408
"""A server's word that nobody answered the CANCEL; not a refusal."""
LATE_NS = 2_000_000_000
"""An answer this long after the CANCEL was given in spite of it."""


class FailedCancel:
    """The caller's CANCEL and its effect."""

    def __init__(self, request: Request, view: LegView) -> None:
        self._request = request
        self._view = view

    @evidence("failed_cancel", answered=True)
    def request(self) -> Request:
        """The CANCEL."""
        return self._request

    @fact
    def wording(self) -> str | None:
        """Status and reason phrase of the refusal of the CANCEL."""
        return worded(self._request.final) if (self._request.status or 0) >= 300 else None

    @fact
    def answered_s(self) -> float | None:
        """The CANCEL to the answer that was given in spite of it."""
        answer = self._view.answer
        return seconds(self._request.time_ns, answer.time_ns) if answer is not None else None


def failed_cancel(view: LegView) -> FailedCancel | None:
    """The CANCEL was refused while the call was still being set up, or the call was answered seconds later.

    Without an answer it failed where the call went on as if nothing had been said.  A refusal that merely crossed the final response, or a 200 that did, is nobody's fault (RFC 3261 §9.1).
    """
    cancel, answer = view.cancel, view.answer
    if cancel is None or cancel.method != "CANCEL":
        return None
    refused = cancel.status is not None and cancel.status >= 300 and cancel.status != NOBODY_THERE
    if answer is None:
        return FailedCancel(cancel, view) if refused and view.progress and _went_on(view, cancel) else None
    in_spite = answer.time_ns - cancel.time_ns >= (CROSSING_NS if refused else LATE_NS)
    return FailedCancel(cancel, view) if in_spite else None


def _went_on(view: LegView, cancel: Request) -> bool:
    """No final response came, or one so late, and not for the CANCEL (487), that the called side was still at it."""
    final = view.final
    return final is None or (view.status != 487 and final.time_ns - cancel.time_ns >= LATE_NS)
