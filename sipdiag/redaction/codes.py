"""Words of the protocol: of a field that holds codes only those stay that its vocabulary knows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from sipdiag.redaction.vocabulary import Words

MOST_DIGITS = 6
"""Digits of a field whose numbers stay: no telephone number is so short."""
_TOKEN = re.compile(r"[^\s;,=\"<>()]+")
_PART = re.compile(r"[^/:|&]+")
_NUMBER = re.compile(r"(?![0-9]+(?:\.[0-9]+){3}\Z)[0-9]+(?:\.[0-9]+)*\Z")
"""No address, though those of nobody's could be as short."""


def codes(text: str, words: Words, mask: Callable[[str], str]) -> str:
    """``text`` with every code replaced by ``mask`` but for known ones and, where there are few, numbers."""
    few = digits_in(text) <= MOST_DIGITS

    def known(code: str) -> bool:
        return code.lower() in words or (few and _NUMBER.match(code) is not None)

    def part(match: re.Match[str]) -> str:
        return match[0] if known(match[0]) else mask(match[0])

    def token(match: re.Match[str]) -> str:
        return match[0] if known(match[0]) else _PART.sub(part, match[0])

    return _TOKEN.sub(token, text)


def digits_in(text: str) -> int:
    """How many characters are digits, in any script."""
    return sum(map(str.isdigit, text))


def plain_digits(text: str) -> str:
    """Digits of other scripts, full-width and raised ones as 0 to 9: a number is the same in all of them."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text)
