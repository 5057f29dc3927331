"""Returns memory that a long-lived process has freed to the system.

Reading a capture takes many blocks of all sizes; what is freed between blocks in use stays with the
process, and after thousands of captures it holds ten times what it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count

EVERY = 50
"""Analyses between two returns: each takes a few milliseconds, and a single run gains nothing from it."""
_begun = count(1)


def analysis_begins() -> None:
    """Count an analysis of this process; every :data:`EVERY` of them, return what earlier ones have freed."""
    if next(_begun) % EVERY == 0:
        give_back()


def give_back() -> None:
    """Return free memory, where the C library can (glibc)."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    try:
        import ctypes

        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (ImportError, OSError, AttributeError, TypeError):
        return None
    return trim
