"""What is not known where the times of messages are not: of logs that print none.

There the order of messages stands, and how often each was sent; how long anything took does not.  A fact
that is a duration, or follows from one, is absent, and no rule that asks for it fires.
"""

from __future__ import annotations

from sipdiag.facts.known import Known
from sipdiag.facts.refreshes import OFFER_REFUSED

SETTINGS = frozenset({"session_expires_s"})
"""Durations that a message states."""
COUNTED_S = 2.0
"""Seconds; nothing but repeats of a message, which are counted, makes a duration of a log without times longer."""
FROM_DURATIONS = frozenset({"hold_misanswered", "round_timer", "session_expired"})
"""Facts that rest on how soon one message followed another."""


def without_durations(facts: Known) -> Known:
    """The facts that do not rest on times.

    What took long by the count of repeats took so long at least: such a duration stays.
    """
    hidden = set(FROM_DURATIONS)
    for name, value in facts.items():
        counted = isinstance(value, float) and value >= COUNTED_S
        if name.endswith("_s") and name not in SETTINGS and not counted:
            hidden.add(name)
    if facts.get("refresh_status") in OFFER_REFUSED and not facts.get("bye_abnormal"):
        # That the call ended over a refused offer, which calls survive, is told by how soon it did.
        hidden.add("refresh_failed")
    return facts.without(hidden)
