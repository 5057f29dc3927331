"""Facts that need message times, and are unknown for logs that print none.

There the order of messages stands, and how often each was sent; how long anything took does not.  A fact
that is a duration, or follows from one, is absent, and no rule that asks for it fires.
"""

from __future__ import annotations

from typing import Any

from sipdiag.facts.known import Known
from sipdiag.facts.later import LATER
from sipdiag.facts.refreshes import OFFER_REFUSED

SETTINGS = frozenset({"session_expires_s"})
"""Durations that a message states."""
COUNTED_S = 2.0
"""Seconds; nothing but repeats of a message, which are counted, makes a duration of a log without times longer."""
FROM_DURATIONS = frozenset({"hold_misanswered", "round_timer", "session_expired"})
"""Facts that rest on how soon one message followed another."""


class Untimed(Known):
    """The facts that do not rest on times.

    What took long by the count of repeats took so long at least: such a duration stays.
    """

    __slots__ = ()

    def get(self, name: str, default: Any = None) -> Any:
        """The fact's value; ``default`` where it is not known, or rests on times."""
        value = super().get(name, default)
        if value is LATER:
            return value
        if name.startswith("has_"):
            of = name.removeprefix("has_")
            return value and not self._rests_on_times(of, super().get(of))
        return default if self._rests_on_times(name, value) else value

    def _rests_on_times(self, name: str, value: object) -> bool:
        if name in FROM_DURATIONS:
            return True
        if name == "refresh_failed":
            # That the call ended over a refused offer, which calls survive, is told by how soon it did.
            return super().get("refresh_status") in OFFER_REFUSED and not super().get("bye_abnormal")
        counted = isinstance(value, float) and value >= COUNTED_S
        return name.endswith("_s") and name not in SETTINGS and not counted
