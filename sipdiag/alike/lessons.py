"""What calls of each kind came to, learnt from the first ones, told of the others.

Of the same kind are calls of one shape whose own values are of one class and whose times keep the same bounds.  The
first of them are judged like any other call, and bear witness.  Of a further one only that is taken for free which was
seen to differ among the witnesses, and to be found again in what they came to.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.alike.cleared import cleared
from sipdiag.alike.form import Blanks, Form, UnlikeError, Witness
from sipdiag.alike.noted import Moment
from sipdiag.alike.own import Own
from sipdiag.alike.shape import Shape
from sipdiag.alike.trail import Bounds, NotPlainError, Trail, kept
from sipdiag.messages.captured import CapturedMessage

STAND_IN = 999_999_000_000
"""From this number on calls are called while they bear witness."""
LEARNT_FROM = 3
"""The first so many calls of a shape are judged from their messages: learning from them costs as much again, and what was seen
once or twice may never be seen again."""
MOST_SEEN = 65_536
"""Shapes, with the classes of their values, whose calls are counted."""
MOST_KINDS = 8_192
"""Shapes with the classes of their values: beyond that no new ones are learnt."""
MOST_COURSES = 6
"""Ways in which times may run in calls of one shape."""
MOST_WITNESSES = 6
"""Calls of one kind that are laid over each other; if they still have too much in common, so be it."""


class Sighting(Struct, frozen=True):
    """A call, as it is compared with others."""

    shape: Hashable
    """Its shape, and the class of what is its own."""
    read: tuple[Hashable, ...]
    within: tuple[int, ...]
    times: tuple[int, ...]
    """Of its messages, of the end of the capture, and of the epoch."""
    messages: Sequence[CapturedMessage]

    def blanks(self, name: str) -> Blanks:
        """What is the call's own, if it is called so."""
        return Blanks((name, *self.read[1:]), self.times, self.messages)


def sighting(shape: Shape, own: Own, messages: Sequence[CapturedMessage], end_ns: int) -> Sighting:
    """A call of a shape, with what is its own."""
    times = (*[one.time_ns for one in messages], end_ns, 0)
    return Sighting((shape.number, own.of_class), own.read, own.within, times, messages)


class _Course(Struct):
    """Calls of one shape whose times ran alike."""

    bounds: Bounds
    witnesses: list[Witness]
    form: Form | None = None
    """None while there is one witness, or where what they came to has no form."""
    hopeless: bool = False


class Lessons:
    """What was learnt of calls."""

    def __init__(
        self, judge: Callable[[str, Sequence[CapturedMessage], Any], Any], shared: tuple[type, ...] = ()
    ) -> None:
        """``judge``: what a call comes to, given what it is called, its messages and when the capture ended.

        It may raise :class:`NotPlainError`.  ``shared``: types of which an object is the same for all
        calls.
        """
        self._judge = judge
        self._shared = shared
        self._seen: dict[Hashable, int] = {}
        self._known: dict[Hashable, list[_Course]] = {}
        self._witnesses = 0

    def told(self, call: Sighting, name: str = "") -> Any | None:
        """What a call comes to, if it is called so; None where that is not known from others, and cannot be learnt."""
        courses = self._known.get(call.shape)
        if courses is None:
            if not self._often(call.shape):
                return None
            courses = self._known[call.shape] = []
        for course in courses:
            if kept(course.bounds, call.times):
                if course.form is not None and course.form.fits(call.read):
                    return course.form.filled(call.blanks(name))
                return None if course.hopeless else self._learnt(call, name, courses, course)
        return self._learnt(call, name, courses, None) if len(courses) < MOST_COURSES else None

    def _often(self, shape: Hashable) -> bool:
        """Whether calls of a shape were seen so often that more of them will come."""
        seen = self._seen.get(shape, 0) + 1
        if seen > 1 or len(self._seen) < MOST_SEEN:
            self._seen[shape] = seen
        return seen >= LEARNT_FROM and len(self._known) < MOST_KINDS

    def _learnt(
        self, call: Sighting, name: str, courses: list[_Course], course: _Course | None
    ) -> Any | None:
        """Judge the call, and learn from it; ``course``: the one it runs, None if that was not seen before."""
        trail = Trail()
        end = len(call.messages)
        noted = [
            replace(one, time_ns=Moment(trail, place, one.time_ns)) for place, one in enumerate(call.messages)
        ]
        try:
            stand_in = self._stand_in()
            result = self._judge(stand_in, noted, Moment(trail, end, call.times[end]))
            witness = Witness((stand_in, *call.read[1:]), call.within, result, noted)
            alone = cleared(witness, call.blanks(name), self._shared)
        except NotPlainError:
            # Whatever runs the course up to here comes to the same end.
            if course is None:
                course = _Course(trail.bounds, [])
                courses.append(course)
            course.hopeless = True
            return None
        if course is None:
            courses.append(_Course(trail.bounds, [witness]))
        else:
            course.witnesses.append(witness)
            _settle(course)
        return alone

    def _stand_in(self) -> str:
        """What a witness is called: no two the same, and like nothing else that it says."""
        self._witnesses += 1
        return f"c{STAND_IN + self._witnesses}"


def _settle(course: _Course) -> None:
    try:
        course.form = Form(course.witnesses)
    except UnlikeError:
        course.form, course.hopeless = None, True
        course.witnesses.clear()
        return
    if len(course.witnesses) >= MOST_WITNESSES:
        course.hopeless = True
        course.witnesses.clear()
