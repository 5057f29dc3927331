"""Times that note what they are compared with answer as numbers do, and of other times that keep the bounds alike."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from array import array
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipdiag.alike.noted import ZERO, Gap, Moment, Span
from sipdiag.alike.trail import NotPlainError, Trail, kept
from sipdiag.facts.later import UnsettledError

S = 1_000_000_000
COMPARISONS: list[Callable[[Any, Any], bool]] = [
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.ge,
    operator.gt,
]
NEAR = (0, 1, -1, 499, 500, 501, -499, -500, -501, S // 2)
AT_NS = 1_700_000_000 * S
comparisons = st.sampled_from(COMPARISONS)
times = st.builds(
    lambda second, near: AT_NS + second * S + near,
    st.integers(0, 40),
    st.sampled_from(NEAR) | st.integers(0, S),
)
pairs = st.tuples(times, times)
limits_ns = st.integers(-40 * S, 40 * S) | st.builds(
    lambda second, near: second * S + near, st.integers(-40, 40), st.sampled_from(NEAR)
)
limits_s = st.integers(-40, 40) | st.builds(
    lambda second, near: second + near,
    st.integers(-40, 40),
    st.sampled_from([0.0, 1e-6, -1e-6, 5e-7, -5e-7, 0.5, 0.1]) | st.floats(-1, 1),
)
nudges = st.sampled_from([0, *NEAR, 10**6, -(10**6), S, -S]) | st.integers(-2 * S, 2 * S)


def noted(trail: Trail, given_times: tuple[int, ...]) -> list[Any]:
    """The times of a call in place of their numbers."""
    return [Moment(trail, place, one) for place, one in enumerate(given_times)]


def seconds(start: Any, end: Any) -> Any:
    """A duration as facts have it."""
    return round((end - start) / 1e9, 6)


def nudged(given_times: tuple[int, ...], by: list[int]) -> tuple[int, ...]:
    return tuple(one + more for one, more in zip(given_times, by, strict=False))


def same_of_all(
    trail: Trail, asked: Callable[..., object], given_times: tuple[int, ...], by: list[int]
) -> None:
    """What is asked of times comes out as of numbers, and the same of others that keep the bounds."""
    truth = asked(*given_times)
    assert asked(*noted(trail, given_times)) == truth
    assert kept(trail.bounds, (*given_times, 0))
    other = nudged(given_times, by)
    if kept(trail.bounds, (*other, 0)):
        assert asked(*other) == truth


by_two = st.lists(nudges, min_size=2, max_size=2)
by_four = st.lists(nudges, min_size=4, max_size=4)


@given(pairs, comparisons, st.sampled_from([0, 1, -1, S, -5 * S]), by_two)
def test_moments_compare_as_numbers_do(
    given_times: tuple[int, int], compare: Callable[[Any, Any], bool], more: int, by: list[int]
) -> None:
    same_of_all(Trail(), lambda one, other: compare(one + more, other), given_times, by)


@given(times, comparisons, times, by_two)
def test_a_moment_compares_with_a_number_on_either_side(
    time: int, compare: Callable[[Any, Any], bool], number: int, by: list[int]
) -> None:
    same_of_all(Trail(), lambda one: compare(one, number), (time,), by)
    same_of_all(Trail(), lambda one: compare(number, one), (time,), by)


@given(pairs, comparisons, limits_ns, by_two)
def test_a_gap_compares_as_numbers_do(
    given_times: tuple[int, int], compare: Callable[[Any, Any], bool], limit: int, by: list[int]
) -> None:
    same_of_all(Trail(), lambda one, other: compare(other - one, limit), given_times, by)
    same_of_all(Trail(), lambda one, other: compare(limit, other - one), given_times, by)


@given(pairs, comparisons, limits_ns, by_two)
def test_a_gap_turned_round_and_without_its_sign_compares_as_numbers_do(
    given_times: tuple[int, int], compare: Callable[[Any, Any], bool], limit: int, by: list[int]
) -> None:
    same_of_all(Trail(), lambda one, other: compare(-(other - one), limit), given_times, by)
    same_of_all(Trail(), lambda one, other: compare(abs(other - one), limit), given_times, by)


@given(pairs, comparisons, limits_s, by_two)
@example((AT_NS, AT_NS + S // 2 + 500), operator.gt, 0.5, [0, 1])
def test_a_span_compares_as_numbers_do(
    given_times: tuple[int, int], compare: Callable[[Any, Any], bool], limit: float, by: list[int]
) -> None:
    same_of_all(Trail(), lambda one, other: compare(seconds(one, other), limit), given_times, by)
    same_of_all(Trail(), lambda one, other: compare(limit, seconds(one, other)), given_times, by)


@given(pairs, comparisons, st.floats(-40, 40), limits_s, by_two)
def test_a_span_less_a_constant_compares_as_numbers_do(
    given_times: tuple[int, int],
    compare: Callable[[Any, Any], bool],
    less: float,
    limit: float,
    by: list[int],
) -> None:
    same_of_all(Trail(), lambda one, other: compare(seconds(one, other) - less, limit), given_times, by)
    same_of_all(Trail(), lambda one, other: compare(abs(seconds(one, other) - less), limit), given_times, by)


@given(pairs, comparisons, st.integers(0, 9), limits_s, by_two)
def test_a_span_may_be_rounded_to_any_digits(
    given_times: tuple[int, int],
    compare: Callable[[Any, Any], bool],
    digits: int,
    limit: float,
    by: list[int],
) -> None:
    same_of_all(
        Trail(), lambda one, other: compare(round((other - one) / 1e9, digits), limit), given_times, by
    )


@given(pairs, by_two)
@example((AT_NS, AT_NS + 500), [0, 1])
@example((AT_NS, AT_NS), [0, 0])
def test_a_span_is_true_where_it_is_not_zero(given_times: tuple[int, int], by: list[int]) -> None:
    same_of_all(Trail(), lambda one, other: bool(seconds(one, other)), given_times, by)


@given(st.tuples(times, times, times, times), by_four)
def test_the_order_of_moments_is_that_of_their_numbers(given_times: tuple[int, ...], by: list[int]) -> None:
    def order(*some: Any) -> list[int]:
        return sorted(range(len(some)), key=some.__getitem__)

    same_of_all(Trail(), order, given_times, by)


@pytest.mark.parametrize("which", [max, min])
@given(st.tuples(times, times, times), by_four)
def test_the_latest_and_the_earliest_are_told_of_a_call_with_other_times(
    which: Callable[..., Any], given_times: tuple[int, ...], by: list[int]
) -> None:
    trail = Trail()
    found = which(noted(trail, given_times))
    assert found.told((*given_times, 0)) == which(given_times)
    other = nudged(given_times, by)
    if kept(trail.bounds, (*other, 0)):
        assert found.told((*other, 0)) == which(other)


@given(pairs, st.integers(0, 9), st.floats(-40, 40), by_two)
def test_what_is_told_is_what_arithmetic_gives(
    given_times: tuple[int, int], digits: int, less: float, by: list[int]
) -> None:
    trail = Trail()
    start, end = noted(trail, given_times)
    span = round((end - start) / 1e9, digits)
    distance = abs(span - less)
    other = nudged(given_times, by)
    value = round((other[1] - other[0]) / 1e9, digits)
    assert span.told((*other, 0)) == value
    assert (span - less).told((*other, 0)) == value - less
    assert (end - start).told((*other, 0)) == other[1] - other[0]
    assert (end + 5 - start).told((*other, 0)) == other[1] + 5 - other[0]
    assert (-(end - start)).told((*other, 0)) == other[0] - other[1]
    assert (end - 7).told((*other, 0)) == other[1] - 7
    if kept(trail.bounds, (*other, 0)):
        assert distance.told((*other, 0)) == abs(value - less)


@given(pairs, comparisons, limits_s)
def test_a_bound_lies_where_the_answer_turns(
    given_times: tuple[int, int], compare: Callable[[Any, Any], bool], limit: float
) -> None:
    """No time more than need be is judged anew: one nanosecond beyond a bound the answer is another."""
    if compare in (operator.eq, operator.ne):
        return
    trail = Trail()
    start, end = noted(trail, given_times)
    answer = compare(seconds(start, end), limit)
    ((least, most),) = trail.bounds.values()
    for edge, beyond in ((least, least - 1), (most, most + 1)):
        if abs(edge) < 1 << 79:
            assert compare(round(edge / 1e9, 6), limit) is answer
            assert compare(round(beyond / 1e9, 6), limit) is not answer


def test_bounds_on_one_pair_of_times_add_up() -> None:
    trail = Trail()
    start, end = noted(trail, (0, 3 * S))
    assert end - start > S
    assert start - end > -5 * S
    assert not end - start > 4 * S
    assert trail.bounds == {(1, 0): (S + 1, 4 * S)}


def test_a_comparison_with_a_number_bounds_the_time_since_the_epoch() -> None:
    trail = Trail()
    (one,) = noted(trail, (AT_NS,))
    assert one >= AT_NS - 5
    assert list(trail.bounds) == [(0, ZERO)]
    assert kept(trail.bounds, (AT_NS - 5, 0))
    assert not kept(trail.bounds, (AT_NS - 6, 0))


def test_a_moment_compared_with_itself_bounds_nothing() -> None:
    trail = Trail()
    (one,) = noted(trail, (AT_NS,))
    assert one + 5 > one
    assert one == one + 0
    assert not trail.bounds


def some() -> list[Any]:
    start, end = noted(Trail(), (AT_NS, AT_NS + S))
    return [start, end - start, (end - start) / 1e9, seconds(start, end)]


AS_NUMBERS: dict[str, Callable[[Any], object]] = {
    "hash": hash,
    "key of a dict": lambda one: {one: 1},
    "looked up in a dict": lambda one: {}.get(one),
    "member of a set": lambda one: {one},
    "index": operator.index,
    "place in a list": lambda one: [1, 2, 3][one],
    "slice": lambda one: [1, 2, 3][:one],
    "range": range,
    "int": int,
    "float": float,
    "complex": complex,
    "str": str,
    "repr": repr,
    "format": lambda one: f"{one:.3f}",
    "plain format": lambda one: f"{one}",
    "%d": lambda one: operator.mod("%d", one),
    "%s": lambda one: operator.mod("%s", one),
    "repr of a list": lambda one: repr([one]),
    "times two": lambda one: one * 2,
    "two times": lambda one: 2 * one,
    "floor division": lambda one: one // 1000,
    "floor division by it": lambda one: 1000 // one,
    "division by it": lambda one: 1 / one,
    "division by milliseconds": lambda one: one / 1e6,
    "remainder": lambda one: one % 1000,
    "divmod": lambda one: divmod(one, 1000),
    "power": lambda one: one**2,
    "power of it": lambda one: 2**one,
    "number less it": lambda one: 5 - one,
    "number and it": lambda one: 5 + one,
    "half a second more": lambda one: one + 0.5,
    "sum": lambda one: sum([one, one]),
    "invert": lambda one: ~one,
    "plus": lambda one: +one,
    "shift": lambda one: one >> 3,
    "and": lambda one: one & 1,
    "or": lambda one: one | 1,
    "xor": lambda one: one ^ 1,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "square root": math.sqrt,
    "isnan": math.isnan,
    "array": lambda one: array("q", [one]),
    "array of floats": lambda one: array("d", [one]),
    "bytes": lambda one: bytes([one]),
    "copy": copy.copy,
    "pickle": pickle.dumps,
    "less than a text": lambda one: one < "5",
    "less than another kind of time": lambda one: [one < other for other in some()],
    "rounded to no digits": round,
    "rounded to tens": lambda one: round(one, -1),
}


@pytest.mark.parametrize("use", AS_NUMBERS.values(), ids=AS_NUMBERS)
@pytest.mark.parametrize("which", range(4), ids=["moment", "gap", "seconds", "span"])
def test_whatever_takes_a_time_for_a_number_is_refused(use: Callable[[Any], object], which: int) -> None:
    with pytest.raises(NotPlainError):
        use(some()[which])


@pytest.mark.parametrize("which", [1, 2], ids=["gap", "seconds"])
def test_a_gap_is_neither_true_nor_false(which: int) -> None:
    with pytest.raises(NotPlainError):
        bool(some()[which])


@pytest.mark.parametrize("less", [1, True, "1", None])
def test_of_a_span_only_seconds_are_taken(less: object) -> None:
    with pytest.raises(NotPlainError):
        some()[3] - less


def test_of_a_span_a_constant_is_taken_once() -> None:
    with pytest.raises(NotPlainError):
        some()[3] - 0.5 - 0.5
    with pytest.raises(NotPlainError):
        abs(some()[3] - 5.0) - 0.5


@pytest.mark.parametrize("limit", [math.inf, -math.inf, math.nan, 1e300, 10**400], ids=str)
def test_a_span_is_held_against_no_number_beyond_all_times(limit: float) -> None:
    with pytest.raises(NotPlainError):
        operator.lt(some()[3], limit)


@pytest.mark.parametrize("limit", [0.5, True])
@pytest.mark.parametrize("which", [0, 1])
def test_nanoseconds_are_whole(which: int, limit: float) -> None:
    for compare in COMPARISONS:
        with pytest.raises(NotPlainError):
            compare(some()[which], limit)


class _Colour(Enum):
    RED = 1


@pytest.mark.parametrize("other", [None, _Colour.RED, "5", (), b""], ids=repr)
@pytest.mark.parametrize("which", [0, 1, 3], ids=["moment", "gap", "span"])
def test_a_time_is_equal_to_nothing_but_numbers(which: int, other: object) -> None:
    one = some()[which]
    assert (one == other) is False
    assert one != other
    assert other != one
    assert one not in [other]


def test_what_is_refused_is_not_settled_yet() -> None:
    """Whoever lets a rule wait for what is not known must not take it for a fault of the rule."""
    assert issubclass(NotPlainError, UnsettledError)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (lambda start, end: start, lambda start, end: start + 0, True),
        (lambda start, end: start, lambda start, end: end, False),
        (lambda start, end: start, lambda start, end: start + 1, False),
        (lambda start, end: end - start, lambda start, end: end + 0 - start, True),
        (lambda start, end: end - start, lambda start, end: start - end, False),
        (lambda start, end: end - start, lambda start, end: end + 1 - start, False),
        (seconds, seconds, True),
        (seconds, lambda start, end: seconds(end, start), False),
        (seconds, lambda start, end: seconds(start, end) - 0.5, False),
        (seconds, lambda start, end: round((end - start) / 1e9, 3), False),
        (
            lambda start, end: abs(seconds(start, end) - 5.0),
            lambda start, end: seconds(start, end) - 5.0,
            False,
        ),
    ],
)
def test_two_are_the_same_that_are_told_in_the_same_way(
    one: Callable[[Any, Any], Any], other: Callable[[Any, Any], Any], same: bool
) -> None:
    here, there = (noted(Trail(), (AT_NS, at)) for at in (AT_NS + S, AT_NS + 2 * S))
    assert one(*here).same(other(*there)) is same


def test_times_know_their_kind() -> None:
    start, end = noted(Trail(), (AT_NS, AT_NS + S))
    assert isinstance(end - start, Gap)
    assert isinstance(end - 5, Moment)
    assert isinstance(seconds(start, end), Span)
