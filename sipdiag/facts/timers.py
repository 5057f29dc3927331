"""Durations that look like the setting of a timer."""

from __future__ import annotations

ROUND_TIMERS_S = (20.0, 25.0, 30.0, 40.0, 45.0, 50.0, 55.0, 60.0, 80.0, 90.0, 120.0, 180.0)
"""Ring limits that platforms and dialplans are set to; they support a verdict, never make it."""
ROUND_TOLERANCE_S = 0.6
SHORTEST_TIMER_S = 19.0
"""What ended sooner met none of them."""
AUTOMATON_RING_S = 15.0
"""A platform that cancels its own call after ringing this long was not hung up by a person."""
SILENT_CANCEL_S = 10.0
"""CANCEL after this long without any ringing: nobody was there."""


def is_round(duration_s: float | None) -> bool:
    """Whether a duration looks like a timer's setting."""
    if duration_s is None or duration_s < SHORTEST_TIMER_S:
        return False
    return any(abs(duration_s - t) <= ROUND_TOLERANCE_S for t in ROUND_TIMERS_S)
