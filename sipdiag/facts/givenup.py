"""Who stopped ringing a leg that nobody answered: a person, a timer, or the called side."""

from __future__ import annotations

from sipdiag.facts.enums import GaveUp
from sipdiag.facts.legview import LegView
from sipdiag.facts.timers import AUTOMATON_RING_S, is_round

PATIENT_S = 5.0
"""A platform's timer is never set shorter than this."""


def who_gave_up(view: LegView, base: LegView | None, *, with_upstream: bool) -> GaveUp:
    """Who stopped a leg that hangs on ``base``; ``with_upstream``: it was cancelled because its caller went away."""
    if view.answered or (view.final is None and view.cancel is None):
        return GaveUp.nobody
    if view.cancel is None:
        return GaveUp.callee if view.status in (408, 480, 487) else GaveUp.nobody
    if view.answered_elsewhere:
        return GaveUp.nobody
    if with_upstream:
        return GaveUp.caller
    if base is None:
        return _on_its_own(view)
    up = base.end_ns is None or base.end_ns > view.cancel.time_ns
    return GaveUp.timer if up and (view.trying_s or 0.0) >= PATIENT_S else GaveUp.caller


def _on_its_own(view: LegView) -> GaveUp:
    """Who cancelled a leg that hangs on none."""
    waited = view.ring_s if view.ring_s is not None else view.trying_s
    automaton = view.sides.caller.kind in ("platform", "carrier", "pbx")
    if automaton and (is_round(view.trying_s) or is_round(view.ring_s)):
        # People, too, hang up after twenty seconds: a round duration alone proves no timer.
        return GaveUp.timer
    if view.sides.caller.voice_ai and waited is not None and waited >= AUTOMATON_RING_S:
        return GaveUp.timer
    return GaveUp.caller
