"""The header fields of a message, found in one pass over its lines and read when asked for."""

from __future__ import annotations

from collections.abc import KeysView
from functools import lru_cache

from sipdiag.sip.grammar import COMPACT, LISTS, MAX_HEADERS
from sipdiag.sip.quoting import split_outside

_LONGEST_KNOWN = 64
"""Characters; longer names are not worth remembering, and must not fill the memory."""


def canonical(name: str) -> str:
    """The long form of a header name in lower case."""
    return _known(name) if len(name) <= _LONGEST_KNOWN else name.strip().lower()


@lru_cache(maxsize=1024)
def _known(name: str) -> str:
    name = name.strip().lower()
    return COMPACT.get(name, name)


class Fields:
    """Header fields in order, and by name."""

    __slots__ = ("_by_name", "_lines", "odd_lines", "overflow")

    odd_lines: list[str]
    """Lines that are no header field for want of a colon."""
    overflow: int
    """Lines beyond :data:`~sipdiag.sip.grammar.MAX_HEADERS`, not looked at."""

    def __init__(self, lines: list[str]) -> None:
        """Take unfolded lines without their line ends."""
        self.odd_lines = []
        self.overflow = max(0, len(lines) - MAX_HEADERS)
        self._lines = lines[:MAX_HEADERS] if self.overflow else lines
        self._by_name: dict[str, list[str]] = {}
        by_name = self._by_name
        for line in self._lines:
            name, colon, value = line.partition(":")
            key = canonical(name)
            if not colon:
                if line.strip():
                    self.odd_lines.append(line)
            elif key in by_name:
                by_name[key].append(value)
            else:
                by_name[key] = [value]

    @property
    def names(self) -> KeysView[str]:
        """The canonical names of the fields that are there."""
        return self._by_name.keys()

    @property
    def items(self) -> list[tuple[str, str]]:
        """Name as written and unfolded, stripped value of every field."""
        split = (line.partition(":") for line in self._lines)
        return [(name.strip(), value.strip()) for name, colon, value in split if colon]

    def lines(self, name: str) -> list[str]:
        """The value of each line of that name, not split."""
        return [value.strip() for value in self._by_name.get(canonical(name), ())]

    def first(self, name: str) -> str | None:
        """The first value of that name; None without such a header."""
        key = canonical(name)
        lines = self._by_name.get(key)
        if lines is None:
            return None
        value = lines[0].strip()
        if "," not in value or key not in LISTS:
            return value
        return next((piece for piece in split_outside(value, ",") if piece), "")

    def values(self, name: str) -> list[str]:
        """All values of that name; comma lists are split where RFC 3261 §7.3.1 allows them, empty items left out."""
        if canonical(name) not in LISTS:
            return self.lines(name)
        return [value for line in self.lines(name) for value in split_outside(line, ",") if value]
