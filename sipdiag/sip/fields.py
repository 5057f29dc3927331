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

    __slots__ = ("_lines", "_places", "odd_lines", "overflow")

    odd_lines: list[str]
    """Lines that are no header field for want of a colon."""
    overflow: int
    """Lines beyond :data:`~sipdiag.sip.grammar.MAX_HEADERS`, not looked at."""

    def __init__(self, lines: list[str]) -> None:
        """Take unfolded lines without their line ends."""
        self.odd_lines = []
        self.overflow = max(0, len(lines) - MAX_HEADERS)
        self._lines = lines[:MAX_HEADERS] if self.overflow else lines
        # Places instead of values: most headers of most messages are never asked for.
        self._places: dict[str, list[int] | int] = {}
        places = self._places
        for place, line in enumerate(self._lines):
            colon = line.find(":")
            if colon < 0:
                if line.strip():
                    self.odd_lines.append(line)
                continue
            key = canonical(line[:colon])
            known = places.setdefault(key, place)
            if isinstance(known, list):
                known.append(place)
            elif known != place:
                places[key] = [known, place]

    @property
    def names(self) -> KeysView[str]:
        """The canonical names of the fields that are there."""
        return self._places.keys()

    @property
    def items(self) -> list[tuple[str, str]]:
        """Name as written and unfolded, stripped value of every field."""
        split = (line.partition(":") for line in self._lines)
        return [(name.strip(), value.strip()) for name, colon, value in split if colon]

    def lines(self, name: str) -> list[str]:
        """The value of each line of that name, not split."""
        places = self._places.get(canonical(name), [])
        return [self._value(place) for place in ([places] if isinstance(places, int) else places)]

    def first(self, name: str) -> str | None:
        """The first value of that name; None without such a header."""
        key = canonical(name)
        places = self._places.get(key)
        if places is None:
            return None
        value = self._value(places if isinstance(places, int) else places[0])
        if "," not in value or key not in LISTS:
            return value
        return next((piece for piece in split_outside(value, ",") if piece), "")

    def _value(self, place: int) -> str:
        return self._lines[place].partition(":")[2].strip()

    def values(self, name: str) -> list[str]:
        """All values of that name; comma lists are split where RFC 3261 §7.3.1 allows them, empty items left out."""
        if canonical(name) not in LISTS:
            return self.lines(name)
        return [value for line in self.lines(name) for value in split_outside(line, ",") if value]
