"""The filters of rule texts: how values are written in a sentence.

Imported only when a template is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from jinja2 import Undefined

from sipdiag.facts.declare import enum_label
from sipdiag.rules.absent import UNKNOWN, Absent
from sipdiag.rules.bounds import MAX_TEXT

MOST_DIGITS = 15
"""Decimals that a number can be rounded to."""


def for_prose(value: Any) -> Any:
    """How a value prints without a filter."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, IntEnum):
        return enum_label(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (list, tuple)):
        return listing(value)
    return value


def seconds(value: Any) -> Any:
    """``42.3 s``; below 0.1 s ``42 ms``; from two minutes on ``12 min 05 s``, from two hours on ``2 h 05 min``."""
    if isinstance(value, Absent) and str(value) == UNKNOWN:
        return "an unknown time"
    if not isinstance(value, (int, float)):
        return value
    if abs(value) < 0.1:
        return f"{value * 1000:.0f} ms" if value else "0 s"
    if abs(value) < 120:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def number(value: Any) -> Any:
    """Thousands are set apart; at most two decimals, without trailing zeros."""
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if type(value) is int else value


def plural(count: Any, one: str, many: str | None = None) -> Any:
    """``1 try``, ``2 tries``: the count with the word that goes with it; ``many`` defaults to ``one`` + s."""
    several = many or f"{one}s"
    if not isinstance(count, (int, float)):
        return f"an unknown number of {several}"
    return f"{number(count)} {one if count == 1 else several}"


def times(count: Any) -> Any:
    """``once``, ``twice``, ``3 times``."""
    if not isinstance(count, (int, float)):
        return "an unknown number of times"
    return {1: "once", 2: "twice"}.get(int(count)) or f"{number(count)} times"


_WITH_ARTICLE = re.compile(
    r"(United|Netherlands|Philippines|Bahamas|Maldives|Gambia|Comoros|Isle of|Republic of)\b|.* (Islands|Republic|Emirates|Territory)$"
)


def the_country(name: Any) -> Any:
    """A country within a sentence: ``the United States``, ``Pakistan``."""
    if not isinstance(name, str) or isinstance(name, Undefined):
        return name
    return f"the {name}" if _WITH_ARTICLE.match(name) else name


def clause(value: Any, text: Any = " {}") -> Any:
    """The value within ``text``, at ``{}``; nothing at all where it is absent, empty or nought."""
    if isinstance(value, Undefined) or not value:
        return ""
    return str(text).replace("{}", str(for_prose(value)), 1)


def listing(values: Any, last: str = "and") -> Any:
    """``a, b and c``; nothing at all is ``none``."""
    if isinstance(values, (str, Undefined)):
        return values
    words = [str(for_prose(value)) for value in values]
    if len(words) < 2:
        return words[0] if words else "none"
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def join(values: Any, separator: str = ", ") -> Any:
    """The values in one line; an absent list is its phrase."""
    if isinstance(values, (str, Undefined)):
        return values
    return separator.join(str(for_prose(value)) for value in values)


def replace(value: Any, old: Any, new: Any) -> Any:
    """The text with ``new`` for each ``old``, as far as the result is not longer than any text is printed."""
    if isinstance(value, Undefined) or not str(old):
        return value
    text, grows = str(value), len(str(new)) - len(str(old))
    most = (MAX_TEXT - len(text)) // grows if grows > 0 else -1
    return text.replace(str(old), str(new), max(0, most) if grows > 0 else -1)


def rounded(value: Any, digits: Any = 0) -> Any:
    """The number with this many decimals; anything else is left as it is."""
    if isinstance(value, (int, float)) and isinstance(digits, int):
        return round(value, max(-MOST_DIGITS, min(digits, MOST_DIGITS)))
    return value


def status(code: Any) -> Any:
    """``486 Busy Here``: a SIP status with its registered name."""
    from sipdiag.knowledge.codes import SIP_STATUSES

    if not isinstance(code, int) or code not in SIP_STATUSES:
        return code
    return f"{int(code)} {SIP_STATUSES[code].name}"


def country(region: Any) -> Any:
    """The English name of an ISO 3166 region code; any other text is left as it is."""
    from sipdiag.knowledge.countries import COUNTRIES

    return COUNTRIES.get(region, region) if isinstance(region, str) else region


FILTERS: dict[str, Callable[..., Any]] = {
    "seconds": seconds,
    "number": number,
    "plural": plural,
    "times": times,
    "clause": clause,
    "listing": listing,
    "join": join,
    "replace": replace,
    "round": rounded,
    "status": status,
    "country": country,
    "the_country": the_country,
}
"""Filters of our own, beside Jinja's."""
