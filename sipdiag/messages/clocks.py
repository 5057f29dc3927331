"""Clocks of capture points, and which way packets go between two of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Onward = Literal[-1, 0, 1]
"""From the reference point to the other (1), back (-1), or unknown."""


class ClockPiece(Struct, frozen=True):
    """A period in which the clock was not set."""

    since_ns: int
    """By the clock itself."""
    ahead_ns: int
    """How far ahead it was at its start."""
    rate: float = 0.0
    """How fast it runs; 1e-6 is one microsecond a second."""

    def ahead(self, time_ns: int) -> int:
        """What it was ahead at a time of its own."""
        return self.ahead_ns + round((time_ns - self.since_ns) * self.rate)


class Clock(Struct, frozen=True):
    """How far a clock runs ahead of the reference."""

    pieces: tuple[ClockPiece, ...] = (ClockPiece(0, 0),)
    error_ns: int | None = 0
    """The truth is within this; None where packets of one direction only were matched, so that nothing bounds it."""
    drift_ppm: float | None = None
    """None where too little was seen to tell."""

    def ahead(self, time_ns: int) -> int:
        """What it was ahead at a time of its own."""
        at = bisect_right(self.pieces, time_ns, key=lambda piece: piece.since_ns) - 1
        return self.pieces[max(at, 0)].ahead(time_ns)

    def right(self, time_ns: int) -> int:
        """The time by the reference."""
        return time_ns - self.ahead(time_ns)

    def right_all(self, time_ns: Ints) -> Ints:
        """:meth:`right` of many."""
        since = np.array([piece.since_ns for piece in self.pieces], dtype=np.int64)
        ahead = np.array([piece.ahead_ns for piece in self.pieces], dtype=np.int64)
        rate = np.array([piece.rate for piece in self.pieces])
        at = np.maximum(np.searchsorted(since, time_ns, side="right") - 1, 0)
        result: Ints = time_ns - ahead[at] - np.round((time_ns - since[at]) * rate[at]).astype(np.int64)
        return result

    @property
    def ahead_ns(self) -> int:
        """How far ahead it was at the start."""
        return self.pieces[0].ahead_ns

    @property
    def steps_ns(self) -> list[int]:
        """By how much it was set forward, each time."""
        return [later.ahead_ns - earlier.ahead(later.since_ns) for earlier, later in pairwise(self.pieces)]


class SeenTwice(Struct, frozen=True):
    """Packets of one way between two hosts, seen at both points."""

    between: Hashable
    """The two hosts: the same for both ways."""
    forth: bool
    """Which way."""
    reference_ns: Ints
    ahead_ns: Ints
    """What the other point's time of each is ahead."""


class FlowDelay(Struct, frozen=True):
    """What is known of one way once the clock is."""

    onward: Onward
    lag_ns: int
    """Typical time from the reference point to the other, by the right time; negative for what goes back."""


Flows = dict[tuple[Hashable, bool], FlowDelay]
