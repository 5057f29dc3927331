"""How far one clock runs ahead of another, from packets that both points saw.

The same packet seen at two points gives a difference: what the clock is ahead, plus the time on the way where the
packet went from the reference to the other point, minus it where it went back.  So the least delayed packet of each
direction is a bound, and the truth lies between both: no passive measurement can do better than half the round trip.
A clock that runs fast or slow gives a line, a clock that was set (NTP) a step; both are told apart, and a path that
became slower in one direction only is neither.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from msgspec import Struct

from sipdiag.messages.clockrate import SHORTEST_DRIFT_S, Differences, by_flow, rate_of, spans_of, thinned
from sipdiag.messages.clocks import Clock, ClockPiece, Floats, FlowDelay, Flows, Ints, SeenTwice

TOLD_PPM = 20.0
"""A rate with a larger error is not reported."""
OUTLIERS = 50
"""One packet in this many may have a wrong timestamp; outliers set no bound."""


def estimate(seen: Sequence[SeenTwice], first_ns: int, *, same: bool = False) -> tuple[Clock, Flows] | None:
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
    every = Differences(
        ((time_ns - base_ns) / 1e9)[order],
        ((ahead_ns - middle_ns) / 1e9)[order],
        flow[order],
        base_ns,
        middle_ns,
    )
    spans = [np.arange(len(order))] if same else spans_of(every, np.arange(len(order)))
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
    flows: dict[int, FlowDelay]
    span_s: float


def _clock(every: Differences, fits: Sequence[_Fit], first_ns: int) -> Clock:
    pieces = []
    for number, fit in enumerate(fits):
        # The clock's own time at which the span begins; what lies before the first belongs to it.
        begin_ns = every.base_ns + round(fit.since_s * 1e9)
        ahead_ns = every.middle_ns + round((fit.offset_s + fit.rate * fit.since_s) * 1e9)
        own_ns = begin_ns + ahead_ns
        if number == 0:
            ahead_ns -= round((own_ns - first_ns) * fit.rate)
            own_ns = first_ns
        pieces.append(ClockPiece(own_ns, ahead_ns, fit.rate))
    errors = [fit.error_s for fit in fits]
    longest = max(fits, key=lambda fit: fit.span_s)
    told = longest.span_s >= SHORTEST_DRIFT_S and longest.rate_error * 1e6 <= TOLD_PPM
    return Clock(
        tuple(pieces),
        None if None in errors else round(max(error for error in errors if error is not None) * 1e9),
        round(longest.rate * 1e6, 1) if told else None,
    )


def _fit(every: Differences, rows: Ints, ways: Sequence[tuple[Hashable, bool]], *, same: bool) -> _Fit:
    time, ahead, flow = every.time[rows], every.ahead[rows], every.flow[rows]
    span = float(time[-1] - time[0])
    long = span >= SHORTEST_DRIFT_S and not same
    rate, rate_error = rate_of(every, thinned(every, rows)) if long else (0.0, float("inf"))
    if abs(rate) < rate_error:
        rate = 0.0
    level = ahead - rate * time
    by_way = {number: np.sort(level[own]) for number, own in by_flow(flow).items()}
    pairs: dict[Hashable, list[int]] = {}
    for number in by_way:
        pairs.setdefault(ways[number][0], []).append(number)
    grain = _grain(time, level, by_way.values())
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


def _flow(own: Floats, offset: float, others: Sequence[Floats], error: float | None) -> FlowDelay:
    middle = float(np.median(own))
    lag_ns = round((middle - offset) * 1e9)
    if error is None:
        return FlowDelay(0, lag_ns)
    if others:
        apart = middle - float(np.median(others[0]))
        unsure = sum(_doubt(one) for one in (own, others[0]))
    else:
        apart, unsure = middle - offset, error
    if abs(apart) <= unsure:
        return FlowDelay(0, lag_ns)
    return FlowDelay(1 if apart > 0 else -1, lag_ns)


def _doubt(values: Floats) -> float:
    """How wrong a median may be, in seconds."""
    spread = float(values[-1 - len(values) // 10] - values[len(values) // 10])
    return max(1e-6, 1.5 * spread / math.sqrt(len(values)))


def _grain(time: Floats, level: Floats, ways: Iterable[Floats]) -> float:
    """By how much a coarse clock may round: no two of its times are nearer, and differences scatter by as much."""
    moments = np.unique(np.round(time, 6)), np.unique(np.round(time + level, 6))
    steps = [float(np.diff(one).min()) if len(one) > 1 else 0.0 for one in moments]
    spread = max(float(one[-1] - one[0]) for one in ways)
    return min(max(steps), spread)
