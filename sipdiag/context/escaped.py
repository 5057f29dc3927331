"""Text whose marks are escaped, as the source of a page has it."""

from __future__ import annotations

import html
import re
from bisect import bisect_right

from sipdiag.context.node import LineColumn, LineIndex

_ENTITY = re.compile(r"&(?:#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5}|[A-Za-z]{2,8});")


class Moves:
    """Unescaped text, and where in the escaped one its characters stood."""

    def __init__(self, escaped: str) -> None:
        parts: list[str] = []
        self._new: list[int] = [0]
        self._old: list[int] = [0]
        self._source = escaped
        at = length = 0
        for match in _ENTITY.finditer(escaped):
            piece = escaped[at : match.start()] + html.unescape(match[0])
            length += len(piece)
            parts.append(piece)
            at = match.end()
            self._new.append(length)
            self._old.append(at)
        parts.append(escaped[at:])
        self.text = "".join(parts)
        self._before, self._after = LineIndex(escaped), LineIndex(self.text)

    def original(self, place: LineColumn, first_line: int) -> LineColumn:
        """The place in the escaped text of a place in the other."""
        offset = self._after.offset(LineColumn(place.line - first_line + 1, place.column))
        step = bisect_right(self._new, offset) - 1
        old = self._before.place(self._old[step] + offset - self._new[step])
        return LineColumn(old.line + first_line - 1, old.column)
