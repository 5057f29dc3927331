"""Whether a clock drifts and when it was set: lines and steps in the differences between two clocks.

Both come from a sample of packets on the busiest ways, so that the time taken stays bounded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from sipdiag.messages.clocks import Floats, Ints

SHORTEST_DRIFT_S = 60.0
"""Seconds; a shorter span says nothing about a clock's rate."""
STEP_S = 0.05
"""A clock that jumps by more than this was set."""
FASTEST = 500e-6
"""No crystal is this far off: an apparent rate above it is a step."""
BETTER = 0.4
"""A step explains the differences if it leaves less than this part of what a line leaves."""
MOST_PIECES = 8
BINS = 32
CANDIDATES = 128
"""Places at which a step is looked for."""
MOST_FLOWS = 16
"""Ways that are looked at: those with most packets."""
MOST_OF_FLOW = 256
"""Packets of each that are looked at."""
FEW = 4
"""Of more ways than this the odd ones are left out."""


class Differences(Struct):
    """All differences by their time: seconds since the first, seconds from their median."""

    time: Floats
    ahead: Floats
    flow: Ints
    """Which way each went."""
    base_ns: int
    middle_ns: int


def by_flow(flow: Ints) -> dict[int, Ints]:
    """The places of each way, in their order."""
    order = np.argsort(flow, kind="stable")
    kinds, starts = np.unique(flow[order], return_index=True)
    return dict(zip(kinds.tolist(), np.split(order, starts[1:]), strict=True))


def thinned(every: Differences, rows: Ints) -> Ints:
    """Some of these rows: as many as are needed of the ways that have most."""
    flows = sorted(by_flow(every.flow[rows]).values(), key=len, reverse=True)[:MOST_FLOWS]
    some = [
        own[np.unique(np.linspace(0, len(own) - 1, min(len(own), MOST_OF_FLOW)).astype(int))] for own in flows
    ]
    result: Ints = rows[np.sort(np.concatenate(some))]
    return result


# -- steps -------------------------------------------------------------------------------------------------


def spans_of(every: Differences, rows: Ints, depth: int = 1) -> list[Ints]:
    """The rows of each time in which the clock was not set."""
    split = _step(every, rows) if depth < MOST_PIECES else None
    if split is None:
        return [rows]
    return [*spans_of(every, rows[:split], depth + 1), *spans_of(every, rows[split:], depth + 1)]


def _step(every: Differences, rows: Ints) -> int | None:
    """The place in ``rows`` at which the clock was set."""
    some = thinned(every, rows)
    if len(some) < 4:
        return None
    time, ahead, flow = every.time[some], every.ahead[some], every.flow[some]
    rate, _ = rate_of(every, some)
    line = np.abs(_levelled(ahead - rate * time, flow))
    if abs(rate) <= FASTEST and np.count_nonzero(line > STEP_S / 2) < 2:
        return None
    # From one moment to the next: a step disturbs one of these slopes, not their median.
    gentle, _ = rate_of(every, some, far=False)
    gentle = gentle if abs(gentle) <= FASTEST else 0.0
    level = ahead - gentle * time
    best = min(((_cost(level, flow, place), place) for place in _candidates(time)), default=None)
    if best is None:
        return None
    before, after = (_levels(level[part], flow[part]) for part in (slice(best[1]), slice(best[1], None)))
    shifts = [after[one] - before[one] for one in before.keys() & after.keys()]
    if not shifts or min(map(abs, shifts)) < STEP_S or min(shifts) < 0 < max(shifts):
        return None
    # If only one way became slower, it was not the clock: both ways shift alike.
    if max(shifts) - min(shifts) > max(STEP_S, 0.5 * abs(float(np.median(shifts)))):
        return None
    if abs(rate) <= FASTEST and best[0] >= BETTER * float(line.sum()):
        return None
    return _exactly(every, rows, gentle, (before, after))


def _exactly(
    every: Differences, rows: Ints, rate: float, levels: tuple[dict[int, float], dict[int, float]]
) -> int | None:
    """The place that leaves least unexplained, of all packets of the ways seen on both sides."""
    before, after = levels
    known = np.isin(every.flow[rows], list(before.keys() & after.keys()))
    places = np.flatnonzero(known)
    level = every.ahead[rows[places]] - rate * every.time[rows[places]]
    flow = every.flow[rows[places]].tolist()
    earlier = np.abs(level - np.array([before[one] for one in flow]))
    later = np.abs(level - np.array([after[one] for one in flow]))
    total = np.concatenate(([0.0], np.cumsum(earlier))) + np.append(np.cumsum(later[::-1])[::-1], 0.0)
    best = int(np.argmin(total))
    return int(places[best]) if 0 < best < len(places) else None


def _candidates(time: Floats) -> list[int]:
    """Places at which the clock may have been set: of many the quantiles, and the longest pauses."""
    places = np.unique(np.linspace(2, len(time) - 2, min(len(time) - 3, CANDIDATES)).astype(int))
    pauses = np.argsort(np.diff(time))[-BINS:] + 1
    every = np.unique(np.concatenate((places, pauses)))
    return [int(place) for place in every if 1 < place < len(time) - 1]


def _cost(level: Floats, flow: Ints, place: int) -> float:
    """What a step there leaves unexplained, in seconds."""
    total = 0.0
    for some in (slice(0, place), slice(place, None)):
        total += float(np.abs(_levelled(level[some], flow[some])).sum())
    return total


def _levels(level: Floats, flow: Ints) -> dict[int, float]:
    """The median of each way."""
    return {one: float(np.median(level[own])) for one, own in by_flow(flow).items()}


def _levelled(level: Floats, flow: Ints) -> Floats:
    """The differences without the median of their way."""
    result = level.copy()
    for own in by_flow(flow).values():
        result[own] -= np.median(level[own])
    return result


# -- lines -------------------------------------------------------------------------------------------------


def rate_of(every: Differences, rows: Ints, *, far: bool = True) -> tuple[float, float]:
    """How fast the clock runs, and the error of that (Theil–Sen over medians, within each way).

    ``far``: from moments that are far apart, which is exact; else from neighbours.
    """
    time, ahead, flow = every.time[rows], every.ahead[rows], every.flow[rows]
    span = float(time[-1] - time[0])
    if span <= 0:
        return 0.0, float("inf")
    slopes: list[Floats] = []
    weights: list[Floats] = []
    alone: list[float] = []
    noise: list[float] = []
    for own in by_flow(flow).values():
        times, levels = _binned(time[own], ahead[own], span / BINS)
        apart = times[None, :] - times[:, None]
        neighbours = np.arange(len(times) - 1), np.arange(1, len(times))
        first, second = np.nonzero(apart >= span / 4) if far else neighbours
        if not len(first):
            continue
        of_way = (levels[second] - levels[first]) / apart[first, second]
        slopes.append(of_way)
        weights.append(apart[first, second])
        alone.append(_weighted_median(of_way, weights[-1]))
        noise.append(_noise(times, levels))
    if not slopes:
        return 0.0, float("inf")
    rate = _weighted_median(np.concatenate(slopes), np.concatenate(weights))
    # A clock that runs fast does so for both ways; a path that became slower does not.
    return rate, 2 * float(np.median(noise)) / span + _apart(alone) / 2


def _apart(rates: Sequence[float]) -> float:
    ordered = sorted(rates)
    odd = len(ordered) // 8 if len(ordered) > FEW else 0
    return ordered[-1 - odd] - ordered[odd]


def _noise(times: Floats, levels: Floats) -> float:
    """How far medians of one way scatter around a line, in seconds."""
    if len(times) < 3:
        return 0.001
    line = np.polyfit(times, levels, 1)
    return float(np.median(np.abs(levels - np.polyval(line, times))))


def _binned(time: Floats, ahead: Floats, width: float) -> tuple[Floats, Floats]:
    """Medians of time and difference, a bin each."""
    _, starts = np.unique(np.floor((time - time[0]) / width), return_index=True)
    times, levels = (np.split(column, starts[1:]) for column in (time, ahead))
    return np.array([np.median(one) for one in times]), np.array([np.median(one) for one in levels])


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
