"""One worst case: input that makes the most of whatever is not linear, and what is done with it."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct

Work = Callable[[], object]


class Case(Struct, frozen=True):
    """One worst case."""

    size: int
    """n; 4n and 16n are compared."""
    make: Callable[[int], Work]
    """Size → what is measured."""


def cpu_seconds(work: Work, rounds: int) -> float:
    """CPU time, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best
