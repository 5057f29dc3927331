"""Number plans: what is known of a number's length, range and country, by its country code.

The library ``phonenumbers`` answers each such question from the beginning: it reads the digits again, looks
for the region again and tries every kind of number.  A plan is its metadata of a country code, made ready
(:mod:`~sipdiag.knowledge.plans`), and one pass over a number answers all of them, with the library's results.  What takes
more than cutting off a prefix (transformed and carrier prefixes, exit codes) is left to the library.
"""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

_NANP_CODE = 1
_USUAL = "2345678"
"""Seven digits that are a number in every North American area."""
_AREA = 3
"""Digits of a North American area code."""


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Compiled when first asked: North America's plan has 150, of which few ever are."""
    return re.compile(expression)


class Range(Struct, frozen=True, array_like=True):
    """Numbers of one kind."""

    lengths: frozenset[int]
    """Empty: any."""
    pattern: str

    def holds(self, national: str) -> bool:
        return (not self.lengths or len(national) in self.lengths) and self.fits(national)

    def fits(self, national: str) -> bool:
        """Whether it is one of them, whatever its length."""
        return _compiled(self.pattern).fullmatch(national) is not None


class RegionPlan(Struct, frozen=True, array_like=True):
    """The number plan of one region, or of one global service; its expressions are regular ones."""

    region: str
    code: str
    """The country code."""
    leading: str | None
    """What its numbers begin with, where that tells it from the others of its country code."""
    every: Range
    local: frozenset[int]
    """Lengths of numbers that can be dialled within an area alone."""
    kinds: tuple[Range, ...]
    prefix: str | None
    """What may stand before a national number without being part of it."""
    exit_code: str | None

    def valid(self, national: str) -> bool:
        """Whether the plan has such a range."""
        return self.every.holds(national) and any(kind.holds(national) for kind in self.kinds)

    def possible(self, national: str) -> bool:
        """Whether the length fits."""
        return len(national) in self.every.lengths or len(national) in self.local

    def significant(self, digits: str) -> str | None:
        """A national number without what may stand before it; None where the library is to be asked."""
        found = _compiled(self.prefix).match(digits) if self.prefix is not None else None
        if found is None:
            return digits
        if found.re.groups:
            return None
        rest = digits[found.end() :]
        if self.every.fits(digits) and not self.every.fits(rest):
            return digits
        # What is left must not be shorter than numbers are: else it was part of the number.
        whole = len(rest) in self.every.lengths or len(rest) > max(self.every.lengths)
        return rest if whole and len(rest) not in self.local else digits

    def dialled(self, digits: str) -> str | None:
        """The national number that is dialled as ``digits`` in this region; None where the library is to be asked."""
        if digits.startswith(self.code):
            return None
        if self.exit_code is not None and _compiled(self.exit_code).match(digits):
            return None
        return self.significant(digits)


class CodePlan(Struct, frozen=True, array_like=True):
    """A country code and whom it belongs to."""

    code: int
    is_global: bool
    """It belongs to no country: freephone, satellites, networks."""
    regions: tuple[RegionPlan, ...]
    """In the order in which they are asked; the first stands for all of them."""
    some_leading: str | None
    """Any of the regions' leading digits."""

    def locate(self, national: str) -> tuple[str, bool]:
        """The region of a national number, and whether the number is valid there."""
        main = self.regions[0]
        if len(self.regions) == 1:
            return main.region, main.valid(national)
        plan = self._holding(national)
        if plan is not None:
            return plan.region, plan.valid(national)
        # Canada's area codes are in no list of leading digits, but a usual number of that area tells.
        return self.area_region(national[:_AREA]) or main.region, False

    def area_region(self, area: str) -> str | None:
        """The region of a North American area code."""
        if self.code != _NANP_CODE or len(area) < _AREA:
            return None
        plan = self._holding(str(int(area + _USUAL)))
        return plan.region if plan is not None else None

    def _holding(self, national: str) -> RegionPlan | None:
        """The region whose leading digits a number has, or without such, in whose ranges it is."""
        led = self.some_leading is not None and _compiled(self.some_leading).match(national) is not None
        for plan in self.regions:
            if plan.leading is None:
                if plan.valid(national):
                    return plan
            elif led and _compiled(plan.leading).match(national):
                return plan
        return None
