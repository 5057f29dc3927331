"""Times and durations as text.

A capture's clock is kept in integer nanoseconds; no digit of it is lost on the way to a report.  Times for
people are shown in a zone of their choice, UTC by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

_NS = 1_000_000_000
_ZONE: ContextVar[tzinfo] = ContextVar("zone", default=UTC)
"""The zone of times for people.  What programs read is always in UTC."""


@contextmanager
def shown_in(zone: tzinfo) -> Iterator[None]:
    """Show times in this zone for a while."""
    token = _ZONE.set(zone)
    try:
        yield
    finally:
        _ZONE.reset(token)


def zone_label() -> str:
    """The zone of the times that are shown: ``UTC``, ``Europe/Berlin``, ``UTC+02:00``."""
    return str(_ZONE.get())


@lru_cache(maxsize=4096)
def _moment(second: int, zone: tzinfo) -> tuple[str, str, str]:
    """``2026-10-06T12:00:00``, the zone's name and its offset then, clamped to the years 1970 to 9999.

    Neighbouring messages share their second.
    """
    # One day short of the limit: another zone may be ahead.
    found = datetime.fromtimestamp(min(max(second, 0), 253_402_300_799 - 86_400 * (zone is not UTC)), zone)
    text = f"{found:%Y-%m-%dT%H:%M:%S}"
    return (text, "UTC", "+00:00") if zone is UTC else (text, found.tzname() or "", found.isoformat()[-6:])


def _fraction(time_ns: int) -> str:
    rest = time_ns % _NS
    return f"{rest:09d}" if rest % 1000 else f"{rest // 1000:06d}"


def rfc3339(time_ns: int | None) -> str:
    """RFC 3339 in UTC with the capture's digits: ``2026-10-06T12:00:00.123456Z``; empty where unknown.

    Six digits, or nine where the capture has nanoseconds.  A clock beyond the year 9999 (a damaged
    record) is clamped.
    """
    return "" if time_ns is None else f"{_moment(time_ns // _NS, UTC)[0]}.{_fraction(time_ns)}Z"


def stamp(time_ns: int | None) -> str:
    """As :func:`rfc3339`, in the zone of the times that are shown: ``2026-10-06T14:00:00.123456+02:00``."""
    zone = _ZONE.get()
    if time_ns is None or zone is UTC:
        return rfc3339(time_ns)
    text, _, offset = _moment(time_ns // _NS, zone)
    return f"{text}.{_fraction(time_ns)}{offset}"


def clock(time_ns: int | None, *, digits: int = 3) -> str:
    """Time of day: ``12:00:00.123``, with no digits ``12:00:00``; empty where unknown."""
    if time_ns is None:
        return ""
    second = _moment(time_ns // _NS, _ZONE.get())[0][11:]
    return f"{second}.{_fraction(time_ns)[:digits]}" if digits else second


def date(time_ns: int) -> str:
    """The day: ``2026-10-06``."""
    return _moment(time_ns // _NS, _ZONE.get())[0][:10]


def date_and_time(time_ns: int | None, *, zoned: bool = True) -> str:
    """To the second, for reading: ``2026-10-06 12:00:00 UTC``; ``zoned``: with the zone."""
    if time_ns is None:
        return "time unknown"
    text, name, _ = _moment(time_ns // _NS, _ZONE.get())
    return f"{text.replace('T', ' ')} {name}" if zoned else text.replace("T", " ")


def seconds_between(first_ns: int, last_ns: int) -> float:
    """Difference in seconds, rounded to nanoseconds."""
    return round((last_ns - first_ns) / _NS, 9)


def duration(seconds: float | None) -> str:
    """For reading: ``0.24 s``, ``42.3 s``, ``3 min 12 s``, ``2 h 05 min``; a dash for None."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def delta(seconds: float) -> str:
    """Time since the message before, short: ``+3 ms``, ``+1.24 s``."""
    if seconds < 0:
        return f"−{-seconds * 1000:.0f} ms" if seconds > -1 else f"−{-seconds:.2f} s"
    if seconds < 0.001:
        return f"+{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"+{seconds * 1000:.0f} ms"
    return f"+{seconds:.2f} s" if seconds < 100 else f"+{seconds:.0f} s"
