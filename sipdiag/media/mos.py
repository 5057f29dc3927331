"""Estimates how a stream sounded, by the E-model's formula for packet loss (ITU-T G.107).

``R = 93.2 - Ie,eff`` with ``Ie,eff = Ie + (95 - Ie) * Ppl / (Ppl / BurstR + Bpl)``.  Delay, echo and level are
left out: a capture does not show them.  Only for G.711 are both parameters published in a form that several
independent programs agree on: Ie is 0, Bpl is 4.3 without concealment (the default of G.107, and G.113's value
for G.711 in 10 ms packets without it) and 25.1 with it (G.113 Appendix I, with that of G.711 Appendix I).
The values were read in programs that cite these Recommendations, not in the Recommendations themselves; ITU calls
them provisional planning values.  A capture does not show whether a phone conceals losses, so both scores are given.
"""

from __future__ import annotations

from msgspec import Struct

from sipdiag.media.sequence import Bursts

MODEL = "listening quality, estimated (E-model, loss and late packets alone)"
CODECS = frozenset({"pcmu", "pcma"})
"""Codecs with published values."""
SHORTEST_S = 5.0
"""Seconds; a shorter stream is not rated."""
CONCEALED, UNCONCEALED = 25.1, 4.3
"""Robustness against loss (Bpl) of G.711 with and without concealment."""
BEST = 93.2


class Mos(Struct, frozen=True):
    """Mean opinion scores from 1 to 4.5, to a tenth."""

    concealed: float
    """The score if the phone conceals losses."""
    unconcealed: float
    """The score if it does not."""


def estimate(lost: float, burst_ratio: float = 1.0) -> Mos:
    """The scores of G.711 with this part of the packets lost or too late, from 0 to 1."""
    return Mos(*(round(_score(_rating(lost * 100, burst_ratio, bpl)), 1) for bpl in (CONCEALED, UNCONCEALED)))


def burst_ratio(bursts: Bursts, lost: int, expected: int) -> float:
    """Mean length of the runs of losses, compared with that of random loss (G.107's BurstR)."""
    if not bursts.runs or not expected or lost >= expected:
        return 1.0
    return max(1.0, lost / bursts.runs * (1 - lost / expected))


def _rating(percent: float, ratio: float, bpl: float) -> float:
    return BEST - 95 * percent / (percent / ratio + bpl) if percent else BEST


def _score(rating: float) -> float:
    if rating <= 0:
        return 1.0
    if rating >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
