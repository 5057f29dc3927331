"""What is compared on the way to a verdict: see :mod:`~sipdiag.alike.noted`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Never

from sipdiag.facts.later import UnsettledError

FAR_NS = 1 << 80
"""Beyond every difference of two times."""

Bounds = dict[tuple[int, int], tuple[int, int]]
"""Places of two times → the least and the greatest difference of the first less the second, ns."""


class NotPlainError(UnsettledError):
    """A time was used for something else than a comparison or a duration."""


class Trail:
    """What was compared on the way to a verdict."""

    __slots__ = ("bounds",)

    def __init__(self) -> None:
        self.bounds: Bounds = {}

    def note(self, one: int, other: int, least: int, most: int) -> None:
        """The time at the place ``one`` less that at ``other`` lies between these."""
        if one < other:
            one, other, least, most = other, one, -most, -least
        known = self.bounds.get((one, other), (-FAR_NS, FAR_NS))
        self.bounds[one, other] = max(known[0], least), min(known[1], most)


def kept(bounds: Bounds, times: Sequence[int]) -> bool:
    """Whether times keep all bounds."""
    for (one, other), (least, most) in bounds.items():  # noqa: SIM110  a generator takes twice as long
        if not least <= times[one] - times[other] <= most:
            return False
    return True


def refuse(*_: object) -> Never:
    raise NotPlainError


class NoNumber:
    """What stands for a number, and is none."""

    __slots__ = ()

    def __hash__(self) -> Never:
        raise NotPlainError


_NUMERIC = (
    "eq ge gt le lt abs add and bool ceil complex divmod float floor floordiv format index int invert lshift mod mul neg "
    "or pos pow radd rdivmod reduce repr rfloordiv rmod rmul round rpow rshift rsub rtruediv str sub "
    "truediv trunc xor"
)
"""What a number does, by the middle of its name."""
for _name in _NUMERIC.split():
    setattr(NoNumber, f"__{_name}__", refuse)


def is_number(one: object) -> bool:
    """Nothing else is ever equal to a time."""
    return isinstance(one, int | float | NoNumber)
