"""Number plans: what the metadata of ``phonenumbers`` says of a number's length, range and country.

The library answers each such question from the beginning: it reads the digits again, looks for the
region again and tries every kind of number.  Here the metadata of a country code is made ready once,
and one pass over a number answers all of them, with the library's results.  What takes more than
cutting off a prefix (transformed and carrier prefixes, exit codes) is left to the library.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from msgspec import Struct

_LONGEST_CODE = 3
_NANP_CODE = 1
_USUAL = "2345678"
"""Seven digits that are a number in every North American area."""

_KINDS = (
    "fixed_line", "mobile", "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""What a valid number is one of; the most usual first."""


class Expression:
    """A regular expression, compiled when first asked: North America's plan has 150, of which few ever are."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled: re.Pattern[str] | None = None

    def match(self, digits: str) -> re.Match[str] | None:
        return (self._compiled or self._compile()).match(digits)

    def fullmatch(self, digits: str) -> re.Match[str] | None:
        return (self._compiled or self._compile()).fullmatch(digits)

    def _compile(self) -> re.Pattern[str]:
        self._compiled = re.compile(self.text)
        return self._compiled


class Range(Struct, frozen=True):
    """Numbers of one kind."""

    lengths: frozenset[int]
    """Empty: any."""
    pattern: Expression

    def holds(self, national: str) -> bool:
        return (not self.lengths or len(national) in self.lengths) and (
            self.pattern.fullmatch(national) is not None
        )


class RegionPlan(Struct, frozen=True):
    """The number plan of one region, or of one global service."""

    region: str
    code: str
    """The country code."""
    leading: Expression | None
    """What its numbers begin with, where that tells it from the others of its country code."""
    every: Range
    local: frozenset[int]
    """Lengths of numbers that can be dialled within an area alone."""
    kinds: tuple[Range, ...]
    prefix: Expression | None
    """What may stand before a national number without being part of it."""
    exit_code: Expression | None

    def valid(self, national: str) -> bool:
        """Whether the plan has such a range."""
        return self.every.holds(national) and any(kind.holds(national) for kind in self.kinds)

    def possible(self, national: str) -> bool:
        """Whether the length fits."""
        return len(national) in self.every.lengths or len(national) in self.local

    def significant(self, digits: str) -> str | None:
        """A national number without what may stand before it; None where the library is to be asked."""
        found = self.prefix.match(digits) if self.prefix is not None else None
        if found is None:
            return digits
        if found.re.groups:
            return None
        rest = digits[found.end() :]
        if self.every.pattern.fullmatch(digits) and not self.every.pattern.fullmatch(rest):
            return digits
        # What is left must not be shorter than numbers are: else it was part of the number.
        whole = len(rest) in self.every.lengths or len(rest) > max(self.every.lengths)
        return rest if whole and len(rest) not in self.local else digits

    def dialled(self, digits: str) -> str | None:
        """The national number that is dialled as ``digits`` in this region; None where the library is to be asked."""
        if digits.startswith(self.code) or (self.exit_code is not None and self.exit_code.match(digits)):
            return None
        return self.significant(digits)


class CodePlan(Struct, frozen=True):
    """A country code and whom it belongs to."""

    code: int
    is_global: bool
    """It belongs to no country: freephone, satellites, networks."""
    regions: tuple[RegionPlan, ...]
    """In the order in which they are asked; the first stands for all of them."""
    some_leading: Expression | None
    """Any of the regions' leading digits."""

    def locate(self, national: str) -> tuple[str, bool]:
        """The region of a national number, and whether the number is valid there."""
        main = self.regions[0]
        if len(self.regions) == 1:
            return main.region, main.valid(national)
        led = self.some_leading is not None and self.some_leading.match(national) is not None
        for plan in self.regions:
            if plan.leading is None:
                if plan.valid(national):
                    return plan.region, True
            elif led and plan.leading.match(national):
                return plan.region, plan.valid(national)
        # Canada's area codes are in no list of leading digits, but a usual number of that area tells.
        area = area_region(national[:3]) if self.code == _NANP_CODE else None
        return area or main.region, False


def split(digits: str) -> tuple[CodePlan, str] | None:
    """Divide digits that begin with a country code; None if there is no such code."""
    for length in range(1, _LONGEST_CODE + 1):
        plan = code_plan(digits[:length])
        if plan is not None:
            return plan, digits[length:]
    return None


@lru_cache(maxsize=2048)
def code_plan(code: str) -> CodePlan | None:
    """The plan of a country code; None if there is no such code."""
    import phonenumbers

    names = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code[0] != "0" else None
    if names is None:
        return None
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code
    regions = tuple(_region_plan(name, metadata(int(code), name)) for name in names)
    leading = [plan.leading.text for plan in regions if plan.leading is not None]
    return CodePlan(
        code=int(code),
        is_global=names[0] == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY,
        regions=regions,
        some_leading=_expression("|".join(leading)),
    )


@lru_cache(maxsize=512)
def home_plan(region: str) -> RegionPlan | None:
    """The plan of a region; None for an unknown one."""
    import phonenumbers

    if region not in phonenumbers.SUPPORTED_REGIONS:
        return None
    return _region_plan(region, phonenumbers.PhoneMetadata.metadata_for_region(region, None))


def _region_plan(region: str, metadata: Any) -> RegionPlan:
    kinds = [kind for kind in _KINDS if kind != "mobile" or not metadata.same_mobile_and_fixed_line_pattern]
    described = [getattr(metadata, kind) for kind in kinds]
    return RegionPlan(
        region=region,
        code=str(metadata.country_code),
        leading=_expression(metadata.leading_digits),
        every=_range(metadata.general_desc),
        local=frozenset(metadata.general_desc.possible_length_local_only),
        kinds=tuple(_range(one) for one in described if one is not None and one.national_number_pattern),
        prefix=_expression(metadata.national_prefix_for_parsing),
        exit_code=_expression(metadata.international_prefix),
    )


def _range(description: Any) -> Range:
    return Range(frozenset(description.possible_length), Expression(description.national_number_pattern))


def _expression(text: str | None) -> Expression | None:
    return Expression(text) if text else None


@lru_cache(maxsize=1024)
def area_region(area: str) -> str | None:
    import phonenumbers

    if len(area) < 3:
        return None
    usual = phonenumbers.PhoneNumber(country_code=_NANP_CODE, national_number=int(area + _USUAL))
    found = phonenumbers.region_code_for_number(usual)
    return str(found) if found else None
