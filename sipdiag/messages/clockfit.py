"""What one clock is ahead of another, from packets that both saw.

The same packet seen at two points gives a difference: what the clock is ahead, plus the time on the way where the
packet went from the reference to the other point, minus it where it went back.  So the least delayed packet of each
direction is a bound, and the truth lies between both: no passive measurement can do better than half the round trip.
A clock that runs fast or slow gives a line, a clock that was set (NTP) a step; both are told apart, and a path that
became slower in one direction only is neither.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
from msgspec import Struct

from sipdiag.messages.clocks import Clock, Floats, Flow, Flows, Ints, Piece, Seen

SHORTEST_DRIFT_S = 60.0
"""Seconds; in less than this nothing can be said of a clock's rate."""
STEP_S = 0.05
"""A clock that jumps by more than this was set."""
FASTEST = 500e-6
"""No crystal is as wrong: what looks like it is a step."""
TOLD_PPM = 20.0
"""A rate that may be wrong by more than this is not told."""
BETTER = 0.4
"""A step explains the differences if it leaves less than this part of what a line leaves."""
MOST_PIECES = 8
BINS = 32
MOST_FLOWS = 64
"""Flows from which the rate is read: those seen longest."""
OUTLIERS = 50
"""One in so many packets may be stamped wrong: it sets no bound."""


class _Differences(Struct):
    """All differences: seconds since the first, seconds from their median."""

    time: Floats
    ahead: Floats
    flow: Ints
    base_ns: int
    middle_ns: int


def estimate(seen: Sequence[Seen], first_ns: int, *, same: bool = False) -> tuple[Clock, Flows] | None:
    """The clock and the ways; ``first_ns``: the first packet at the other point, by its own clock.

    ``same``: both have one clock, so that only the ways are asked for.
    """
    seen = [one for one in seen if len(one.reference_ns)]
    if not seen:
        return None
    ways = [(one.between, one.forth) for one in seen]
    numbers = {way: number for number, way in enumerate(dict.fromkeys(ways))}
    time_ns = np.concatenate([one.reference_ns for one in seen])
    ahead_ns = np.concatenate([one.ahead_ns for one in seen])
    flow = np.repeat([numbers[way] for way in ways], [len(one.reference_ns) for one in seen])
    base_ns, middle_ns = int(time_ns.min()), 0 if same else int(np.median(ahead_ns))
    order = np.argsort(time_ns, kind="stable")
    every = _Differences(
        ((time_ns - base_ns) / 1e9)[order],
        ((ahead_ns - middle_ns) / 1e9)[order],
        flow[order],
        base_ns,
        middle_ns,
    )
    spans = [np.arange(len(order))] if same else _spans(every, np.arange(len(order)))
    fits = [_fit(every, rows, list(numbers), same=same) for rows in spans]
    clock = Clock() if same else _clock(every, fits, first_ns)
    flows: Flows = {}
    for fit in fits:
        for number, told in fit.flows.items():
            known = flows.get(list(numbers)[number])
            if known is None or not known.onward:
                flows[list(numbers)[number]] = told
    return clock, flows


class _Fit(Struct):
    """One span between two settings of the clock."""

    since_s: float
    offset_s: float
    """At second 0."""
    rate: float
    rate_error: float
    error_s: float | None
    flows: dict[int, Flow]
    span_s: float


def _clock(every: _Differences, fits: Sequence[_Fit], first_ns: int) -> Clock:
    pieces = []
    for number, fit in enumerate(fits):
        # The clock's own time at which the span begins; what lies before the first belongs to it.
        begin_ns = every.base_ns + round(fit.since_s * 1e9)
        ahead_ns = every.middle_ns + round((fit.offset_s + fit.rate * fit.since_s) * 1e9)
        own_ns = begin_ns + ahead_ns
        if number == 0:
            ahead_ns -= round((own_ns - first_ns) * fit.rate)
            own_ns = first_ns
        pieces.append(Piece(own_ns, ahead_ns, fit.rate))
    errors = [fit.error_s for fit in fits]
    longest = max(fits, key=lambda fit: fit.span_s)
    told = longest.span_s >= SHORTEST_DRIFT_S and longest.rate_error * 1e6 <= TOLD_PPM
    return Clock(
        tuple(pieces),
        None if None in errors else round(max(error for error in errors if error is not None) * 1e9),
        round(longest.rate * 1e6, 1) if told else None,
    )


# -- steps -------------------------------------------------------------------------------------------------


def _spans(every: _Differences, rows: Ints, depth: int = 1) -> list[Ints]:
    """The rows of each time in which the clock was not set."""
    split = _step(every, rows) if depth < MOST_PIECES else None
    if split is None:
        return [rows]
    return [*_spans(every, rows[:split], depth + 1), *_spans(every, rows[split:], depth + 1)]


def _step(every: _Differences, rows: Ints) -> int | None:
    """The place in ``rows`` at which the clock was set."""
    if len(rows) < 4:
        return None
    time, ahead, flow = every.time[rows], every.ahead[rows], every.flow[rows]
    rate, _ = _rate(time, ahead, flow)
    line = np.abs(_levelled(ahead - rate * time, flow))
    if abs(rate) <= FASTEST and np.count_nonzero(line > STEP_S / 2) < 2:
        return None
    # From one moment to the next: a step disturbs one of these slopes, not their median.
    gentle, _ = _rate(time, ahead, flow, far=False)
    level = ahead - (gentle if abs(gentle) <= FASTEST else 0.0) * time
    best = min(((_cost(level, flow, place), place) for place in _candidates(time)), default=None)
    if best is None:
        return None
    cost, place = best
    shifts = _shifts(level, flow, place)
    if not shifts or min(map(abs, shifts)) < STEP_S or min(shifts) < 0 < max(shifts):
        return None
    # One way that became slower is no clock: both ways shift alike where both were seen.
    if max(shifts) - min(shifts) > max(STEP_S, 0.5 * abs(float(np.median(shifts)))):
        return None
    return place if abs(rate) > FASTEST or cost < BETTER * float(line.sum()) else None


def _candidates(time: Floats) -> list[int]:
    """Places at which the clock may have been set: of many the quantiles, and the longest pauses."""
    places = np.unique(np.linspace(2, len(time) - 2, min(len(time) - 3, 256)).astype(int))
    pauses = np.argsort(np.diff(time))[-BINS:] + 1
    every = np.unique(np.concatenate((places, pauses)))
    return [int(place) for place in every if 1 < place < len(time) - 1]


def _cost(level: Floats, flow: Ints, place: int) -> float:
    """What a step there leaves unexplained, in seconds."""
    total = 0.0
    for some in (slice(0, place), slice(place, None)):
        total += float(np.abs(_levelled(level[some], flow[some])).sum())
    return total


def _shifts(level: Floats, flow: Ints, place: int) -> list[float]:
    """By how much each way seen on both sides shifts."""
    before, after = flow[:place], flow[place:]
    return [
        float(np.median(level[place:][after == one]) - np.median(level[:place][before == one]))
        for one in np.intersect1d(before, after)
    ]


def _levelled(ahead: Floats, flow: Ints) -> Floats:
    """The differences without the median of their way."""
    result = ahead.copy()
    for one in np.unique(flow):
        result[flow == one] -= np.median(ahead[flow == one])
    return result


# -- lines -------------------------------------------------------------------------------------------------


def _rate(time: Floats, ahead: Floats, flow: Ints, *, far: bool = True) -> tuple[float, float]:
    """By how much the clock is fast, and how wrong that may be (Theil–Sen over medians, within each way).

    ``far``: from moments that are far apart, which is exact; else from neighbours.
    """
    span = float(time[-1] - time[0])
    if span <= 0:
        return 0.0, float("inf")
    width = span / BINS
    slopes: list[Floats] = []
    weights: list[Floats] = []
    alone: list[float] = []
    noise: list[float] = []
    kinds, counts = np.unique(flow, return_counts=True)
    for one in kinds[np.argsort(-counts)][:MOST_FLOWS]:
        own = flow == one
        times, levels = _binned(time[own], ahead[own], width)
        apart = times[None, :] - times[:, None]
        first, second = (
            np.nonzero(apart >= span / 4) if far else (np.arange(len(times) - 1), np.arange(1, len(times)))
        )
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
    return rate, 2 * max(noise) / span + (max(alone) - min(alone)) / 2


def _noise(times: Floats, levels: Floats) -> float:
    """How far medians of one way scatter around a line, in seconds."""
    if len(times) < 3:
        return 0.001
    line = np.polyfit(times, levels, 1)
    return float(np.median(np.abs(levels - np.polyval(line, times))))


def _binned(time: Floats, ahead: Floats, width: float) -> tuple[Floats, Floats]:
    place = np.floor((time - time[0]) / width).astype(int)
    kinds = np.unique(place)
    return (
        np.array([np.median(time[place == one]) for one in kinds]),
        np.array([np.median(ahead[place == one]) for one in kinds]),
    )


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


# -- bounds ------------------------------------------------------------------------------------------------


def _fit(every: _Differences, rows: Ints, ways: Sequence[tuple[Hashable, bool]], *, same: bool) -> _Fit:
    time, ahead, flow = every.time[rows], every.ahead[rows], every.flow[rows]
    span = float(time[-1] - time[0])
    long = span >= SHORTEST_DRIFT_S and not same
    rate, rate_error = _rate(time, ahead, flow) if long else (0.0, float("inf"))
    if abs(rate) < rate_error:
        rate = 0.0
    level = ahead - rate * time
    by_way = {number: np.sort(level[flow == number]) for number in np.unique(flow).tolist()}
    pairs: dict[Hashable, list[int]] = {}
    for number in by_way:
        pairs.setdefault(ways[number][0], []).append(number)
    grain = _grain(time, level, flow)
    offset: float
    error: float | None
    bounds = [_bounds(*(by_way[number] for number in pair)) for pair in pairs.values() if len(pair) == 2]
    if same:
        offset, error = 0.0, 0.0
    elif bounds:
        low, high = max(low for low, _ in bounds), min(high for _, high in bounds)
        if low > high:
            low, high = min(bounds, key=lambda bound: bound[1] - bound[0])
        unsure = rate_error * span / 2 if long else 0.0
        offset, error = (low + high) / 2, (high - low) / 2 + grain + unsure
    else:
        offset, error = float(np.median([np.median(one) for one in by_way.values()])), None
    flows = {
        number: _flow(
            one, offset, [by_way[other] for other in pairs[ways[number][0]] if other != number], error
        )
        for number, one in by_way.items()
    }
    return _Fit(float(time[0]), offset, rate, rate_error, error, flows, span)


def _bounds(one: Floats, other: Floats) -> tuple[float, float]:
    """Between which values the truth lies, from the two ways of one path."""
    forth, back = (one, other) if np.median(one) >= np.median(other) else (other, one)
    high, low = forth[len(forth) // OUTLIERS], back[len(back) - 1 - len(back) // OUTLIERS]
    return min(float(low), float(high)), max(float(low), float(high))


def _flow(own: Floats, offset: float, others: Sequence[Floats], error: float | None) -> Flow:
    middle = float(np.median(own))
    lag_ns = round((middle - offset) * 1e9)
    if error is None:
        return Flow(0, lag_ns)
    if others:
        apart = middle - float(np.median(others[0]))
        unsure = sum(_doubt(one) for one in (own, others[0]))
    else:
        apart, unsure = middle - offset, error
    if abs(apart) <= unsure:
        return Flow(0, lag_ns)
    return Flow(1 if apart > 0 else -1, lag_ns)


def _doubt(values: Floats) -> float:
    """How wrong a median may be, in seconds."""
    spread = float(values[-1 - len(values) // 10] - values[len(values) // 10])
    return max(1e-6, 1.5 * spread / math.sqrt(len(values)))


def _grain(time: Floats, level: Floats, flow: Ints) -> float:
    """By how much a coarse clock may round: no two of its times are nearer, and differences scatter by as much."""
    moments = np.unique(np.round(time, 6)), np.unique(np.round(time + level, 6))
    steps = [float(np.diff(one).min()) if len(one) > 1 else 0.0 for one in moments]
    spread = max(float(np.ptp(level[flow == one])) for one in np.unique(flow))
    return min(max(steps), spread)
