"""Telephone numbers that belong to nobody: kept for fiction by a regulator, or such that none can be assigned.

The ranges come from ``nobody.yaml``.  Where a country keeps none, a national number that begins with
:data:`UNASSIGNED` takes their place: numbers are dialled behind a trunk prefix 0 that E.164 drops, and where
the 0 belongs to the number the next digit is none; North American area codes begin with 2 to 9.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec import Struct

from sipdiag.knowledge.parsed import Parsed

_FILE = Path(__file__).with_name("nobody.yaml")
UNASSIGNED = "000"
"""The third 0 tells it from an exit code."""
FIXED = "fixed"
KINDS = {0: FIXED, 1: "mobile", 2: FIXED, 3: "toll-free", 4: "premium", 9: "uan"}
"""``phonenumbers.PhoneNumberType`` → the kind of number in our file."""

AREA = 3
"""Digits of a North American area code."""
SERVICE_AREAS = frozenset({"800", "833", "844", "855", "866", "877", "888", "822", "900"})
"""Toll-free and premium: their 555-01xx can ring."""
_NORTH_AMERICA = "US"


class Range(Struct, frozen=True):
    """Consecutive national numbers of one country."""

    country: str
    kind: str
    first: str
    last: str

    def holds(self, national: str) -> bool:
        """Whether a national number is one of them."""
        return len(national) == len(self.first) and self.first <= national <= self.last

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.last) - int(self.first) + 1

    def __getitem__(self, index: int) -> str:
        return str(int(self.first) + index).zfill(len(self.first))


class Nobody(Struct, frozen=True):
    """All such ranges."""

    lines: Range
    """What follows the area code in North America."""
    ranges: dict[str, tuple[Range, ...]]
    """By country."""


@cache
def nobody() -> Nobody:
    """The ranges, read once."""
    data = Parsed(_FILE.parent).load(_FILE).data
    found: dict[str, list[Range]] = {}
    for entry in data["ranges"]:
        country = entry["country"]
        for kind in dict.fromkeys(KINDS.values()):
            ranges = [Range(country, kind, first, last) for first, last in entry.get(kind, ())]
            found.setdefault(country, []).extend(ranges)
    first, last = data["north_america"]["lines"]
    return Nobody(
        Range("", FIXED, first, last), {country: tuple(ranges) for country, ranges in found.items()}
    )


def is_nobodys(regions: tuple[str, ...], national: str) -> bool:
    """Whether a national number of a country code with these regions is known to ring nobody."""
    if national.startswith(UNASSIGNED):
        return True
    area, line = national[:AREA], national[AREA:]
    if regions[0] == _NORTH_AMERICA:
        return area not in SERVICE_AREAS and nobody().lines.holds(line)
    ranges = nobody().ranges
    return any(one.holds(national) for region in regions for one in ranges.get(region, ()))
