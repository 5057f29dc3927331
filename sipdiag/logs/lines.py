"""Finds where messages begin in a text, and restores the lines that follow.

Logs put a prefix before each line, a dot in place of each CR, an empty line after every line; what that is, the
start line of a message shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from sipdiag.sip.grammar import MAX_MESSAGE, METHODS

MOST_LINES = 4_000
"""Lines of one message."""
LONGEST_LINE = 16 * 1024
"""Bytes; the rest of a longer line is dropped."""
_METHOD = rb"(?:%s)" % b"|".join(sorted(method.encode() for method in METHODS))
START = re.compile(
    rb"\bSIP/2\.0(?:(?P<status> [1-6]\d\d)(?![\w.:])[^\n]*|(?P<tail>[ \t]*+(?:\.|\\r\\n|#015|\^M|`|</?\w+>)?[ \t\r]*+))$",
    re.MULTILINE,
)
"""The part of a start line by which it is found."""
_VERSION = b"SIP/2.0"
_REQUEST = re.compile(_METHOD + rb" +(?:\*|<?[A-Za-z][A-Za-z0-9+.\-]{0,30}:)")
_OTHER_REQUEST = re.compile(rb"(?:^|[\s>])([A-Z]{3,20} +[A-Za-z][A-Za-z0-9+.\-]{0,30}:\S+ +)$")
HEADER = re.compile(rb"([A-Za-z0-9\-.!%*_+`'~]{1,64})[ \t]*:")
_PARTS = re.compile(rb"[0-9a-fA-F]*\d[0-9A-Za-z]*|[ \t]+|[^0-9A-Za-z \t]+|[A-Za-z]+")
_SHOWN_FIELD = re.compile(rb"\s+[A-Z][^()\n]{0,80}\(([a-z])\): ?(.*)$")
"""A line of SDP as Wireshark shows it: ``Media Attribute (a): sendrecv``."""
LONGEST_PREFIX = 200
_ENDS_OF_PREFIX = (b" ", b"\t", b"|", b">", b"]", b":", b"/", b"`")

Clean = Callable[[bytes], bytes]


def next_place(text: bytes, at: int) -> int:
    """Where the next ``SIP/2.0`` stands that is not a Via's; -1 if there is none."""
    while (place := text.find(_VERSION, at)) >= 0:
        at = place + len(_VERSION)
        if text[at : at + 1] != b"/":
            return place
    return -1


class Start(Struct, frozen=True):
    """A start line and where it stands."""

    at: int
    """Offset of the line in the text."""
    column: int
    """Bytes before the message on the line."""
    text: bytes
    tail: bytes
    """What stands behind the message on the line, and will on those that follow."""


def start_of(text: bytes, found: re.Match[bytes]) -> Start | None:
    """The start line around a match of :data:`START`; None where it is none."""
    at = text.rfind(b"\n", max(0, found.start() - LONGEST_LINE), found.start()) + 1
    if found.start() - at > LONGEST_LINE:
        return None
    before = text[at : found.start()]
    if found["status"] is not None:
        if before[-1:] == b"/":
            return None
        line = found[0].rstrip(b" \t\r")
        tail = next((tail for tail in (b"\\r\\n", b"#015", b"^M", b"`") if line.endswith(tail)), b"")
        return Start(at, len(before), line.removesuffix(tail), tail)
    column = _request_column(before)
    if column is None:
        return None
    tail = found["tail"].strip()
    return Start(at, column, before[column:] + b"SIP/2.0", b"" if tail.startswith(b"<") else tail)


def _request_column(before: bytes) -> int | None:
    column = None
    for match in _REQUEST.finditer(before):
        column = match.start()
    if column is None:
        other = _OTHER_REQUEST.search(before)
        return other.start(1) if other else None
    return column


class Shapes:
    """What stands before each line of a log, learnt from start lines; a few shapes a file."""

    MOST = 64

    def __init__(self) -> None:
        self._known: dict[bytes, re.Pattern[bytes]] = {}

    def of(self, prefix: bytes) -> re.Pattern[bytes] | None:
        """An expression for prefixes like this one; None where there is none, or it is no prefix of lines."""
        if prefix[-1:] not in _ENDS_OF_PREFIX or len(prefix) > LONGEST_PREFIX:
            return None
        words = prefix.rstrip(b" \t")
        # The blanks at its end are part of the prefix as they are: what more there is belongs to the message.
        shape = b"".join(map(_shape, _PARTS.findall(words))) + re.escape(prefix[len(words) :])
        known = self._known.get(shape)
        if known is None and len(self._known) < self.MOST:
            known = self._known[shape] = re.compile(shape)
        return known


def _shape(part: bytes) -> bytes:
    if part.isspace():
        return rb"[ \t]+"
    if any(48 <= byte <= 57 for byte in part):
        return rb"\w+"
    return re.escape(part)


def cleaner(start: Start, shape: re.Pattern[bytes] | None) -> Clean:
    """Undoes on a line what the start line shows is done to lines."""
    tail = start.tail

    def clean(line: bytes) -> bytes:
        line = line[:LONGEST_LINE].rstrip(b"\r")
        if shape is not None:
            match = shape.match(line)
            if match is not None:
                line = line[match.end() :]
            elif shape.fullmatch(line + b" "):
                return b""
        if tail:
            line = (line.rstrip() if tail == b"`" else line).removesuffix(tail)
        return line

    return clean


def plain(line: bytes) -> bytes:
    """A line to which nothing was done."""
    return line[:LONGEST_LINE].rstrip(b"\r")


def rows(text: bytes, at: int, clean: Clean) -> Iterator[tuple[bytes, int]]:
    """The lines from an offset on, cleaned, each with the offset behind it."""
    end = min(len(text), at + MAX_MESSAGE)
    for _ in range(MOST_LINES):
        if at >= end:
            return
        stop = text.find(b"\n", at)
        if stop < 0:
            stop = end
        yield clean(text[at : min(stop, at + LONGEST_LINE)]), stop + 1
        at = stop + 1


def shown_fields(lines: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """The message within a tree of fields as Wireshark exports it."""
    indent: bytes | None = None
    for line, end in lines:
        stripped = line.lstrip()
        if line[:1] not in (b" ", b"\t") and stripped:
            return
        if stripped.startswith(b"Message Header"):
            indent = b""
        elif stripped.startswith(b"Message Body"):
            yield b"", end
            indent = None
        elif indent is not None:
            indent = indent or line[: len(line) - len(stripped)]
            if line.startswith(indent) and line[len(indent) : len(indent) + 1] not in (b" ", b"[", b"\t"):
                yield stripped.removesuffix(b"\\r\\n"), end
        elif (field := _SHOWN_FIELD.match(line)) is not None:
            yield field[1] + b"=" + field[2].removesuffix(b"\\r\\n"), end


def single_spaced(lines: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """Lines of a copy that has an empty line after every line."""
    for line, end in lines:
        following = next(lines, None)
        if following is None or not following[0].strip():
            yield line, end if following is None else following[1]
            continue
        yield line, end
        yield following


def is_double_spaced(lines: Iterator[tuple[bytes, int]]) -> bool:
    """Whether the lines behind a start line have empty lines between them."""
    first = [line for line, _ in (next(lines, (b"", 0)) for _ in range(4))]
    return not first[0] and bool(HEADER.match(first[1])) and not first[2] and bool(HEADER.match(first[3]))
