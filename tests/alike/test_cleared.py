"""What a witness came to is told of itself: under its own name, with its own times and messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from sipdiag.alike.cleared import cleared
from sipdiag.alike.form import Blanks, Witness
from sipdiag.alike.noted import Moment
from sipdiag.alike.trail import NotPlainError, Trail
from sipdiag.messages.captured import CapturedMessage
from tests.alike.calls import ONE, S, call

STAND_IN, NAME = "c999000000001", "c7"
TIMES = (1000 * S, 1001 * S, 1003 * S, 2000 * S, 0)


class Pair(NamedTuple):
    left: Any
    right: Any


class Part(Struct):
    what: Any
    when: Any = None


class Shared(Struct):
    what: Any


NOTED: list[Any] = [Moment(Trail(), place, time) for place, time in enumerate(TIMES)]
SEEN, TRUE = call(ONE), call(ONE)


def told(result: Any) -> Any:
    witness = Witness((STAND_IN, "call-id"), (0, 1), result, SEEN)
    return cleared(witness, Blanks((NAME, "call-id"), TIMES, TRUE), (Shared,))


def span() -> Any:
    return round((NOTED[1] - NOTED[0]) / 1e9, 6)


@pytest.mark.parametrize(
    ("result", "truth"),
    [
        ("x", "x"),
        (STAND_IN, NAME),
        (f"{STAND_IN}-l1 of {STAND_IN}", f"{NAME}-l1 of {NAME}"),
        (7, 7),
        (None, None),
        (True, True),
        (NOTED[1], 1001 * S),
        (NOTED[1] + 5, 1001 * S + 5),
        (NOTED[2] - NOTED[0], 3 * S),
        (span(), 1.0),
        (SEEN[1], TRUE[1]),
        ((STAND_IN, NOTED[0]), (NAME, 1000 * S)),
        ([STAND_IN, [NOTED[0]]], [NAME, [1000 * S]]),
        (Pair(STAND_IN, SEEN[0]), Pair(NAME, TRUE[0])),
        ({"a": STAND_IN, "b": {"c": span()}}, {"a": NAME, "b": {"c": 1.0}}),
        ({STAND_IN: 1}, {NAME: 1}),
        ({f"{STAND_IN}/1", "x"}, {f"{NAME}/1", "x"}),
        (frozenset({STAND_IN}), frozenset({NAME})),
        (Part(STAND_IN, NOTED[0]), Part(NAME, 1000 * S)),
        (Part([Pair(span(), None)]), Part([Pair(1.0, None)])),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_a_witness_came_to_is_its_own(result: Any, truth: Any) -> None:
    found = told(result)
    assert found == truth
    assert type(found) is type(truth)


def test_a_message_is_the_very_one_of_the_call() -> None:
    assert all(told(one) is true for one, true in zip(SEEN, TRUE, strict=True))


def test_types_that_all_calls_share_are_not_looked_into() -> None:
    shared = Shared(STAND_IN)
    assert told((shared,))[0] is shared


def test_the_witness_keeps_what_it_came_to() -> None:
    result = [STAND_IN, Part(NOTED[0])]
    told(result)
    assert result[0] == STAND_IN
    part = result[1]
    assert isinstance(part, Part)
    assert part.what is NOTED[0]


class Unknown:
    def __init__(self, time: object) -> None:
        self.time = time


def test_what_cannot_be_looked_into_is_refused() -> None:
    """A time that notes might stand in it, which whoever prints it takes for a number."""
    with pytest.raises(NotPlainError):
        told(Unknown(NOTED[0]))


leaves: list[Callable[[], Any]] = [
    lambda: STAND_IN,
    lambda: NOTED[0],
    span,
    lambda: SEEN[0],
    lambda: 1,
    lambda: None,
]
results = st.recursive(
    st.sampled_from(leaves).map(lambda make: make()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.builds(Part, inner, inner)
        | st.builds(Pair, inner, inner)
        | st.dictionaries(st.sampled_from(["a", STAND_IN]), inner, max_size=2)
    ),
    max_leaves=10,
)


def left(part: Any) -> bool:
    """Whether anything of the witness is left in it."""
    if isinstance(part, str):
        return STAND_IN in part
    if isinstance(part, CapturedMessage):
        return not any(part is one for one in TRUE)
    if isinstance(part, dict):
        return any(left(one) for pair in part.items() for one in pair)
    if isinstance(part, tuple | list):
        return any(map(left, part))
    if isinstance(part, Part):
        return left(part.what) or left(part.when)
    return not (part is None or type(part) in (int, float))


@given(results)
def test_nothing_of_the_witness_is_left(result: Any) -> None:
    assert not left(told(result))
