"""The times that logs print: with a date, with the time of day alone, or none."""

from __future__ import annotations

import re
from calendar import timegm

from msgspec import Struct

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
NO_YEAR = 1972
"""Stands for a year that is not printed: the first of Unix time that has a 29 February."""

_MONTHS = {
    name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}

_CLOCK = rb"(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d):(?P<s>[0-6]\d)(?:[.,:](?P<f>\d{1,9}))?"
_RUN_ON = rb"(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?P<s>[0-6]\d)\.(?P<f>\d{1,9})"
"""A time of day without marks between its parts, as Ribbon and Polycom print it."""
_ZONE = rb"(?: ?(?P<zone>Z|(?:GMT|UTC)?[+-]\d\d:?\d\d)\b)?"
_MONTH = rb"(?P<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATED = (
    re.compile(rb"(?P<y>(?:19|20)\d\d)[-/.](?P<mo>[01]\d)[-/.](?P<d>[0-3]\d)[T _-]+" + _CLOCK + _ZONE),
    re.compile(rb"\b" + _MONTH + rb" +(?P<d>[0-3]?\d),? +(?P<y>(?:19|20)\d\d),? +" + _CLOCK + _ZONE),
    re.compile(rb"\b(?P<d>[0-3]?\d)[ /-]" + _MONTH + rb"[ /-](?P<y>(?:19|20)\d\d)[ :]+" + _CLOCK + _ZONE),
    re.compile(rb"\b" + _MONTH + rb" +(?P<d>[0-3]?\d) " + _CLOCK),
    re.compile(rb"(?<!\d)(?P<d>[0-3]\d)-(?P<mo>[01]\d)@" + _CLOCK),
    re.compile(rb"(?<!\d)(?P<mo>[01]\d)(?P<d>[0-3]\d)(?P<y>20\d\d) " + _RUN_ON + rb":"),
    re.compile(rb"^(?P<mo>[01]\d)(?P<d>[0-3]\d)" + _RUN_ON + rb"\|", re.MULTILINE),
)
_DATE_HINT = re.compile(
    rb"(?:19|20)\d\d[-/.]|[A-Z][a-z]{2} +\d|\d[ /-][A-Z][a-z]{2}[ /-]|\d-\d\d@|\d{4}20\d\d \d{6}\.|\d{10}\.\d{3}\|"
)
"""What every dated time has: most texts are seen at once to have none."""
_TIME_OF_DAY = re.compile(rb"(?<![\d:.])" + _CLOCK + rb"(?!\d|:\d)")


class Stamp(Struct, frozen=True):
    """One printed time."""

    day: int | None
    """Days since 1970-01-01; None where no date is printed."""
    within_ns: int
    """Nanoseconds since midnight."""
    step_ns: int
    """The last digit printed."""


def find(text: bytes) -> Stamp | None:
    """The first dated time of a few lines, else the first time of day."""
    dated = find_dated(text)
    if dated is not None:
        return dated
    match = _TIME_OF_DAY.search(text)
    return _of(match) if match is not None else None


def find_dated(text: bytes) -> Stamp | None:
    """The first dated time of a few lines."""
    for expression in _DATED if _DATE_HINT.search(text) else ():
        match = expression.search(text)
        if match is not None:
            return _of(match)
    return None


def of_epoch(nanoseconds: int, step_ns: int) -> Stamp:
    """A time that is printed as a count since 1970."""
    day, within = divmod(nanoseconds, DAY_NS)
    return Stamp(day, within, step_ns)


def _of(match: re.Match[bytes]) -> Stamp | None:
    part = match.groupdict()
    fraction = part["f"] or b""
    within = (int(part["h"]) * 3600 + int(part["m"]) * 60 + int(part["s"])) * SECOND_NS
    within += int(fraction.ljust(9, b"0")) if fraction else 0
    step = 10 ** (9 - len(fraction))
    day = _day(part)
    if day is None:
        return Stamp(None, within % DAY_NS, step)
    return of_epoch(day * DAY_NS + within - _offset_ns(part.get("zone")), step)


def _day(part: dict[str, bytes | None]) -> int | None:
    date = part.get("d")
    if date is None:
        return None
    name = part.get("name")
    month = _MONTHS[name.lower()] if name else int(part.get("mo") or 1)
    if not 1 <= month <= 12 or not 1 <= int(date) <= 31:
        return None
    return timegm((int(part.get("y") or NO_YEAR), month, int(date), 0, 0, 0)) // 86_400


def _offset_ns(zone: bytes | None) -> int:
    """Of a zone east of Greenwich; a time without one stays as printed."""
    digits = re.search(rb"([+-])(\d\d):?(\d\d)", zone or b"")
    if digits is None:
        return 0
    seconds = int(digits[2]) * 3600 + int(digits[3]) * 60
    return (seconds if digits[1] == b"+" else -seconds) * SECOND_NS
