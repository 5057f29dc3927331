"""How far a source's clock runs off the capture's.

Every 128th packet is kept with its timestamp.  What their transit time gains or loses is the difference of the clocks,
if it does so evenly: each quarter has to lie where a straight line has it, so that neither a new route nor a queue is taken
for clock skew.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct, field

from sipdiag.capture.segment import ahead
from sipdiag.media.median import median

KEPT = 127
"""Packets are kept whose sequence number has none of these bits."""
MOST_KEPT = 128
"""Packets kept of one source; of more every second one is given up."""
SHORTEST_S = 30.0
FEWEST = 8
UNEVEN = 0.25
"""How far a quarter may lie from the line, as a part of the whole difference."""
PAUSE = 4
"""After so many times the usual distance of two samples a source may count its timestamps anew."""
MOST_PPM = 20_000.0
"""No clock is off by two percent: the timestamps were set, or the clock rate is another."""

Sample = tuple[int, int]
"""Time in nanoseconds, and the 32 bits of the timestamp."""


class SkewSamples(Struct):
    """Packets of one source, evenly thinned out."""

    kept: list[Sample] = field(default_factory=list)
    _every: int = 1
    _met: int = 0

    def add(self, time_ns: int, stamp: int) -> None:
        """One more."""
        if self._met % self._every == 0:
            self.kept.append((time_ns, stamp))
            if len(self.kept) > MOST_KEPT:
                del self.kept[1::2]
                self._every *= 2
        self._met += 1


def skew_ppm(samples: Sequence[Sample], clock: int) -> float | None:
    """Parts per million by which the source's clock is fast (negative: slow); None if unknown."""
    samples = _unbroken(samples)
    if len(samples) < FEWEST or samples[-1][0] - samples[0][0] < SHORTEST_S * 1e9:
        return None
    begin_ns, last = samples[0]
    ticks, transit = 0, []
    for time_ns, stamp in samples:
        ticks += ahead(stamp, last)
        last = stamp
        transit.append((time_ns - begin_ns, time_ns - begin_ns - ticks * 1_000_000_000 / clock))
    quarter = len(transit) // 4
    parts = [transit[place * quarter : (place + 1) * quarter] for place in range(3)] + [
        transit[3 * quarter :]
    ]
    points = [(median([x for x, _ in part]), median([y for _, y in part])) for part in parts]
    (begin, first), (end, latest) = points[0], points[-1]
    whole, span = latest - first, end - begin
    if span <= 0 or any(abs(y - first - whole * (x - begin) / span) > UNEVEN * abs(whole) for x, y in points):
        return None
    ppm = -whole / span * 1e6
    return ppm if abs(ppm) <= MOST_PPM else None


def _unbroken(samples: Sequence[Sample]) -> Sequence[Sample]:
    """The longest part without a pause (a hold): what the timestamps do meanwhile is up to the source."""
    apart = [later[0] - sooner[0] for sooner, later in pairwise(samples)]
    if not apart:
        return samples
    longest_ns = PAUSE * median(apart)
    cuts = [0, *(place + 1 for place, gap in enumerate(apart) if gap > longest_ns), len(samples)]
    begin, end = max(pairwise(cuts), key=lambda part: samples[part[1] - 1][0] - samples[part[0]][0])
    return samples[begin:end]
