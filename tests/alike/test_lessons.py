"""What is learnt of the first calls of a kind is told of the others, and nobody is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from sipdiag.alike import lessons as module
from sipdiag.alike.lessons import LEARNT_FROM, Lessons, Sighting
from sipdiag.alike.trail import NotPlainError
from sipdiag.messages.captured import CapturedMessage
from tests.alike.calls import ONE, call

S = 1_000_000_000


def seen(tag: str, *, gap_ns: int = S, shape: str = "one", country: str = "US") -> Sighting:
    """A call of two messages."""
    times = (1000 * S, 1000 * S + gap_ns)
    messages = [replace(one, time_ns=at) for one, at in zip(call(ONE)[:2], times, strict=True)]
    return Sighting(shape, ("", tag, country), (0, 1), (*times, 2000 * S, 0), messages)


class Judge:
    """What a call comes to: its name, its tag, and whether its second message came late."""

    def __init__(self, tags: Sequence[str] = (), *, fails: bool = False) -> None:
        self.asked = 0
        self._fails = fails
        self._tags = list(tags)

    def __call__(self, name: str, messages: Sequence[CapturedMessage], end_ns: Any) -> tuple[object, ...]:
        self.asked += 1
        first, second = (one.time_ns for one in messages)
        late = second - first > 5 * S
        if self._fails:
            raise NotPlainError
        return name, self._tags.pop(0), late, second


def taught(judge: Judge, lessons: Lessons, tags: Sequence[str], **other: Any) -> list[Any]:
    return [lessons.told(seen(tag, **other), f"c{number}") for number, tag in enumerate(tags, 1)]


TAGS = [f"tag-{number}" for number in range(1, 9)]


def test_the_first_calls_are_nothing_to_learn_from() -> None:
    judge = Judge()
    assert taught(judge, Lessons(judge), TAGS[: LEARNT_FROM - 1]) == [None] * (LEARNT_FROM - 1)
    assert judge.asked == 0


def test_two_witnesses_tell_of_all_others() -> None:
    judge = Judge(TAGS[LEARNT_FROM - 1 :])
    told = taught(judge, Lessons(judge), TAGS)
    assert judge.asked == 2
    assert told[LEARNT_FROM - 1 :] == [
        (f"c{number}", f"tag-{number}", False, 1001 * S) for number in range(LEARNT_FROM, 9)
    ]


def test_times_that_compare_otherwise_are_another_course() -> None:
    judge = Judge([*TAGS[LEARNT_FROM - 1 : LEARNT_FROM + 1], "tag-late"])
    lessons = Lessons(judge)
    taught(judge, lessons, TAGS)
    assert lessons.told(seen("tag-late", gap_ns=5 * S + 1), "c9") == ("c9", "tag-late", True, 1005 * S + 1)
    assert judge.asked == 3
    assert lessons.told(seen("tag-x", gap_ns=5 * S), "c10") == ("c10", "tag-x", False, 1005 * S)
    assert judge.asked == 3


def test_what_witnesses_had_in_common_is_not_taken_for_free() -> None:
    """Both were calls to one country: of another nothing is known, until one of them has borne witness."""
    judge = Judge([*TAGS[LEARNT_FROM - 1 : LEARNT_FROM + 1], "tag-fr"])
    lessons = Lessons(judge)
    taught(judge, lessons, TAGS)
    assert lessons.told(seen("tag-fr", country="FR"), "c9") == ("c9", "tag-fr", False, 1001 * S)
    assert judge.asked == 3
    assert lessons.told(seen("tag-de", country="DE"), "c10") == ("c10", "tag-de", False, 1001 * S)
    assert judge.asked == 3


def test_calls_that_cannot_be_learnt_from_are_judged_by_others() -> None:
    judge = Judge(fails=True)
    assert taught(judge, Lessons(judge), TAGS) == [None] * len(TAGS)
    assert judge.asked == 1


def test_a_course_in_which_a_call_cannot_be_learnt_from_is_learnt_from_no_more() -> None:
    judge = Judge(TAGS)
    lessons = Lessons(judge)
    taught(judge, lessons, TAGS[:LEARNT_FROM])
    judge._fails = True
    assert taught(judge, lessons, TAGS[LEARNT_FROM:]) == [None] * (len(TAGS) - LEARNT_FROM)
    assert judge.asked == 2


def test_calls_that_come_to_different_things_have_no_form() -> None:
    judge = Judge(["what", "ever"])
    told = taught(judge, Lessons(judge), TAGS)
    assert told[LEARNT_FROM + 1 :] == [None] * (len(TAGS) - LEARNT_FROM - 1)


@pytest.mark.parametrize(("most", "asked"), [(1, 1), (2, 2)])
def test_no_more_courses_than_so_many(most: int, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COURSES", most)
    judge = Judge(TAGS)
    lessons = Lessons(judge)
    taught(judge, lessons, TAGS[:LEARNT_FROM])
    lessons.told(seen("late", gap_ns=6 * S), "c9")
    assert judge.asked == asked


@pytest.mark.parametrize(("most", "asked"), [(1, 1), (2, 2)])
def test_no_more_kinds_than_so_many(most: int, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KINDS", most)
    judge = Judge(TAGS)
    lessons = Lessons(judge)
    taught(judge, lessons, TAGS[:LEARNT_FROM])
    taught(judge, lessons, TAGS[:LEARNT_FROM], shape="other")
    assert judge.asked == asked


@pytest.mark.parametrize(("most", "asked"), [(2, 2), (3, 3)])
def test_no_more_witnesses_than_so_many(most: int, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WITNESSES", most)
    judge = Judge(TAGS[LEARNT_FROM - 1 :])
    lessons = Lessons(judge)
    taught(judge, lessons, TAGS[: LEARNT_FROM + 1])
    lessons.told(seen("x", country="FR"), "c9")
    assert judge.asked == asked


@pytest.mark.parametrize(("most", "learnt"), [(1, False), (2, True)])
def test_no_more_shapes_are_counted_than_so_many(
    most: int, learnt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_SEEN", most)
    judge = Judge(TAGS)
    lessons = Lessons(judge)
    lessons.told(seen("tag", shape="other"), "c1")
    taught(judge, lessons, TAGS[:LEARNT_FROM])
    assert (judge.asked == 1) is learnt
