"""Times and durations as text.

A capture's clock is kept in integer nanoseconds; no digit of it is lost on the way to a report.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

_NS = 1_000_000_000


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    """``2026-10-06T12:00:00``, clamped to the years 1970 to 9999.  Neighbouring messages share their second."""
    return f"{datetime.fromtimestamp(min(max(second, 0), 253_402_300_799), UTC):%Y-%m-%dT%H:%M:%S}"


def _fraction(time_ns: int) -> str:
    rest = time_ns % _NS
    return f"{rest:09d}" if rest % 1000 else f"{rest // 1000:06d}"


def rfc3339(time_ns: int | None) -> str:
    """RFC 3339 in UTC with the capture's digits: ``2026-10-06T12:00:00.123456Z``; empty where unknown.

    Six digits, or nine where the capture has nanoseconds.  A clock beyond the year 9999 (a damaged
    record) is clamped.
    """
    return "" if time_ns is None else f"{_second(time_ns // _NS)}.{_fraction(time_ns)}Z"


def clock(time_ns: int | None, *, digits: int = 3) -> str:
    """Time of day in UTC: ``12:00:00.123``; empty where unknown."""
    if time_ns is None:
        return ""
    return f"{_second(time_ns // _NS)[11:]}.{_fraction(time_ns)[:digits]}"


def date_and_time(time_ns: int | None) -> str:
    """To the second, for reading: ``2026-10-06 12:00:00 UTC``."""
    if time_ns is None:
        return "time unknown"
    return f"{_second(time_ns // _NS).replace('T', ' ')} UTC"


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
