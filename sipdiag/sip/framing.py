"""Cuts incoming bytes into single messages (RFC 3261 §18.3).

In the style of h11: hand every piece to :meth:`Framer.receive`, take messages from
:meth:`Framer.next_message` until it gives None.

A framer is always in one of three states.  *Between* messages it passes over CRLF keep-alives
(RFC 5626 §4.4.1) and expects a start line.  *In* a message it waits for the empty line and then for
the bytes Content-Length promises; without a usable Content-Length a message on a stream has no body.
If what stands between messages is no start line, or bytes were lost, the framer is *astray*: it skips
to the next start line, which may also stand behind the remains of a body on the same line if its
method is a known one.  On a stream a start line counts only with a header line behind it: that tells a
message from the status line in a ``message/sipfrag`` body whose Content-Length was wrong.
A Content-Length that promises more than ever comes does not swallow the messages behind it.

Where messages begin and end depends on the bytes alone, never on how they were cut into pieces.
Time is O(bytes): each state remembers how far it has looked.  Memory is bounded by
:data:`~sipdiag.sip.grammar.MAX_MESSAGE`: a message that announces more is handed out cut, and what
follows is skipped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Generic, TypeVar

from msgspec import Struct

from sipdiag.sip.boundaries import (
    EMPTY_LINE,
    LINE_END,
    VERSION_HINT,
    Head,
    blank_run,
    content_length_of_plain,
    find_head,
    first_line_end,
    header_follows,
    line_around,
    lone_lf,
    message_in_body,
    plain_end,
    start_in_line,
)
from sipdiag.sip.grammar import MAX_MESSAGE, MAX_START_LINE, START_LINE

Tag = TypeVar("Tag")


class Framed(Struct, Generic[Tag], frozen=True):
    """The bytes of one message and where they came from."""

    data: bytes
    tags: tuple[Tag, ...]
    """Tags of all pieces it came from, in order: the first holds its first byte, the last completed it."""
    skipped: int
    """Bytes thrown away just before this message (keep-alives do not count)."""
    incomplete: bool
    """Content-Length promises more than was there, or the head was cut."""


class _State(IntEnum):
    BETWEEN = 0
    HEAD = 1
    BODY = 2
    ASTRAY = 3


class Framer(Generic[Tag]):
    """Cuts one direction of a stream, or datagrams, into messages."""

    skipped: int
    """Bytes thrown away so far because they belonged to no message."""

    def __init__(self, datagram: bool) -> None:
        """``datagram``: each piece stands for itself, and a body without Content-Length goes to its end."""
        self.skipped = 0
        self._datagram = datagram
        self._ready: deque[Framed[Tag]] = deque()
        self._buffer = bytearray()
        self._pieces: deque[tuple[int, Tag]] = deque()
        self._state = _State.BETWEEN
        self._searched = 0
        self._body_at = 0
        self._end = 0
        self._skipped_before = 0

    def receive(self, data: bytes, *, tag: Tag) -> None:
        """Take the next bytes; ``tag`` comes back with the messages they are part of."""
        if not data:
            return
        self._buffer += data
        self._pieces.append((len(data), tag))
        if self._datagram:
            self._split_datagram()

    def next_message(self) -> Framed[Tag] | None:
        """The next message; None when more bytes are needed."""
        if not self._ready and not self._datagram:
            self._advance(final=False)
        return self._ready.popleft() if self._ready else None

    def lost(self, count: int) -> None:
        """Bytes are missing here: what came so far is handed out incomplete, then the next start line counts."""
        if count > 0:
            self.close()
            self._enter(_State.ASTRAY)

    def close(self) -> None:
        """No more bytes for now: hand out what is left as incomplete."""
        if self._datagram:
            return
        while self._advance(final=True):
            pass
        self._skip(len(self._buffer))
        self._enter(_State.BETWEEN)

    # Streams

    def _advance(self, *, final: bool) -> bool:
        """Go on until one message is ready; False if that takes more bytes (``final``: than there will be)."""
        ready = len(self._ready)
        while self._buffer and len(self._ready) == ready:
            if not _STEPS[self._state](self, final):
                return False
        return len(self._ready) > ready

    def _enter(self, state: _State) -> None:
        self._state = state
        self._searched = 0

    def _between(self, final: bool) -> bool:
        if self._buffer[0] in b"\r\n":
            self._drop(blank_run(self._buffer, 0))
        if not self._searched and self._take_plain():
            return True
        line_end = LINE_END.search(self._buffer, self._searched, MAX_START_LINE)
        if line_end is None and not final and len(self._buffer) < MAX_START_LINE:
            self._searched = len(self._buffer)
            return False
        line = self._buffer[: line_end.start()] if line_end else self._buffer[:MAX_START_LINE]
        starts = bool(line_end or final) and START_LINE.match(line) is not None
        if starts and line_end:
            follows = header_follows(self._buffer, line_end.start())
            if follows is None and not final:
                self._searched = line_end.start()
                return False
            starts = follows is not False
        if self._buffer:
            self._enter(_State.HEAD if starts else _State.ASTRAY)
        return True

    def _take_plain(self) -> bool:
        """Hand out the message the buffer begins with at once, if it is all there and plain."""
        end = plain_end(self._buffer)
        if lone_lf(self._buffer, end):
            return False
        line_end = self._buffer.find(b"\r", 0, min(end, MAX_START_LINE))
        if line_end < 0 or not header_follows(self._buffer, line_end) or not START_LINE.match(self._buffer):
            return False
        size = end + EMPTY_LINE + (content_length_of_plain(self._buffer, end) or 0)
        if size > min(len(self._buffer), MAX_MESSAGE):
            return False
        self._hand_out(size, incomplete=False)
        return True

    def _head(self, final: bool) -> bool:
        if not final and not self._line_style_known():
            return False
        head = find_head(self._buffer, self._searched, MAX_MESSAGE)
        if head is not None:
            self._enter_body(head)
        elif final or len(self._buffer) >= MAX_MESSAGE:
            self._hand_out(min(len(self._buffer), MAX_MESSAGE), incomplete=True)
            self._enter(_State.ASTRAY)
        else:
            self._searched = len(self._buffer)
            return False
        return True

    def _line_style_known(self) -> bool:
        """A CR at the very end of what has come says nothing yet about how lines end."""
        ending = first_line_end(self._buffer, 0, len(self._buffer))
        return ending is not None and (ending[0] != b"\r" or len(self._buffer) - ending.start() > 2)

    def _enter_body(self, head: Head) -> None:
        length = head.content_length or 0
        if head.end + length > MAX_MESSAGE:
            self._hand_out(head.end, incomplete=True)
            self._enter(_State.ASTRAY)
        else:
            self._body_at, self._end = head.end, head.end + length
            self._enter(_State.BODY)

    def _body(self, final: bool) -> bool:
        missing = self._end - len(self._buffer)
        if missing > 0 and not final:
            return False
        another = message_in_body(self._buffer, self._body_at) if missing > 0 else None
        if another is not None:
            self._end = another
        self._hand_out(min(self._end, len(self._buffer)), incomplete=missing > 0)
        self._enter(_State.BETWEEN)
        return True

    def _astray(self, final: bool) -> bool:
        """Look through the lines that are complete; keep the last one, which is not."""
        complete = (
            max(self._buffer.rfind(b"\n", self._searched), self._buffer.rfind(b"\r", self._searched)) + 1
        )
        at = 0
        while complete and (hint := VERSION_HINT.search(self._buffer, at, complete)) is not None:
            line_end, begin, whole = line_around(self._buffer, hint.start(), at)
            offset = start_in_line(bytes(self._buffer[begin:line_end]), whole=whole)
            follows = header_follows(self._buffer, line_end) if offset is not None else False
            if follows is None and not final:
                kept = begin if whole else begin - 1
                self._skip(kept)
                self._searched = line_end - kept
                return False
            if follows and offset is not None:
                self._skip(begin + offset)
                self._enter(_State.HEAD)
                return True
            at = line_end
        unfinished = len(self._buffer) - complete
        self._skip(complete + max(0, unfinished - MAX_START_LINE - 1))
        self._searched = len(self._buffer)
        return False

    # Datagrams

    def _split_datagram(self) -> None:
        while self._buffer:
            self._drop(blank_run(self._buffer, 0))
            if not START_LINE.match(self._buffer):
                self._enter(_State.ASTRAY)
                if not self._astray(final=True):
                    break
            head = find_head(self._buffer, 0, len(self._buffer))
            if head is None:
                cut = not self._buffer.endswith((b"\r", b"\n"))
                self._hand_out(len(self._buffer), incomplete=cut)
            elif head.content_length is None:
                self._hand_out(len(self._buffer), incomplete=False)
            else:
                self._hand_out_from_datagram(head.end + head.content_length)
        self._skip(len(self._buffer))

    def _hand_out_from_datagram(self, end: int) -> None:
        """Bytes behind the body stay with the message, unless they are another message."""
        size = len(self._buffer)
        behind = min(end, size) + blank_run(self._buffer, end)
        line_end = LINE_END.search(self._buffer, behind)
        starts = line_end and START_LINE.match(self._buffer, behind)
        another = line_end and starts and header_follows(self._buffer, line_end.start())
        self._hand_out(behind if another else size, incomplete=end > size)

    # Buffer

    def _hand_out(self, size: int, *, incomplete: bool) -> None:
        data = bytes(self._buffer[:size])
        tags = self._drop(size)
        self._ready.append(Framed(data, tags, self._skipped_before, incomplete))
        self._skipped_before = 0

    def _skip(self, size: int) -> None:
        self._drop(size)
        self.skipped += size
        self._skipped_before += size

    def _drop(self, size: int) -> tuple[Tag, ...]:
        """Take bytes off the front; gives the tags of the pieces they came from."""
        del self._buffer[:size]
        tags: list[Tag] = []
        while size > 0:
            length, tag = self._pieces.popleft()
            tags.append(tag)
            if length > size:
                self._pieces.appendleft((length - size, tag))
            size -= length
        return tuple(tags)


_STEPS: tuple[Callable[[Framer[Any], bool], bool], ...] = (
    Framer._between,
    Framer._head,
    Framer._body,
    Framer._astray,
)
"""What a framer does next, by its state."""
