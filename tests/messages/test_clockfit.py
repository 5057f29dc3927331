"""What one clock is ahead of another: bounds from both ways, drift, steps, and what is neither."""

from __future__ import annotations

import numpy as np
import pytest

from sipdiag.messages.clockfit import estimate
from sipdiag.messages.clockrate import SHORTEST_DRIFT_S, STEP_S
from sipdiag.messages.clocks import Clock, ClockPiece, Flows, SeenTwice

START_NS = 1_790_000_000 * 10**9
SECOND = 10**9


def seen(
    *,
    ahead: float = 1.0,
    ppm: float = 0.0,
    forth: float = 0.03,
    back: float = 0.02,
    count: int = 400,
    span: float = 120.0,
    jitter: float = 0.003,
    step: tuple[float, float] | None = None,
    slower: tuple[float, float] | None = None,
    ways: tuple[bool, ...] = (True, False),
) -> list[SeenTwice]:
    """Packets of both ways; ``slower``: from when on the way forth takes so much longer."""
    dice = np.random.default_rng(7)
    found = []
    for way in ways:
        sent = np.sort(dice.uniform(0, span, count))
        late = (forth if way else back) + dice.exponential(jitter, count)
        if slower is not None and way:
            late = late + np.where(sent > slower[0], slower[1], 0.0)
        here, there = (sent, sent + late) if way else (sent + late, sent)
        own = there + ahead + there * ppm * 1e-6
        if step is not None:
            own = own + np.where(there > step[0], step[1], 0.0)
        reference = START_NS + np.round(here * SECOND).astype(np.int64)
        found.append(
            SeenTwice("hosts", way, reference, START_NS + np.round(own * SECOND).astype(np.int64) - reference)
        )
    return found


def fitted(packets: list[SeenTwice]) -> tuple[Clock, Flows]:
    first = min(int((one.reference_ns + one.ahead_ns).min()) for one in packets)
    found = estimate(packets, first)
    assert found is not None
    return found


@pytest.mark.parametrize("ahead", [-86_400.0, -0.3, 0.0, 2.5])
def test_both_ways_bound_the_truth(ahead: float) -> None:
    clock, flows = fitted(seen(ahead=ahead))
    assert clock.error_ns is not None
    assert abs(clock.ahead_ns / SECOND - ahead) <= clock.error_ns / SECOND
    assert clock.error_ns == pytest.approx(0.025 * SECOND, abs=0.002 * SECOND)
    assert {way: flow.onward for (_, way), flow in flows.items()} == {True: 1, False: -1}


@pytest.mark.parametrize("ppm", [-400.0, -30.0, 0.0, 200.0])
def test_drift(ppm: float) -> None:
    clock, _ = fitted(seen(ppm=ppm))
    assert clock.drift_ppm == pytest.approx(ppm, abs=20)
    assert len(clock.pieces) == 1


@pytest.mark.parametrize("span", [SHORTEST_DRIFT_S - 1, SHORTEST_DRIFT_S + 2])
def test_drift_needs_time(span: float) -> None:
    clock, _ = fitted(seen(ppm=100, span=span, jitter=0.0005))
    assert (clock.drift_ppm is None) == (span < SHORTEST_DRIFT_S)


@pytest.mark.parametrize(
    ("size", "steps"), [(0.8, [0.8]), (-0.3, [-0.3]), (STEP_S / 2, []), (STEP_S * 1.6, [0.08])]
)
@pytest.mark.parametrize("ppm", [0.0, 100.0])
def test_a_step_is_told_from_drift(size: float, steps: list[float], ppm: float) -> None:
    clock, _ = fitted(seen(step=(50, size), ppm=ppm, span=150))
    assert [step / SECOND for step in clock.steps_ns] == pytest.approx(steps, abs=0.01)


def test_few_messages_far_apart_tell_a_step_that_no_crystal_drifts() -> None:
    moments = np.array([0.0, 0.1, 2.0, 2.2, 600.0, 600.2])
    packets = []
    for way, late in ((True, 0.02), (False, -0.02)):
        reference = START_NS + np.round(moments * SECOND).astype(np.int64)
        ahead = np.where(moments > 100, 2.0, 1.0) + late
        packets.append(SeenTwice("hosts", way, reference, np.round(ahead * SECOND).astype(np.int64)))
    clock, _ = fitted(packets)
    assert [step / SECOND for step in clock.steps_ns] == pytest.approx([1.0], abs=0.01)


def test_one_way_that_became_slower_is_neither() -> None:
    clock, _ = fitted(seen(slower=(60, 0.2)))
    assert clock.steps_ns == []
    assert clock.drift_ppm is None
    assert clock.error_ns is not None
    assert abs(clock.ahead_ns - SECOND) <= clock.error_ns


@pytest.mark.parametrize("way", [True, False])
def test_one_way_alone_bounds_nothing(way: bool) -> None:
    clock, flows = fitted(seen(ways=(way,)))
    assert clock.error_ns is None
    assert [flow.onward for flow in flows.values()] == [0]


def test_nothing_seen_is_no_clock() -> None:
    assert estimate([], 0) is None


def test_one_clock_is_asked_for_the_ways_alone() -> None:
    found = estimate(seen(ahead=0.0), START_NS, same=True)
    assert found is not None
    clock, flows = found
    assert clock == Clock()
    assert {way: flow.onward for (_, way), flow in flows.items()} == {True: 1, False: -1}


def test_times_are_put_right_piece_by_piece() -> None:
    clock = Clock((ClockPiece(1000, 10), ClockPiece(2000, 30, 0.01)))
    times = [0, 1500, 2000, 3000]
    assert [clock.right(time) for time in times] == [-10, 1490, 1970, 2960]
    assert clock.right_all(np.array(times)).tolist() == [-10, 1490, 1970, 2960]
    assert clock.steps_ns == [20]
