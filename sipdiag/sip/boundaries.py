"""Where a message ends, and where one may begin: what framing asks of the bytes."""

from __future__ import annotations

import re

from msgspec import Struct

from sipdiag.sip.grammar import (
    FIRST_LINE_END,
    HEAD_END_CR,
    HEAD_END_LF,
    MAX_START_LINE,
    METHODS,
    START_LINE,
    TOKEN,
    VERSION,
)

# A single character in front, and both cases written out: that is several times as fast as a set and IGNORECASE.
_LENGTH = (
    rb"(?:[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Ll][Ee][Nn][Gg][Tt][Hh]|[Ll])[ \t]*:\s{0,64}([0-9]{1,18})[ \t]*"
    rb"(?=\r{0,2}\n(?![ \t])|\r(?![\r\n \t])|\Z)"
)
_LENGTH_BEHIND_LF = re.compile(rb"\n" + _LENGTH)
_LENGTH_BEHIND_CR = re.compile(rb"\r" + _LENGTH)
_REQUEST_END = re.compile(rf"[ \t]{VERSION}[ \t]*\Z".encode())
_INNER_REQUEST = re.compile(rf"(?:{'|'.join(sorted(METHODS))})[ \t]{{1,8}}[^ \t:]{{1,256}}:".encode())
_INNER_STATUS = re.compile(rb"SIP/2\.0[ \t][1-6][0-9]{2}(?:[ \t]|\Z)")
_HEADER_NAME = re.compile(rf"{TOKEN.removesuffix('+')}{{1,128}}[ \t]{{0,16}}".encode())
_NAME_LIMIT = 128 + 16

_BLANK_RUN = re.compile(rb"[\r\n]*")

_NOT_BETWEEN_LINES = re.compile(rb"\r(?!\n[^ \t\r\n])")

LINE_END = re.compile(rb"[\r\n]")
"""Either character that can end a line."""
_CR = 13
_LONGEST_PLAIN = 16 * 1024
"""Bytes of a head that are looked through for being plain: a bound, because a stream is looked at so often."""
_LIKE_A_START = re.compile(rf"SIP/2\.0 [1-6]|(?:{'|'.join(sorted(METHODS))}) (?:sips?|tel|urn):".encode())
_VIA = re.compile(rb"(?:\r?\n|\r)(?:[Vv][Ii][Aa]|v)[ \t]{0,16}:")
_ENCLOSES = re.compile(rb"(?i)[\r\n](?:content-type|c)[ \t]{0,16}:\s{0,64}(?:message|multipart)/")
VERSION_HINT = re.compile(rb"(?:SIP|sip|Sip)/[0-9]")
"""What every line that is a start line holds."""

EMPTY_LINE = len(b"\r\n\r\n")
"""Bytes between the last header line of a plain head and the body."""


class Head(Struct, frozen=True):
    """The head of a message that begins at offset 0."""

    end: int
    """Offset behind the empty line."""
    content_length: int | None
    """First Content-Length that is a number; None without one."""


def blank_run(data: bytes | bytearray, start: int) -> int:
    """Number of CR and LF characters at ``start``."""
    run = _BLANK_RUN.match(data, start)
    return len(run[0]) if run else 0


def first_line_end(data: bytes | bytearray, start: int, limit: int) -> re.Match[bytes] | None:
    """The first line end between two offsets, which settles how lines end; None without one."""
    character = LINE_END.search(data, start, limit)
    return FIRST_LINE_END.match(data, character.start(), limit) if character else None


def plain_end(data: bytes | bytearray) -> int:
    """Length of a head that begins with a line and in which every CR belongs to a CRLF between two lines; else 0.

    Most are so, and need no look at each character.  An LF alone would still have to be ruled out.
    """
    empty = _NOT_BETWEEN_LINES.search(data, 0, _LONGEST_PLAIN)
    if empty is None or not data.startswith(b"\r\n\r\n", empty.start()) or data[0] == _CR:
        return 0
    return empty.start()


def ends_with_head(data: bytes) -> bool:
    """Whether nothing follows the empty line of a plain head: there is no body, whatever the headers say."""
    return data.endswith(b"\r\n\r\n") and plain_end(data) == len(data) - 4 and not lone_lf(data, len(data))


def lone_lf(data: bytes | bytearray, end: int) -> bool:
    """Whether an LF without a CR stands in a head of that :func:`plain_end`."""
    return data.count(b"\n", 0, end) != data.count(b"\r", 0, end)


def content_length_of_plain(data: bytes | bytearray, end: int) -> int | None:
    """The first Content-Length that is a number, in a plain head of that length; None without one."""
    found = _LENGTH_BEHIND_LF.search(data, 0, end)
    return int(found[1]) if found else None


def find_head(data: bytes | bytearray, searched: int, limit: int) -> Head | None:
    """Find the empty line within ``limit`` bytes, knowing that none ends before offset ``searched``."""
    first = first_line_end(data, 0, limit)
    if first is None:
        return None
    pattern = HEAD_END_CR if first[0] == b"\r" else HEAD_END_LF
    empty = pattern.search(data, max(first.start(), searched - 3), limit)
    if empty is None:
        return None
    return Head(empty.end(), _content_length(data, first.start(), empty.start() + 1))


def _content_length(data: bytes | bytearray, start: int, end: int) -> int | None:
    found = _LENGTH_BEHIND_LF.search(data, start, end)
    other = _LENGTH_BEHIND_CR.search(data, start, end)
    if other is not None and (found is None or other.start() < found.start()):
        found = other
    return int(found[1]) if found else None


def start_in_line(line: bytes, *, whole: bool) -> int | None:
    """Offset of a start line within a line (without its line end); None without one.

    ``whole`` says that the line begins at offset 0, so that any method counts there; further inside
    only known methods and plain status lines do.
    """
    if whole and START_LINE.match(line):
        return 0
    found = [_INNER_STATUS.search(line), _INNER_REQUEST.search(line) if _REQUEST_END.search(line) else None]
    return min((match.start() for match in found if match), default=None)


def message_in_body(data: bytes | bytearray, body: int) -> int | None:
    """Offset of the first whole head's beginning behind ``body``: there a Content-Length that promises too much lies.

    Only for a body of which bytes are missing.  A message that encloses others is left alone.
    """
    if _ENCLOSES.search(data, 0, body):
        return None
    for found in _LIKE_A_START.finditer(data, body):
        line_end = LINE_END.search(data, found.start(), found.start() + MAX_START_LINE)
        if line_end and START_LINE.match(data, found.start()) and _VIA.match(data, line_end.start()):
            return found.start()
    return None


def header_follows(data: bytes | bytearray, line_end: int) -> bool | None:
    """Say whether a header line stands behind the line that ends at ``line_end``; None: more bytes are needed."""
    ending = FIRST_LINE_END.match(data, line_end)
    if ending is None:
        return None
    if ending[0] == b"\r" and len(data) - line_end < 3:
        return None
    name = _HEADER_NAME.match(data, ending.end())
    after = name.end() if name else ending.end()
    if after < len(data):
        return name is not None and data[after : after + 1] == b":"
    return None if after - ending.end() < _NAME_LIMIT else False


def is_whole(datagram: bytes) -> bool:
    """Whether a datagram is exactly one complete message, so that a framer would hand out the same bytes.

    Nearly all are.  False where it takes a framer to tell.
    """
    end = plain_end(datagram)
    if not end or lone_lf(datagram, end) or not START_LINE.match(datagram):
        return False
    return content_length_of_plain(datagram, end) in (None, len(datagram) - end - EMPTY_LINE)


def line_around(data: bytes | bytearray, at: int, floor: int) -> tuple[int, int, bool]:
    """End and beginning of the line around ``at``, not before ``floor``, and whether that is all of it."""
    found = LINE_END.search(data, at)
    line_end = found.start() if found else len(data)
    begin = max(data.rfind(b"\n", floor, at), data.rfind(b"\r", floor, at), floor - 1) + 1
    cut = max(begin, line_end - MAX_START_LINE)
    return line_end, cut, cut == begin
