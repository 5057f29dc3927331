"""What calls of a kind come to: the same but for what is their own, or nothing can be said of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from sipdiag.alike.form import Blanks, Form, UnlikeError, Witness
from sipdiag.alike.noted import Moment
from sipdiag.alike.trail import Trail
from sipdiag.messages.captured import CapturedMessage
from tests.alike.calls import ONE, S, call

NAME, TAG, OTHER_TAG, SHORT, MARK = range(5)
"""Places of what is a call's own."""
END = 3
"""The place of a time that is of no message."""


class Pair(NamedTuple):
    left: Any
    right: Any


class Fixed(Struct, frozen=True):
    what: Any
    when: Any = None


class Loose(Struct):
    what: Any
    when: Any = None


class Colour(Enum):
    RED = 1
    BLUE = 2


class One:
    """A call, and what belongs to it."""

    def __init__(self, number: int, **read: str) -> None:
        self.read: Any = (
            f"c{number}",
            read.get("tag", f"tag-of-{number * 7919}"),
            read.get("other", f"{number * 104729}-its-other"),
            read.get("short", f"s{number}"),
            read.get("mark", "mark"),
        )
        self.times = [
            1000 * S + number * S,
            1000 * S + 3 * number * S,
            1000 * S + 7 * number * S,
            5 * number,
            0,
        ]
        self.messages: list[CapturedMessage] = call(ONE, at=self.times[0])
        trail = Trail()
        self.noted: list[Any] = [Moment(trail, place, one) for place, one in enumerate(self.times)]

    @property
    def blanks(self) -> Blanks:
        return Blanks(self.read, self.times, self.messages)

    def witness(self, result: object) -> Witness:
        return Witness(self.read, (NAME, TAG, OTHER_TAG, SHORT), result, self.messages)


Judge = Callable[[One], Any]
CALLS = [One(number) for number in (1, 2, 3)]
FURTHER = One(11)


def form(judge: Judge, calls: Sequence[One] = CALLS) -> Form:
    return Form([one.witness(judge(one)) for one in calls])


def span(one: One) -> Any:
    return round((one.noted[1] - one.noted[0]) / 1e9, 6)


def told(part: Any, one: One) -> Any:
    """A result with true times in place of those that note."""
    if isinstance(part, CapturedMessage):
        return part
    if hasattr(part, "told"):
        return part.told(one.times)
    if isinstance(part, tuple) and hasattr(part, "_make"):
        return type(part)._make(told(each, one) for each in part)
    if isinstance(part, tuple | list):
        return type(part)(told(each, one) for each in part)
    if isinstance(part, dict):
        return {key: told(each, one) for key, each in part.items()}
    if isinstance(part, Struct):
        return type(part)(*[told(getattr(part, name), one) for name in part.__struct_fields__])
    return part


JUDGES: dict[str, Judge] = {
    "a text": lambda one: "always",
    "a number": lambda one: 7,
    "a fraction": lambda one: 0.5,
    "nothing": lambda one: None,
    "a truth": lambda one: True,
    "an enumeration": lambda one: Colour.RED,
    "bytes": lambda one: b"always",
    "its name": lambda one: one.read[NAME],
    "a value": lambda one: one.read[TAG],
    "a short value": lambda one: one.read[SHORT],
    "a value within a text": lambda one: f"The tag {one.read[TAG]} is unknown.",
    "two values within a text": lambda one: f"{one.read[TAG]} and {one.read[OTHER_TAG]}, {one.read[TAG]}",
    "two values on end": lambda one: one.read[TAG] + one.read[OTHER_TAG],
    "a value in a text at its end": lambda one: f"it is {one.read[OTHER_TAG]}",
    "a moment": lambda one: one.noted[1],
    "a moment later": lambda one: one.noted[2] + 500,
    "a moment that is of no message": lambda one: one.noted[END],
    "a gap": lambda one: one.noted[2] - one.noted[1],
    "a duration": span,
    "a duration less a constant": lambda one: span(one) - 0.5,
    "a message": lambda one: one.messages[2],
    "a tuple": lambda one: (1, one.read[TAG], one.noted[0]),
    "an empty tuple": lambda one: (),
    "a named tuple": lambda one: Pair(one.read[TAG], one.messages[0]),
    "a list": lambda one: [one.read[TAG], "x", one.noted[0]],
    "an empty list": lambda one: [],
    "a dict": lambda one: {"tag": one.read[TAG], 3: span(one)},
    "an empty dict": lambda one: {},
    "a frozen struct": lambda one: Fixed(one.read[TAG], one.noted[0]),
    "a frozen struct of constants": lambda one: Fixed("x", 1),
    "a loose struct": lambda one: Loose(one.read[TAG], one.noted[0]),
    "a loose struct of constants": lambda one: Loose("x", 1),
    "a set": lambda one: {"always", one.read[TAG], one.read[OTHER_TAG]},
    "a frozen set": lambda one: frozenset({"always", one.read[TAG], f"the {one.read[OTHER_TAG]}"}),
    "an empty set": lambda one: set(),
    "a set of numbers": lambda one: {1, 2},
    "a frozen set of pairs": lambda one: frozenset({("a", 1), ("b", 2)}),
    "all in one": lambda one: Fixed(
        [Pair({"a": (one.read[TAG], span(one))}, None)], (Loose(one.messages[1]),)
    ),
}


@pytest.mark.parametrize("judge", JUDGES.values(), ids=JUDGES)
def test_a_further_call_comes_to_what_its_judge_would_say(judge: Judge) -> None:
    found = form(judge).filled(FURTHER.blanks)
    truth = told(judge(FURTHER), FURTHER)
    assert found == truth
    assert type(found) is type(truth)


@pytest.mark.parametrize("judge", JUDGES.values(), ids=JUDGES)
def test_two_witnesses_are_enough(judge: Judge) -> None:
    assert form(judge, CALLS[:2]).filled(FURTHER.blanks) == told(judge(FURTHER), FURTHER)


CHANGEABLE = [
    "a list",
    "an empty list",
    "a dict",
    "an empty dict",
    "a loose struct of constants",
    "an empty set",
]


@pytest.mark.parametrize("name", [*CHANGEABLE, "a set", "a set of numbers", "a loose struct"])
def test_what_can_be_changed_is_made_anew_for_each_call(name: str) -> None:
    known = form(JUDGES[name])
    assert known.filled(FURTHER.blanks) is not known.filled(FURTHER.blanks)


@pytest.mark.parametrize("name", ["a frozen struct of constants", "an empty tuple", "a text"])
def test_what_cannot_be_changed_is_one_for_all(name: str) -> None:
    known = form(JUDGES[name])
    assert known.filled(FURTHER.blanks) is known.filled(CALLS[0].blanks)


def last(one: One) -> bool:
    return one is CALLS[-1]


UNLIKE: dict[str, Judge] = {
    "a text": lambda one: "this" if last(one) else "that",
    "a text with a value in it": lambda one: f"{'this' if last(one) else 'that'} {one.read[TAG]}",
    "what is read of a value": lambda one: one.read[TAG][-4:],
    "a value of another place": lambda one: one.read[TAG if last(one) else OTHER_TAG],
    "a value of another place within a text": lambda one: f"the {one.read[TAG if last(one) else OTHER_TAG]}",
    "a short value within a text": lambda one: f"the {one.read[SHORT]}.",
    "a number": lambda one: 1 if last(one) else 2,
    "a fraction": lambda one: 0.5 if last(one) else 0.25,
    "a truth": last,
    "a truth and a number": lambda one: True if last(one) else 1,
    "a number and a fraction": lambda one: 1 if last(one) else 1.0,
    "an enumeration": lambda one: Colour.RED if last(one) else Colour.BLUE,
    "nothing": lambda one: None if last(one) else "x",
    "a value and nothing": lambda one: None if last(one) else one.read[TAG],
    "bytes": lambda one: b"a" if last(one) else b"b",
    "a moment of another place": lambda one: one.noted[0 if last(one) else 1],
    "a moment and a constant": lambda one: one.noted[0] + (5 if last(one) else 4),
    "a moment and a number": lambda one: one.noted[0] if last(one) else 5,
    "a gap the other way": lambda one: (
        one.noted[1] - one.noted[0] if last(one) else one.noted[0] - one.noted[1]
    ),
    "a moment and a gap": lambda one: one.noted[1] if last(one) else one.noted[1] - one.noted[0],
    "a duration less a constant": lambda one: span(one) - (0.5 if last(one) else 1.5),
    "a message of another place": lambda one: one.messages[0 if last(one) else 1],
    "a message of another call": lambda one: FURTHER.messages[0] if last(one) else one.messages[0],
    "a message of no call": lambda one: call(ONE)[0],
    "the length of a tuple": lambda one: (1,) * (2 if last(one) else 3),
    "the length of a list": lambda one: [1] * (2 if last(one) else 3),
    "the size of a set": lambda one: {"a", "b"} if last(one) else {"a"},
    "a member of a set": lambda one: {"a", "b"} if last(one) else {"a", "c"},
    "a member of a set of numbers": lambda one: {1, 2} if last(one) else {1, 3},
    "a list and a tuple": lambda one: [1] if last(one) else (1,),
    "a tuple and a named tuple": lambda one: (1, 2) if last(one) else Pair(1, 2),
    "a set and a frozen set": lambda one: {1} if last(one) else frozenset({1}),
    "two kinds of struct": lambda one: Fixed(1) if last(one) else Loose(1),
    "a name in a dict": lambda one: {"a" if last(one) else "b": 1},
    "a name in a dict that is a value": lambda one: {one.read[TAG]: 1},
    "the order of a dict": lambda one: {"a": 1, "b": 1} if last(one) else {"b": 1, "a": 1},
    "what is in a dict": lambda one: {"a": 1 if last(one) else 2},
    "what is in a struct": lambda one: Fixed(1 if last(one) else 2),
    "what is in a tuple": lambda one: (0, (1 if last(one) else 2,)),
}


@pytest.mark.parametrize("judge", UNLIKE.values(), ids=UNLIKE)
def test_where_anything_else_differs_there_is_no_form(judge: Judge) -> None:
    with pytest.raises(UnlikeError):
        form(judge)


class Unknown:
    """Nobody knows what is in it: here a time, of which two calls may have the same."""

    def __init__(self, time: object) -> None:
        self.time = time

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) and self.time == other.time

    def __hash__(self) -> int:
        return 1


def test_what_cannot_be_looked_into_has_no_form() -> None:
    """Two calls at the same time: what they come to is the same, and not that of any other."""
    with pytest.raises(UnlikeError):
        form(lambda one: Unknown(one.noted[0]), [One(1), One(1)])


def test_what_is_one_object_in_all_calls_need_not_be_looked_into() -> None:
    shared = Unknown(5)
    assert form(lambda one: (shared, one.read[TAG])).filled(FURTHER.blanks) == (shared, FURTHER.read[TAG])


def test_what_witnesses_have_in_common_is_fixed() -> None:
    known = form(lambda one: one.read[MARK])
    assert known.fits(FURTHER.read)
    assert not known.fits(One(11, mark="another").read)


def test_a_value_that_two_have_in_common_is_fixed_until_a_third_has_another() -> None:
    one, other, third = One(1, tag="common"), One(2, tag="common"), One(3)
    assert not form(lambda call: call.read[TAG], [one, other]).fits(FURTHER.read)
    known = form(lambda call: call.read[TAG], [one, other, third])
    assert known.fits(FURTHER.read)
    assert known.filled(FURTHER.blanks) == FURTHER.read[TAG]


def test_a_name_is_never_fixed() -> None:
    twin = One(1)
    known = form(lambda call: "x", [CALLS[0], twin])
    assert known.fits(("c12", *twin.read[1:]))


def test_a_value_is_not_looked_for_where_it_cannot_stand() -> None:
    judges = [one.witness(f"the {one.read[TAG]}.")._replace(within=(NAME,)) for one in CALLS]
    with pytest.raises(UnlikeError):
        Form(judges)


def test_the_longest_value_is_looked_for_first() -> None:
    """A number stands within the same with its plus."""
    calls = [One(number, tag=f"1415555010{number}", other=f"+1415555010{number}") for number in (1, 2, 3)]
    known = form(lambda one: f"to {one.read[OTHER_TAG]}, from {one.read[TAG]}", calls)
    further = One(4, tag="14155550199", other="0014155550199")
    assert known.filled(further.blanks) == "to 0014155550199, from 14155550199"


results = st.recursive(
    st.sampled_from(
        [
            JUDGES[name]
            for name in ("a text", "a number", "nothing", "a value", "a value within a text", "a moment")
        ]
        + [
            JUDGES[name]
            for name in ("a gap", "a duration", "a message", "an enumeration", "a set", "its name")
        ]
    ),
    lambda inner: st.lists(inner, max_size=3).flatmap(
        lambda judges: st.sampled_from(
            [
                lambda one: [judge(one) for judge in judges],
                lambda one: tuple(judge(one) for judge in judges),
                lambda one: {number: judge(one) for number, judge in enumerate(judges)},
                lambda one: Fixed(tuple(judge(one) for judge in judges)),
                lambda one: Loose([judge(one) for judge in judges]),
                lambda one: Pair(*[*[judge(one) for judge in judges], 1, 2][:2]),
            ]
        )
    ),
    max_leaves=8,
)


@given(results)
def test_whatever_is_made_of_such_parts_is_told_of_a_further_call(judge: Judge) -> None:
    assert form(judge).filled(FURTHER.blanks) == told(judge(FURTHER), FURTHER)
