"""Times that note what they are compared with.

Two calls whose messages read alike still differ in time, and what is found of them may hang on it.  So the first of
them is judged with the times of this module in place of numbers: each comparison that is made on the way is noted as a
bound on the difference of two times.  Of another call whose times keep all these bounds every comparison ends the same
way, and with it the verdict.  What is found of the times themselves (a duration) says how it is told of another call.

These are no numbers.  Whatever would take one for a number (an index, a key, a text) raises
:class:`~sipdiag.alike.trail.NotPlainError`, and the call is judged like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sipdiag.alike.trail import FAR_NS, NoNumber, NotPlainError, Trail, is_number, refuse

ZERO = -1
"""The place of the epoch among the times of a call, behind all others."""
_SECOND_NS = 1e9
_FAR_S = 1e12
"""Against seconds beyond that no duration is held."""


class Gap(NoNumber):
    """A difference of two times, and a constant; ns."""

    __slots__ = ("more_ns", "ns", "one", "other", "trail")

    def __init__(self, trail: Trail, one: int, other: int, more_ns: int, ns: int) -> None:
        """The time at the place ``one`` less that at ``other``, and ``more_ns``, which makes ``ns`` in this call."""
        self.trail, self.one, self.other, self.more_ns, self.ns = trail, one, other, more_ns, ns

    def told(self, times: Sequence[int]) -> int:
        """What it is in a call with other times."""
        return times[self.one] - times[self.other] + self.more_ns

    def same(self, gap: Gap) -> bool:
        """Whether another gap is told of its call in the same way."""
        return (self.one, self.other, self.more_ns) == (gap.one, gap.other, gap.more_ns)

    def reaches(self, least: int) -> bool:
        """Whether it is so many nanoseconds or more: what comes out is noted."""
        reached = self.ns >= least
        if self.one != self.other:
            between = least - self.more_ns
            bounds = (between, FAR_NS) if reached else (-FAR_NS, between - 1)
            self.trail.note(self.one, self.other, *bounds)
        return reached

    def __ge__(self, limit: object) -> bool:
        return self.reaches(_whole(limit))

    def __lt__(self, limit: object) -> bool:
        return not self.reaches(_whole(limit))

    def __gt__(self, limit: object) -> bool:
        return self.reaches(_whole(limit) + 1)

    def __le__(self, limit: object) -> bool:
        return not self.reaches(_whole(limit) + 1)

    def __eq__(self, limit: object) -> bool:
        return is_number(limit) and self.reaches(_whole(limit)) and not self.reaches(_whole(limit) + 1)

    __hash__ = NoNumber.__hash__

    def __neg__(self) -> Gap:
        return Gap(self.trail, self.other, self.one, -self.more_ns, -self.ns)

    def __abs__(self) -> Gap:
        return self if self >= 0 else -self

    def __truediv__(self, by: object) -> _Seconds:
        return _Seconds(self) if by == _SECOND_NS else refuse()


def _whole(one: object) -> int:
    return one if type(one) is int else refuse()


class _Seconds(NoNumber):
    """A gap in seconds, not rounded yet: as such it is of no use."""

    __slots__ = ("gap",)

    def __init__(self, gap: Gap) -> None:
        self.gap = gap

    def __round__(self, digits: object = None) -> Span:
        if type(digits) is not int or digits < 0:
            raise NotPlainError
        return Span(self.gap, digits)


class Span(NoNumber):
    """A duration in seconds: rounded, perhaps less a constant, perhaps turned round."""

    __slots__ = ("digits", "gap", "less_s", "turned")

    def __init__(self, gap: Gap, digits: int, less_s: float = 0.0, *, turned: bool = False) -> None:
        self.gap, self.digits, self.less_s, self.turned = gap, digits, less_s, turned

    def told(self, times: Sequence[int]) -> float:
        """What it is in a call with other times."""
        return _seconds(self.gap.told(times), self.digits, self.less_s, self.turned)

    def same(self, span: Span) -> bool:
        """Whether another span is told of its call in the same way."""
        mine, its = ((one.digits, one.less_s, one.turned) for one in (self, span))
        return mine == its and self.gap.same(span.gap)

    def __ge__(self, limit: object) -> bool:
        return self._passes(limit, beyond=False)

    def __lt__(self, limit: object) -> bool:
        return not self._passes(limit, beyond=False)

    def __gt__(self, limit: object) -> bool:
        return self._passes(limit, beyond=True)

    def __le__(self, limit: object) -> bool:
        return not self._passes(limit, beyond=True)

    def __eq__(self, limit: object) -> bool:
        return is_number(limit) and self._passes(limit, beyond=False) and not self._passes(limit, beyond=True)

    __hash__ = NoNumber.__hash__

    def __bool__(self) -> bool:
        return self > 0.0 or self < 0.0

    def __sub__(self, less_s: object) -> Span:
        if type(less_s) is not float or self.less_s or self.turned:
            raise NotPlainError
        return Span(self.gap, self.digits, less_s)

    def __abs__(self) -> Span:
        if self >= 0.0:
            return self
        return Span(self.gap, self.digits, self.less_s, turned=not self.turned)

    def _passes(self, limit: object, *, beyond: bool) -> bool:
        """Whether it is ``limit`` or more, or ``beyond`` it.

        That is the same as to ask of the gap whether it is so many nanoseconds, or, turned round, less than so many.
        """
        if type(limit) is not float and type(limit) is not int:
            raise NotPlainError
        reached = self.gap.reaches(_turning_ns(self.digits, self.less_s, self.turned, beyond, limit))
        return reached is not self.turned


def _seconds(ns: int, digits: int, less_s: float, turned: bool) -> float:
    value = round(ns / _SECOND_NS, digits) - less_s
    return -value if turned else value


@lru_cache(maxsize=1024)
def _turning_ns(digits: int, less_s: float, turned: bool, beyond: bool, limit_s: float) -> int:
    """The least nanoseconds from which on the answer of :meth:`Span._passes` is another."""
    if not (abs(limit_s) < _FAR_S and abs(less_s) < _FAR_S):
        raise NotPlainError

    def passes(ns: int) -> bool:
        value = _seconds(ns, digits, less_s, turned)
        return value > limit_s if beyond else value >= limit_s

    near_s = less_s - limit_s if turned else less_s + limit_s
    below, above = int((near_s - 1) * _SECOND_NS), int((near_s + 1) * _SECOND_NS)
    while above - below > 1:
        middle = (below + above) // 2
        if passes(middle) is not turned:
            above = middle
        else:
            below = middle
    return above


class Moment(NoNumber):
    """The time of a message, and a constant; ns since the epoch."""

    __slots__ = ("more_ns", "ns", "place", "trail")

    def __init__(self, trail: Trail, place: int, ns: int, more_ns: int = 0) -> None:
        """``place``: of the time among those of the call; ``ns``: what it is in this call, ``more_ns`` included."""
        self.trail, self.place, self.ns, self.more_ns = trail, place, ns, more_ns

    def told(self, times: Sequence[int]) -> int:
        """What it is in a call with other times."""
        return times[self.place] + self.more_ns

    def same(self, moment: Moment) -> bool:
        """Whether another moment is told of its call in the same way."""
        return (self.place, self.more_ns) == (moment.place, moment.more_ns)

    def __ge__(self, other: object) -> bool:
        return self._since(other).reaches(0)

    def __lt__(self, other: object) -> bool:
        return not self._since(other).reaches(0)

    def __gt__(self, other: object) -> bool:
        return self._since(other).reaches(1)

    def __le__(self, other: object) -> bool:
        return not self._since(other).reaches(1)

    def __eq__(self, other: object) -> bool:
        return is_number(other) and self._since(other) == 0

    __hash__ = NoNumber.__hash__

    def __bool__(self) -> bool:
        return self != 0

    def __add__(self, more_ns: object) -> Moment:
        more = _whole(more_ns)
        return Moment(self.trail, self.place, self.ns + more, self.more_ns + more)

    def __sub__(self, other: object) -> Moment | Gap:
        return self + -other if type(other) is int else self._since(other)

    def _since(self, other: object) -> Gap:
        """The time since another moment, or since the epoch."""
        if type(other) is int:
            return Gap(self.trail, self.place, ZERO, self.more_ns - other, self.ns - other)
        if type(other) is not Moment:
            raise NotPlainError
        return Gap(self.trail, self.place, other.place, self.more_ns - other.more_ns, self.ns - other.ns)
