"""Bounds the cost of a provider file's regular expressions.

Python's ``re`` goes back and tries again; a repetition of what repeats itself takes time exponential in the
text, and each further open repetition multiplies it by the text's length.  Texts are cut before they are
searched, so that what is allowed here stays within milliseconds.
"""

from __future__ import annotations

import re

MOST_OPEN = 2
"""Repetitions without a small bound in one expression."""
SMALL = 16
"""Times; a repetition up to here costs little."""
LONGEST = 500
"""Characters of an expression."""

FEW = 4
"""Times that a choice may be repeated: each multiplies the ways to try."""

_TOKEN = re.compile(
    r"(?P<skip>\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?P<look>\?<?[=!])?)|(?P<close>\))|(?P<or>\|)"
    r"|(?P<repeat>[*+?]|\{(?P<least>\d*)(?:,(?P<most>\d*))?\})|(?P<other>.)",
    re.DOTALL,
)
_FIXED, _CHOICE, _OPEN = range(3)
"""How much a group varies: not at all; in a few ways; in as many as the text is long."""


def burden(expression: str) -> str | None:
    """Why an expression may take too long; None when it cannot.  It must be one that compiles."""
    if len(expression) > LONGEST:
        return f"is longer than {LONGEST} characters"
    repeats = 0
    varies: list[tuple[bool, int]] = [(False, _FIXED)]
    """Of each group that is open: whether it only looks around, and how much it varies."""
    group = _FIXED
    for token in _TOKEN.finditer(expression):
        looks, known = varies[-1]
        if token["open"]:
            varies.append((token["look"] is not None, _FIXED))
        elif token["close"] and len(varies) > 1:
            varies.pop()
            group = _FIXED if looks else known
            varies[-1] = varies[-1][0], max(varies[-1][1], group)
            continue
        elif token["or"]:
            varies[-1] = looks, max(known, _CHOICE)
        elif token["repeat"]:
            most = _most(token)
            if most > (FEW if group == _CHOICE else 1) and group != _FIXED:
                return "repeats what repeats itself or is a choice"
            if token["least"] is None or token["most"] is not None:
                repeats += most > SMALL
                varies[-1] = looks, max(known, _OPEN if most > SMALL else _CHOICE)
        group = _FIXED
    return f"has more than {MOST_OPEN} open repetitions" if repeats > MOST_OPEN else None


def _most(token: re.Match[str]) -> float:
    """How often something is repeated at most."""
    if token["repeat"] in ("*", "+"):
        return float("inf")
    if token["repeat"] == "?":
        return 1
    return float((token["least"] if token["most"] is None else token["most"]) or "inf")
