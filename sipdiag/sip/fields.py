"""The header fields of a message, found in one pass over its lines and read when asked for."""

from __future__ import annotations

from collections.abc import KeysView

from sipdiag.sip.grammar import COMPACT, LISTS, MAX_HEADERS
from sipdiag.sip.quoting import split_outside

_LONGEST_KNOWN = 64
"""Characters; longer names are not worth remembering, and must not fill the memory."""
_MOST_KNOWN = 4096
"""Spellings of names that are remembered; captures hold a few dozen."""


class _Canonical(dict[str, str]):
    """Names as they were written → their canonical form, remembered: the headers of all messages are alike."""

    def __missing__(self, written: str) -> str:
        name = written.strip()
        # The sign for kelvin has a token as its lower case, and is none.
        if name.isascii() or not name.lower().isascii():
            name = name.lower()
            name = COMPACT.get(name, name)
        if len(written) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[written] = name
        return name


CANONICAL = _Canonical()
"""Any spelling of a header name → its long form in lower case."""


def canonical(name: str) -> str:
    """The long form of a header name in lower case."""
    return CANONICAL[name]


class Fields:
    """Header fields by name."""

    __slots__ = ("_repeated", "as_written", "odd_lines", "overflow")

    as_written: dict[str, str]
    """First value by canonical name, neither stripped nor split."""

    odd_lines: list[str]
    """Lines that are no header field for want of a colon."""
    overflow: int
    """Lines beyond :data:`~sipdiag.sip.grammar.MAX_HEADERS`, not looked at."""

    def __init__(self, lines: list[str]) -> None:
        """Take unfolded lines without their line ends."""
        self.odd_lines = []
        self.overflow = max(0, len(lines) - MAX_HEADERS)
        # Values are stripped when they are asked for: most of them never are.
        self.as_written = {}
        self._repeated: dict[str, list[str]] = {}
        first = self.as_written
        for line in lines[:MAX_HEADERS] if self.overflow else lines:
            name, colon, value = line.partition(":")
            if not colon:
                if line.strip():
                    self.odd_lines.append(line)
                continue
            key = CANONICAL[name]
            if key in first:
                self._repeated.setdefault(key, [first[key]]).append(value)
            else:
                first[key] = value

    @property
    def names(self) -> KeysView[str]:
        """The canonical names of the fields that are there."""
        return self.as_written.keys()

    @property
    def repeated(self) -> KeysView[str]:
        """The canonical names of the fields that stand on several lines."""
        return self._repeated.keys()

    def lines(self, name: str) -> list[str]:
        """The value of each line of that name, not split."""
        key = CANONICAL[name]
        value = self.as_written.get(key)
        if value is None:
            return []
        return [line.strip() for line in self._repeated[key]] if key in self._repeated else [value.strip()]

    def first(self, name: str) -> str | None:
        """The first value of that name; None without such a header."""
        key = CANONICAL[name]
        value = self.as_written.get(key)
        if value is None:
            return None
        value = value.strip()
        if "," not in value or key not in LISTS:
            return value
        return next((piece for piece in split_outside(value, ",") if piece), "")

    def values(self, name: str) -> list[str]:
        """All values of that name; comma lists are split where RFC 3261 §7.3.1 allows them, empty items left out."""
        key = CANONICAL[name]
        if key not in self.as_written:
            return []
        lines = self.lines(name)
        if key not in LISTS:
            return lines
        return [value for line in lines for value in split_outside(line, ",") if value]


def fields_in_order(lines: list[str]) -> list[tuple[str, str]]:
    """Name as written and unfolded, stripped value of every field in these lines."""
    split = (line.partition(":") for line in lines[:MAX_HEADERS])
    return [(name.strip(), value.strip()) for name, colon, value in split if colon]
