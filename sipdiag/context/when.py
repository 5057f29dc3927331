"""Times as documents write them: milliseconds or seconds since 1970, RFC 3339, RFC 2822."""

from __future__ import annotations

import datetime

_MILLISECONDS_FROM = 10**11
"""A larger number of seconds would be in the year 5138."""
_LARGEST = 4_102_444_800


def moment(value: object) -> datetime.datetime | None:
    """A time in UTC; None where the text is none.  A time without a zone is taken as UTC."""
    if value is None or isinstance(value, bool):
        return None
    text = str(value).strip()
    try:
        return _number(float(text))
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime

    for parse in (datetime.datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        zoned = found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)
        try:
            return zoned.astimezone(datetime.UTC)
        except OverflowError:
            return None
    return None


def _number(value: float) -> datetime.datetime | None:
    seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
    if not 0 <= seconds < _LARGEST:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
