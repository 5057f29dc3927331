"""An interface of a pcapng file: its link type, and what its time stamps mean."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from sipdiag.capture.records import Ints

Ticks = npt.NDArray[np.uint64]

MOST_OFFSET_S = 1 << 32
"""Seconds; more than any clock is off."""


class Interface(Struct, frozen=True):
    """What an interface description block says."""

    link: int
    snap: int
    """Bytes; 0 for no limit."""
    resolution: int = 6
    """``if_tsresol`` as written: a power of ten, or of two when the top bit is set."""
    offset_s: int = 0

    def time_ns(self, ticks: Ticks) -> Ints:
        """Nanoseconds since the epoch of 64-bit time stamps."""
        exponent = self.resolution & 0x7F
        if self.resolution & 0x80:
            return self._binary_ns(ticks, exponent)
        if exponent <= 9:
            scaled = ticks.astype(np.int64) * np.int64(10 ** (9 - exponent))
        elif exponent <= 27:
            scaled = (ticks // np.uint64(10 ** (exponent - 9))).astype(np.int64)
        else:
            scaled = np.zeros(len(ticks), dtype=np.int64)
        return self._shifted(scaled)

    def _binary_ns(self, ticks: Ticks, exponent: int) -> Ints:
        if exponent > 63:
            return self._shifted(np.zeros(len(ticks), dtype=np.int64))
        seconds = (ticks >> np.uint64(exponent)).astype(np.int64)
        fraction = ticks & np.uint64((1 << exponent) - 1)
        if exponent > 32:
            # Keeps the product below 64 bits; a quarter of a nanosecond is lost at most.
            fraction >>= np.uint64(exponent - 32)
            exponent = 32
        part = (fraction * np.uint64(1_000_000_000)) >> np.uint64(exponent)
        return self._shifted(seconds * 1_000_000_000 + part.astype(np.int64))

    def _shifted(self, scaled: Ints) -> Ints:
        # Bounded first: a damaged offset must not overflow.
        offset_s = max(-MOST_OFFSET_S, min(MOST_OFFSET_S, self.offset_s))
        shifted: Ints = np.maximum(scaled + np.int64(offset_s * 1_000_000_000), 0)
        return shifted
