"""Facts, evidence and parts are collected from the methods that declare them."""

from __future__ import annotations

from enum import IntEnum

import pytest

from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.known import Cited, Known, declared
from sipdiag.facts.later import LATER, Later
from sipdiag.messages.captured import CapturedMessage
from tests.calls.dialogs import captured


class Colour(IntEnum):
    red = 1
    blue = 2


class Wheel:
    @fact(unit="mm")
    def width(self) -> int:
        """Width of the tyre."""
        return 25

    @fact
    def flat_s(self) -> float | None:
        """How long it has been flat."""
        return None


class Bicycle:
    def __init__(self, spare: Wheel | None = None, seen: list[CapturedMessage] | None = None) -> None:
        self._spare = spare
        self._seen = seen or []
        self.asked: list[str] = []

    @fact
    def colour(self) -> Colour:
        """Colour of the frame,
        as painted.

        Never mind rust.
        """
        self.asked.append("colour")
        return Colour.blue

    @fact(name="name", absent="a bicycle", for_expectations=True)
    def called(self) -> str | None:
        """What its owner calls it."""
        self.asked.append("name")
        return None

    @facts()
    def wheel(self) -> Wheel:
        """A part that is always there."""
        return Wheel()

    @facts(prefix="spare_", found="spare_carried")
    def spare(self) -> Wheel | None:
        """A spare wheel is carried."""
        return self._spare

    @evidence("first")
    def first(self) -> CapturedMessage | None:
        """The first sighting."""
        return self._seen[0] if self._seen else None

    @evidence("all")
    def every(self) -> list[CapturedMessage]:
        """All sightings."""
        return self._seen


class Tandem(Bicycle):
    @fact
    def seats(self) -> int:
        """Number of seats."""
        return 2


def test_declared_from_annotation_and_docstring() -> None:
    by_name = {one.name: one for one in declared(Bicycle).facts}
    colour = by_name["colour"]
    assert (colour.type, colour.enum, colour.optional) == ("int", Colour, False)
    assert colour.meaning == "Colour of the frame, as painted."
    assert by_name["name"].absent_phrase == "a bicycle"
    assert by_name["name"].for_expectations
    assert (by_name["width"].type, by_name["width"].unit, by_name["width"].optional) == ("int", "mm", False)
    assert (by_name["flat_s"].unit, by_name["flat_s"].absent_phrase) == ("s", "an unknown time")


def test_what_is_found_is_a_fact_and_its_own_may_be_absent() -> None:
    by_name = {one.name: one for one in declared(Bicycle).facts}
    assert by_name["spare_carried"].meaning == "A spare wheel is carried."
    assert not by_name["spare_carried"].optional
    assert by_name["spare_width"].optional
    assert dict(Known(Bicycle())) == {"colour": Colour.blue, "width": 25, "spare_carried": False}
    assert Known(Bicycle(Wheel())).get("spare_width") == 25


class Race:
    def __init__(self, *, over: bool) -> None:
        self._over = over

    @facts(prefix="best_", known_at="capture")
    def best(self) -> Wheel | Later:
        """Known when all are in."""
        return Wheel() if self._over else LATER


def test_what_the_whole_capture_tells_is_not_absent_but_not_known_yet() -> None:
    by_name = {one.name: one for one in declared(Race).facts}
    assert {one.known_at for one in by_name.values()} == {"capture"}
    assert by_name["best_width"].optional
    running, over = Known(Race(over=False)), Known(Race(over=True))
    names = ("best_width", "has_best_width", "best_flat_s", "has_best_flat_s")
    assert [running.get(name) for name in names] == [LATER] * 4
    assert [over.get(name) for name in names] == [25, True, None, False]


def test_each_optional_fact_has_its_presence() -> None:
    known = Known(Bicycle())
    assert (known.get("has_name"), known.get("has_spare_width")) == (False, False)
    assert Known(Bicycle(Wheel())).get("has_spare_width") is True
    assert not {"has_width", "has_colour"} & declared(Bicycle).read.keys()
    assert "has_name" not in set(known)


def test_only_what_is_asked_for_is_computed_and_once() -> None:
    view = Bicycle()
    known = Known(view)
    assert view.asked == []
    assert known["colour"] == known.get("colour") == Colour.blue
    assert view.asked == ["colour"]
    with pytest.raises(KeyError):
        known["name"]
    assert known.get("name", "?") == "?"
    assert known.get("nothing of the kind") is None
    assert len(known) == 3


def test_what_a_class_builds_on_comes_first() -> None:
    names = [one.name for one in declared(Tandem).facts if one.presence_of is None]
    assert names == [
        "colour",
        "name",
        "width",
        "flat_s",
        "spare_carried",
        "spare_width",
        "spare_flat_s",
        "seats",
    ]


def test_evidence() -> None:
    seen = captured("- p INVITE\n- p 486")
    cited = Cited(Bicycle(seen=seen))
    assert declared(Bicycle).evidence == tuple(cited) == ("first", "all")
    assert (cited["first"], cited["all"]) == ([seen[0]], seen)
    assert dict(Cited(Bicycle())) == {"first": [], "all": []}


def test_a_name_is_declared_once() -> None:
    class Twice(Bicycle):
        @fact(name="colour")
        def paint(self) -> int:
            """The same again."""
            return 1

    with pytest.raises(TypeError, match="fact 'colour' is declared twice"):
        declared(Twice)


def test_a_fact_is_a_scalar_or_a_closed_set() -> None:
    class Odd:
        @fact
        def wheels(self) -> Wheel:
            """Not a fact."""
            return Wheel()

    with pytest.raises(TypeError, match="a fact is a scalar or a closed set, not Wheel"):
        declared(Odd)


class Tread(IntEnum):
    smooth = 1
    rough = 2
    unknown = 3


class Tyre:
    @fact
    def tread(self) -> Tread:
        """As moulded."""
        return Tread.rough


def test_a_closed_set_is_never_absent() -> None:
    class Car:
        def __init__(self, spare: Tyre | None) -> None:
            self._spare = spare

        @facts(prefix="spare_", found="spare_carried")
        def spare(self) -> Tyre | None:
            """A spare tyre is carried."""
            return self._spare

        @facts(prefix="best_", known_at="capture")
        def best(self) -> Tyre | Later:
            """Known when all are in."""
            return LATER

    by_name = {one.name: one for one in declared(Car).facts}
    assert (by_name["spare_tread"].optional, "has_spare_tread" in by_name) == (False, False)
    with_spare, without = Known(Car(Tyre())), Known(Car(None))
    assert (with_spare["spare_tread"], without["spare_tread"]) == (Tread.rough, Tread.unknown)
    assert without["best_tread"] is LATER


def test_a_closed_set_that_may_not_be_known_has_a_member_for_it() -> None:
    class Parked:
        @fact
        def colour(self) -> Colour | None:
            """Seen by daylight."""
            return None

    class Fleet:
        @facts(prefix="first_", found="any")
        def first(self) -> Bicycle | None:
            """There is one."""
            return None

    with pytest.raises(ValueError, match="fact colour: of a closed set, `unknown` says that it is not known"):
        declared(Parked)
    with pytest.raises(
        TypeError, match="fact 'first_colour' is one of a part that may be missing, and its set has no"
    ):
        declared(Fleet)
