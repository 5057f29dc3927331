"""The header fields of a message, found in one pass over its lines and read when asked for."""

from __future__ import annotations

from sipdiag.sip.grammar import COMPACT, LISTS, MAX_HEADERS
from sipdiag.sip.quoting import split_outside


def canonical(name: str) -> str:
    """The long form of a header name in lower case."""
    name = name.lower()
    return COMPACT.get(name, name) if len(name) == 1 else name


class Fields:
    """Header fields in order, and by name."""

    __slots__ = ("_by_name", "items", "odd_lines", "overflow")

    items: list[tuple[str, str]]
    """Name as written and unfolded, stripped value of every field."""
    odd_lines: list[str]
    """Lines that are no header field for want of a colon."""
    overflow: int
    """Lines beyond :data:`~sipdiag.sip.grammar.MAX_HEADERS`, not looked at."""

    def __init__(self, lines: list[str]) -> None:
        """Take unfolded lines without their line ends."""
        self.items = []
        self.odd_lines = []
        self.overflow = max(0, len(lines) - MAX_HEADERS)
        self._by_name: dict[str, list[str]] = {}
        for line in lines[:MAX_HEADERS]:
            name, colon, value = line.partition(":")
            if not colon:
                if line.strip():
                    self.odd_lines.append(line)
                continue
            name = name.strip()
            value = value.strip()
            self.items.append((name, value))
            key = canonical(name)
            known = self._by_name.get(key)
            if known is None:
                self._by_name[key] = [value]
            else:
                known.append(value)

    def lines(self, name: str) -> list[str]:
        """The value of each line of that name, not split."""
        return self._by_name.get(canonical(name), [])

    def first(self, name: str) -> str | None:
        """The first value of that name; None without such a header."""
        lines = self._by_name.get(canonical(name))
        if lines is None:
            return None
        value = lines[0]
        return split_outside(value, ",")[0] if "," in value and canonical(name) in LISTS else value

    def values(self, name: str) -> list[str]:
        """All values of that name; comma lists are split where RFC 3261 §7.3.1 allows them, empty items left out."""
        key = canonical(name)
        lines = self._by_name.get(key, [])
        if key not in LISTS:
            return list(lines)
        return [value for line in lines for value in split_outside(line, ",") if value]
