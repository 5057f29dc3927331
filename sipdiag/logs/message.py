"""One message out of the lines that follow its start line, whichever program printed them.

Logs change what they print: lines wrapped at 80 columns, the empty line before the body left out, the body
left out, another log line cut in.  ``Content-Length`` is never trusted to say where a message ends in a text.
The result has the line ends of the wire, and a ``Content-Length`` that fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from msgspec import Struct

from sipdiag.logs.lines import HEADER, START, Start
from sipdiag.sip.grammar import MAX_MESSAGE

MOST_CUT_IN = 3
"""Lines of the log that may stand in the midst of a message."""
WRAPPED_AT = 80
"""Columns at which trackers of old wrapped what was pasted."""

_KNOWN = re.compile(
    rb"(?i)(?:via|v|from|f|to|t|call-id|i|cseq|contact|m|content-length|l|content-type|c|max-forwards|allow|route|"
    rb"record-route|user-agent|server|supported|k|expires|accept|authorization|date|event|o|organization|path|priority|privacy|"
    rb"rack|reason|require|rseq|subject|s|timestamp|unsupported|warning|[a-z]+-[a-z-]+)[ \t]*:"
)
_IDENTIFYING = re.compile(rb"(?i)(?:via|v|from|f|to|t|call-id|i|cseq)[ \t]*:")
_SDP = re.compile(rb"[a-z]=")
_BODY = re.compile(rb"v=0\s*$|<\?xml ")
LOG_LINE = re.compile(
    rb"\s*(?:--? |== |> |\[?(?:19|20)\d\d[-/]\d\d[-/]\d\d|\[?\d\d:\d\d:\d\d|\[[A-Z][a-z]{2} +\d|<-{2,}|-{5,}\s*$|={3,}|```|#{2,})"
)
"""Line starts that occur in logs but never in messages."""
_JOINED = re.compile(
    rb"(?i)((?:expires|max-forwards|min-se|rseq|timestamp|content-length): *\d+) +([A-Z][A-Za-z-]*:.*)$"
)
"""Two headers on one line, as documents of Cisco have them."""
_JOINED_LINE = re.compile(
    rb"(?im)^(?:expires|max-forwards|min-se|rseq|timestamp|content-length): *\d+ +[A-Z][A-Za-z-]*:"
)
_SIPFRAG = re.compile(rb"(?im)^(?:content-type|c)[ \t]*:[ \t]*message/sipfrag")
_IS_SDP = re.compile(rb"(?im)^(?:content-type|c)[ \t]*:[ \t]*application/sdp")
_HAS_TYPE = re.compile(rb"(?im)^(?:content-type|c)[ \t]*:[ \t]*\S")
_LENGTH = re.compile(rb"(?im)^((?:content-length|l)[ \t]*:[ \t]*)(\d{1,9})")
_PLAIN_HEAD = re.compile(rb"((?:[A-Za-z0-9\-.!%*_+`'~]{1,64}[ \t]*:[^\n]*\n)+)\r?\n")
_PLAIN_SDP = re.compile(rb"(?:[a-z]=[^\n]*\n)*")
_IDENTIFYING_LINE = re.compile(rb"(?im)^(?:via|v|from|f|to|t|call-id|i|cseq)[ \t]*:")


class Read(Struct, frozen=True):
    """A message as it was read."""

    data: bytes
    end: int
    """Offset behind its last line."""
    announced: int | None
    """What Content-Length said, where that was not the length of the body."""


def read(
    start: Start, lines: Iterator[tuple[bytes, int]], end: int, ends: re.Pattern[bytes] | None
) -> Read | None:
    """The message of a start line; None where no SIP headers follow it.

    ``lines`` are those behind the start line, ``end`` is the offset where they begin.
    """
    reader = _Reader(lines, end, ends)
    headers = reader.headers()
    if sum(1 for line in headers if _IDENTIFYING.match(line)) < 2:
        return None
    head = b"\r\n".join([start.text, *headers]) + b"\r\n\r\n"
    length = _LENGTH.search(head)
    announced = int(length[2]) if length else None
    body = reader.body(head, announced)
    if announced is None or announced == len(body):
        return Read(head + body, reader.end, None)
    assert length is not None
    head = head[: length.start(2)] + str(len(body)).encode() + head[length.end(2) :]
    return Read(head + body, reader.end, announced)


def read_plain(start: Start, text: bytes, at: int) -> Read | None:
    """The message, where it stands in the text as it was sent, as most do: in a few steps for all its lines.

    ``at``: the offset behind the start line.
    """
    found = _PLAIN_HEAD.match(text, at, at + MAX_MESSAGE)
    if found is None or len(_IDENTIFYING_LINE.findall(found[1])) < 2 or _JOINED_LINE.search(found[1]):
        return None
    head = _wire(start.text + b"\n" + found[0])
    length = _LENGTH.search(head)
    if length is None:
        return None
    announced, end = int(length[2]), found.end()
    if not announced:
        return Read(head, end, None)
    if not _IS_SDP.search(head):
        return None
    sdp = _PLAIN_SDP.match(text, end, end + MAX_MESSAGE)
    body = _wire(sdp[0]) if sdp is not None else b""
    return Read(head + body, end + len(sdp[0]), None) if sdp is not None and len(body) == announced else None


def _wire(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class _Reader:
    """Takes lines as long as they are the message's."""

    def __init__(self, lines: Iterator[tuple[bytes, int]], end: int, ends: re.Pattern[bytes] | None) -> None:
        self._lines = lines
        self._ends = ends
        self._waiting: list[tuple[bytes, int]] = []
        self.end = end

    def _next(self) -> tuple[bytes, int] | None:
        return self._waiting.pop() if self._waiting else next(self._lines, None)

    def headers(self) -> list[bytes]:
        """The header lines; the empty line behind them is taken, if there is one."""
        found: list[bytes] = []
        width = 0
        while (row := self._next()) is not None:
            line, end = row
            if not line.strip():
                self.end = end
                return found
            if HEADER.match(line) and not self._foreign(line):
                found += self._split(line)
            elif line[:1] in (b" ", b"\t") and found and not LOG_LINE.match(line):
                found.append(line)
            elif _BODY.match(line):
                self._waiting.append(row)
                return found
            elif found and _is_wrapped(width, line):
                found[-1] += line
            elif not self._cut_in(row, partial(self._goes_on, found)):
                return found
            self.end, width = end, len(line)
        return found

    @staticmethod
    def _split(line: bytes) -> list[bytes]:
        joined = _JOINED.match(line)
        return [joined[1], joined[2]] if joined else [line]

    def _foreign(self, line: bytes) -> bool:
        if self._ends is not None and self._ends.match(line):
            return True
        return b"SIP/2.0" in line and START.search(line) is not None

    def _cut_in(self, row: tuple[bytes, int], goes_on: Callable[[], bool]) -> bool:
        """Whether lines of the log, this first, stand in the midst of a message: then they are dropped."""
        taken = [row]
        while len(taken) <= MOST_CUT_IN and LOG_LINE.match(taken[-1][0]) and not self._foreign(taken[-1][0]):
            following = self._next()
            if following is None:
                break
            taken.append(following)
        last = taken.pop()
        self._waiting.append(last)
        if taken and not LOG_LINE.match(last[0]) and goes_on():
            return True
        self._waiting += reversed(taken)
        return False

    def _goes_on(self, headers: list[bytes]) -> bool:
        """Whether headers go on, or the body comes that they announce."""
        row = self._next()
        if row is None:
            return False
        goes_on = _KNOWN.match(row[0]) is not None and not self._foreign(row[0])
        if not row[0].strip():
            head = b"\r\n".join(headers)
            length, following = _LENGTH.search(head), self._next()
            if following is not None:
                self._waiting.append(following)
                begins = START if _SIPFRAG.search(head) else _BODY
                goes_on = length is not None and int(length[2]) > 0 and begins.match(following[0]) is not None
        self._waiting.append(row)
        return goes_on

    def body(self, head: bytes, announced: int | None) -> bytes:
        """The lines of the body, restored to what was sent as far as possible."""
        if announced == 0 or (announced is None and not _HAS_TYPE.search(head)):
            return b""
        if _IS_SDP.search(head):
            return _as_sent(list(self._take(_is_sdp_line, announced, counted=False)), announced)
        sipfrag = _SIPFRAG.search(head) is not None
        lines = list(self._take(lambda line: self._is_body_line(line, sipfrag), announced))
        return _as_sent(lines, announced)

    def _take(
        self, belongs: Callable[[bytes], bool], announced: int | None, *, counted: bool = True
    ) -> Iterator[bytes]:
        """Lines that belong to the body; where they are ``counted``, as many as its known length has room for."""
        wire = bare = 0
        while (row := self._next()) is not None:
            line, end = row
            if not belongs(line):
                missing = announced is not None and wire < announced
                if missing and self._cut_in(row, partial(self._is_next, belongs, begun=wire > 0)):
                    continue
                if not missing:
                    self._waiting.append(row)
                return
            self.end = end
            yield line
            wire += len(line) + 2
            bare += len(line) + 1
            if counted and announced is not None and (announced in (wire, wire - 2) or bare >= announced):
                return

    def _is_next(self, belongs: Callable[[bytes], bool], *, begun: bool) -> bool:
        """Whether the next line is one more of the body, and does not begin another."""
        row = self._next()
        if row is not None:
            self._waiting.append(row)
        return row is not None and belongs(row[0]) and not (begun and _BODY.match(row[0]))

    def _is_body_line(self, line: bytes, sipfrag: bool) -> bool:
        if sipfrag:
            return not LOG_LINE.match(line) and not (self._ends is not None and self._ends.match(line))
        return not LOG_LINE.match(line) and not self._foreign(line)


def _as_sent(lines: list[bytes], announced: int | None) -> bytes:
    """The body with the line ends that make it as long as was announced; with CRLF where none do."""
    wire = b"".join(line + b"\r\n" for line in lines)
    if announced is None or len(wire) == announced:
        return wire
    bare = b"".join(line + b"\n" for line in lines)
    for body in (wire[:-2], bare, bare[:-1]):
        if len(body) == announced:
            return body
    return wire


def _is_sdp_line(line: bytes) -> bool:
    return _SDP.match(line) is not None


def _is_wrapped(width: int, line: bytes) -> bool:
    """Whether a line goes on with the one before, of this width, which was broken because it was too long."""
    return not LOG_LINE.match(line) and width + len(line.split(b" ", 1)[0]) >= WRAPPED_AT - 1
