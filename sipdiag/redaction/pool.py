"""Where pseudonyms of telephone numbers come from: ranges that belong to nobody, each number given away once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice

from sipdiag.knowledge.nobody import AREA, FIXED, KINDS, SERVICE_AREAS, UNASSIGNED, Range, is_nobodys, nobody
from sipdiag.knowledge.plans import code_plan, split
from sipdiag.redaction.permute import Permuter

_NORTH_AMERICA = "1"
_PREFIXES = range(1, 5)
_ENOUGH = 8
"""Tries with each way of making a number before the next one has its turn."""


class Pool:
    """Gives out numbers that belong to nobody."""

    def __init__(self, permuter: Permuter) -> None:
        self._permuter = permuter
        self._rest: dict[tuple[str, ...], Iterator[str]] = {}

    def candidates(self, e164: str) -> Iterator[str]:
        """Numbers of the same country, kind and length, as digits with country code, the likest first.

        ``e164``: digits with country code, without a plus sign.  What was given out does not come again.
        """
        parts = split(e164)
        if parts is None:
            return
        plan, national = parts
        code, (region, _) = str(plan.code), plan.locate(national)
        if code == _NORTH_AMERICA:
            yield from self._north_american(code, national, region)
        else:
            for one in _fitting(region, kind_of(e164), national):
                for found in islice(self._numbers(one), _ENOUGH):
                    yield code + found
        yield from islice(self.zeros(code, len(national)), _ENOUGH)
        # Where countries share a code the first digits tell them apart.
        for size in _PREFIXES:
            if len(national) > size + len(UNASSIGNED):
                kept = code + national[:size]
                yield from islice(self.zeros(kept, len(national) - size), _ENOUGH)

    def _north_american(self, code: str, national: str, region: str) -> Iterator[str]:
        lines, area = nobody().lines, national[:AREA]
        if len(national) != AREA + len(lines.first) or area in SERVICE_AREAS:
            return
        yield from islice((code + area + line for line in self._lines(area)), _ENOUGH)
        others = (code + other + line for other in _areas_of(region) for line in self._lines(other))
        yield from islice(others, _ENOUGH)

    def _lines(self, area: str) -> Iterator[str]:
        return self._given(("area", area), nobody().lines)

    def _numbers(self, one: Range) -> Iterator[str]:
        return self._given(("range", one.first), one)

    def zeros(self, code: str, length: int) -> Iterator[str]:
        """Numbers that begin with zeros where ``length`` digits stand behind the code: none can be assigned."""
        digits = length - len(UNASSIGNED)
        if digits < 1:
            return iter(())
        first, last = UNASSIGNED + "0" * digits, UNASSIGNED + "9" * digits
        numbers = self._given(("zeros", code, str(length)), Range("", FIXED, first, last))
        return (code + number for number in numbers)

    def _given(self, name: tuple[str, ...], one: Range) -> Iterator[str]:
        """What is left of a range, in an order that the key chooses."""
        left = self._rest.get(name)
        if left is None:
            left = self._rest[name] = self._shuffled(" ".join(name), one)
        return left

    def _shuffled(self, name: str, one: Range) -> Iterator[str]:
        value = 0
        for _ in range(one.size):
            value = self._permuter.shift(value, one.size, name)
            yield one[value]


def code_of(e164: str) -> str:
    """The country code of digits that begin with one; empty if they do not."""
    parts = split(e164)
    return str(parts[0].code) if parts is not None else ""


def is_somebodys(e164: str) -> bool:
    """Whether the number plan has such a number (digits with country code), so that somebody could have it."""
    parts = split(e164)
    if parts is None:
        return False
    plan, national = parts
    _, planned = plan.locate(national)
    return planned and not is_nobodys(tuple(region.region for region in plan.regions), national)


def kind_of(e164: str) -> str | None:
    """What kind of number it is; None for one that the number plan does not know."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse("+" + e164)
    except phonenumbers.NumberParseException:
        return None
    return KINDS.get(int(phonenumbers.number_type(parsed)))


def _fitting(region: str, kind: str | None, national: str) -> list[Range]:
    """Ranges of a country and kind with numbers of the same length, the same area first."""
    ranges = [
        one
        for one in nobody().ranges.get(region, ())
        if len(one.first) == len(national) and kind in (None, one.kind)
    ]
    return sorted(ranges, key=lambda one: (-_in_common(one.first, national), one.first))


def _in_common(first: str, second: str) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, other) in pairs if one != other), len(first))


@cache
def _areas_of(region: str) -> tuple[str, ...]:
    """The North American area codes of a country."""
    plan = code_plan(_NORTH_AMERICA)
    assert plan is not None
    areas = map(str, range(200, 1000))
    return tuple(area for area in areas if area not in SERVICE_AREAS and plan.area_region(area) == region)
