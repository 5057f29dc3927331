"""The timers of RFC 3261, judged by time or by the count of transmissions; durations that look like a timer's setting."""

from __future__ import annotations

from sipdiag.calls.model import Request, Transaction
from sipdiag.knowledge.provider import TIMER_TOLERANCE_S

TIMER_B_NS = 32_000_000_000
"""64·T1: how long a request waits for its answer (RFC 3261 §17.1.1.2)."""
TIMER_OUT_NS = TIMER_B_NS - 1_000_000_000
"""With so much of the capture left after a request, its timer ran out in it."""
FULL_COUNT = {"INVITE": 7}
"""How often a request is sent over UDP until 64·T1 have passed (RFC 3261 §17.1.1.2) …"""
FULL_COUNT_OTHERS = 11
"""… and any other than INVITE, at most every 4 s (§17.1.2.2)."""
ROUND_TIMERS_S = (20.0, 25.0, 30.0, 40.0, 45.0, 50.0, 55.0, 60.0, 80.0, 90.0, 120.0, 180.0)
"""Ring limits that platforms and dialplans are set to; they support a verdict, never make it."""
AUTOMATON_RING_S = 15.0
"""A platform that cancels its own call after ringing this long was not hung up by a person."""
SILENT_CANCEL_S = 10.0
"""CANCEL after this long without any ringing: nobody was there."""


def sent_in_full(hop: Transaction) -> bool:
    """All sendings of a request up to its timer were captured: the timer ran out, whatever the clock says."""
    return (
        len(hop.requests) >= FULL_COUNT.get(hop.method, FULL_COUNT_OTHERS)
        and hop.requests[0].transport == "UDP"
    )


def timed_out(request: Request, capture_end_ns: int) -> bool:
    """Its timer ran out in the capture, judging by time or by the count of transmissions."""
    return capture_end_ns - request.time_ns >= TIMER_OUT_NS or sent_in_full(request.own)


def seconds(start_ns: int, end_ns: int) -> float:
    """A difference of capture times in seconds, to the microsecond."""
    return round((end_ns - start_ns) / 1e9, 6)


def is_round(duration_s: float | None) -> bool:
    """Whether a duration looks like a timer's setting."""
    return duration_s is not None and any(abs(duration_s - t) <= TIMER_TOLERANCE_S for t in ROUND_TIMERS_S)
