"""Clocks that differ, and what only looks so."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.media.skew import MOST_KEPT, Sample, SkewSamples, skew_ppm

MS = 1_000_000


def sampled(
    ppm: float, seconds: float = 60, *, jitter_ms: float = 1, later_ms: float = 0, begin: int = 0
) -> list[Sample]:
    """A packet each 2.56 s of a clock of 8 kHz; ``later_ms`` more on the way from the middle on."""
    chance = random.Random(7)
    kept = []
    for number in range(round(seconds / 2.56) + 1):
        delay = abs(chance.gauss(0, jitter_ms)) + (later_ms if number * 2.56 > seconds / 2 else 0)
        sent_ns = number * 2.56e9 * (1 - ppm / 1e6)
        kept.append((round(sent_ns + delay * MS), begin + number * 20480 & 0xFFFFFFFF))
    return kept


def test_a_fast_and_a_slow_clock() -> None:
    for ppm in (500, -500, 2000):
        found = skew_ppm(sampled(ppm), 8000)
        assert found is not None
        assert abs(found - ppm) < 60


def test_the_timestamp_wraps() -> None:
    found = skew_ppm(sampled(500, begin=0xFFFFFFFF - 50_000), 8000)
    assert found is not None
    assert abs(found - 500) < 60


def test_a_new_route_is_no_clock() -> None:
    assert skew_ppm(sampled(0, later_ms=80), 8000) is None


def test_too_short_says_nothing() -> None:
    assert skew_ppm(sampled(500, 25), 8000) is None
    assert skew_ppm([], 8000) is None


def test_what_is_kept_is_bounded_and_spread() -> None:
    samples = SkewSamples()
    for number in range(10_000):
        samples.add(number, number)
    assert len(samples.kept) <= MOST_KEPT
    assert samples.kept[0] == (0, 0)
    assert samples.kept[-1][0] > 9_800


@given(st.lists(st.tuples(st.integers(0, 2**62), st.integers(0, 2**32 - 1)), max_size=30))
def test_anything_at_all(samples: list[Sample]) -> None:
    skew_ppm(samples, 8000)


def evenly(count: int) -> list[Sample]:
    """A packet each 6 s of a clock that is fast by 500 ppm."""
    return [(round(number * 6e9 * (1 - 500e-6)), number * 48000) for number in range(count)]


@pytest.mark.parametrize(("count", "told"), [(7, False), (8, True)])
def test_few_packets_say_nothing(count: int, told: bool) -> None:
    assert (skew_ppm(evenly(count), 8000) is not None) is told


@pytest.mark.parametrize(("off", "told"), [(0.2, True), (0.3, False)])
def test_a_quarter_beside_the_line_is_no_clock(off: float, told: bool) -> None:
    """Off by so much of the whole difference, 20 ms."""
    late_ms = [20 * part for part in (0, 1 / 3 + off, 2 / 3, 1)]
    samples = [(round(number * 6e9 + late_ms[number // 2] * MS), number * 48000) for number in range(8)]
    assert (skew_ppm(samples, 8000) is not None) is told


def test_of_a_long_stream_every_second_sample_is_given_up() -> None:
    samples = SkewSamples()
    for number in range(128):
        samples.add(number, number)
    assert len(samples.kept) == 128
    samples.add(128, 128)
    assert len(samples.kept) == 65


@pytest.mark.parametrize(("pause_s", "jump"), [(30, 123_456_789), (30, 0), (30, 240_800), (9, 4_000_000_000)])
def test_timestamps_set_anew_in_a_pause_are_no_clock(pause_s: int, jump: int) -> None:
    """A hold: what its source counts meanwhile, nothing or anything, is not its clock."""
    before, after = sampled(0, 20), sampled(0, 20)
    begin_ns, begin = before[-1][0] + pause_s * 10**9, before[-1][1] + jump
    resumed = [(begin_ns + time_ns, begin + stamp & 0xFFFFFFFF) for time_ns, stamp in after]
    assert skew_ppm(before + resumed, 8000) is None


def test_the_clock_is_that_of_the_longest_part() -> None:
    before, after = sampled(0, 20), sampled(500, 60)
    begin_ns = before[-1][0] + 30 * 10**9
    found = skew_ppm([*before, *((begin_ns + time_ns, stamp) for time_ns, stamp in after)], 8000)
    assert found is not None
    assert abs(found - 500) < 60


@pytest.mark.parametrize(("ppm", "told"), [(19_000, True), (21_000, False), (-21_000, False)])
def test_no_clock_is_off_by_two_percent(ppm: int, told: bool) -> None:
    assert (skew_ppm(sampled(ppm), 8000) is not None) is told
