"""Messages of a text that is seen over and over, each as one expression.

The messages of a large capture are of few texts, and to match all of a message at once costs a sixth of what it costs to take
it apart line by line.  What comes out is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sipdiag.alike.lines import VALUES, own_values

OFTEN = 64
"""Messages of one text from which on it has a template: to compile it takes as long as to take so many apart."""
MOST_TEMPLATES = 1_024
MOST_ALIKE = 8
"""Templates of one look."""
RIGHT_LENGTH = b"\0"
"""Stands for the line that says how long the body is, where it says so rightly; no message has such a line."""

Look = tuple[bytes, int]
"""A message's method or status, and how many lines it has."""


class Parts(NamedTuple):
    """A message taken apart."""

    text: int
    """What it says but for its values: of equal texts the same number."""
    kinds: tuple[str, ...]
    """Those of its values, in their order."""
    values: Sequence[bytes]
    """The values, each behind the mark of its kind."""
    loose: tuple[bytes, ...]
    """Addresses that are left in the text."""


class _Template(NamedTuple):
    pattern: re.Pattern[bytes]
    groups: tuple[int, ...]
    """Those of the values."""
    marks: tuple[tuple[int, bytes], ...]
    """The places of values that are marked, and with what."""
    text: int
    kinds: tuple[str, ...]
    loose: tuple[bytes, ...]

    def parts(self, raw: bytes) -> Parts | None:
        """A message, if it is of this text."""
        match = self.pattern.fullmatch(raw)
        if match is None or match["length"] != b"%d" % (len(raw) - match.start("body")):
            return None
        # Of one group alone no tuple would come.
        _, *values = match.group(0, *self.groups)
        for place, mark in self.marks:
            values[place] = mark + values[place]
        return Parts(self.text, self.kinds, values, self.loose)


class Templates:
    """The texts that were seen so often."""

    def __init__(self) -> None:
        self._known: dict[Look, list[_Template]] = {}
        self._seen: dict[int, int] = {}
        """How many messages of each text had no template."""
        self._made = 0

    def parts(self, look: Look, raw: bytes) -> Parts | None:
        """A message of such a text, given what it looks like; None of another."""
        for template in self._known.get(look, ()):
            found = template.parts(raw)
            if found is not None:
                return found
        return None

    def learn(self, look: Look, lines: Sequence[bytes], parts: Parts) -> None:
        """Take note of a message that had no template; ``lines`` with :data:`RIGHT_LENGTH` in them."""
        seen = self._seen[parts.text] = self._seen.get(parts.text, 0) + 1
        if seen == OFTEN and self._made < MOST_TEMPLATES:
            alike = self._known.setdefault(look, [])
            if len(alike) < MOST_ALIKE:
                alike.append(_template(lines, parts))
                self._made += 1


def _template(lines: Sequence[bytes], parts: Parts) -> _Template:
    """That of all messages which differ from this one in nothing but values."""
    blank = lines.index(b"")
    marks: list[bytes] = []
    head, body = (b"\r\n".join(_written(some, marks)) for some in (lines[: blank + 1], lines[blank + 1 :]))
    pattern = re.compile(head + b"\r\n(?P<body>)" + body)
    groups = tuple([pattern.groupindex[f"v{place}"] for place in range(len(marks))])
    marked = tuple([(place, mark) for place, mark in enumerate(marks) if mark])
    return _Template(pattern, groups, marked, parts.text, parts.kinds, parts.loose)


def _written(lines: Sequence[bytes], marks: list[bytes]) -> Iterator[bytes]:
    """The lines as expressions, with a group for each value; the marks of these are added to ``marks``."""
    for line in lines:
        if line == RIGHT_LENGTH:
            yield b"Content-Length: (?P<length>[0-9]{1,5})"
            continue
        at, text = 0, b""
        for start, end, kind in own_values(line):
            text += re.escape(line[at:start]) + b"(?P<v%d>%b)" % (len(marks), VALUES[kind.name].encode())
            marks.append(kind.mark)
            at = end
        yield text + re.escape(line[at:])
