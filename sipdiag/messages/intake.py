"""Turns payloads into SIP messages and marks packets that were captured twice.

A datagram is framed on its own; the pieces of a stream go through one framer per direction.  A
packet that was captured twice on its way over one hop (mirror port, ``-i any``, both sides of a
bridge) is marked as a copy here, before anybody counts retransmissions: no SIP timer repeats a
message within 100 ms (RFC 3261 §17.1.1.2, T1 is 500 ms), a capture does it within microseconds.

Of messages at the same time each is put a nanosecond behind the one before: with a coarse clock the order of the
file decides which came first, here for all stages behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sipdiag.capture.payload import Endpoint, Note, Payload, host_text
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.position import Frame, WirePosition
from sipdiag.sip.boundaries import is_whole
from sipdiag.sip.framing import Framed, Framer
from sipdiag.sip.message import Message

COPY_WINDOW_NS = 100_000_000
"""The same bytes on the same hop within this time are a copy made by the capture."""
MOST_RECENT = 100_000
"""Messages remembered at a time; only a capture whose clock stands still has so many within the window."""
MOST_HOSTS = 100_000
"""One object per host, wherever it is seen."""
MOST_NOTES = 20
"""Gaps named; a capture may have thousands."""

_Key = tuple[bytes, Host, Host]


class Intake:
    """Frames payloads into messages.  ``receive`` is called in time order; ``close`` at the end.

    State: one framer per open stream direction and the messages of the last 100 to 200 ms.
    """

    def __init__(self) -> None:
        self._framers: dict[int, Framer[Payload]] = {}
        self._recent = _Recent()
        self._hosts: dict[Endpoint, Host] = {}
        self._clock_ns, self._behind_ns = -1, 0
        self.notes: list[Note] = []

    def receive(self, payload: Payload) -> Iterable[CapturedMessage]:
        """The messages that ``payload`` completes."""
        if payload.stream is not None:
            return self._stream(payload, payload.stream)
        if is_whole(payload.data):
            return (self._captured(payload.data, payload, payload.position, payload.cut > 0),)
        framer: Framer[Payload] = Framer(datagram=True)
        framer.receive(payload.data, tag=payload)
        return self._drain(framer)

    def close(self) -> Iterator[CapturedMessage]:
        """Yield what was left incomplete when the capture ended."""
        for framer in self._framers.values():
            framer.close()
            yield from self._drain(framer)
        self._framers.clear()

    def _stream(self, payload: Payload, stream: int) -> Iterator[CapturedMessage]:
        framer = self._framers.get(stream)
        if framer is None:
            framer = self._framers[stream] = Framer(datagram=False)
        if payload.lost_before:
            framer.lost(payload.lost_before)
            if len(self.notes) < MOST_NOTES:
                self.notes.append(_gap_note(payload))
        framer.receive(payload.data, tag=payload)
        return self._drain(framer)

    def _drain(self, framer: Framer[Payload]) -> Iterator[CapturedMessage]:
        while (framed := framer.next_message()) is not None:
            yield self._assembled(framed)

    def _assembled(self, framed: Framed[Payload]) -> CapturedMessage:
        pieces = framed.tags
        if len(pieces) == 1:
            (piece,) = pieces
            return self._captured(framed.data, piece, piece.position, framed.incomplete or piece.cut > 0)
        # Segments may arrive out of order: the one captured last completed the message.
        last = max(pieces, key=lambda piece: (piece.time_ns, piece.position.number))
        cut = framed.incomplete or any(piece.cut for piece in pieces)
        return self._captured(framed.data, last, _together(pieces, last.position), cut)

    def _captured(
        self, data: bytes, last: Payload, position: WirePosition, truncated: bool
    ) -> CapturedMessage:
        src = self._hosts.get(last.src) or self._host(last.src)
        dst = self._hosts.get(last.dst) or self._host(last.dst)
        key = (data, src, dst)
        time_ns = last.time_ns + self._behind(last.time_ns)
        original = self._recent.find(key, last.time_ns)
        captured = CapturedMessage(
            original.message if original else Message(data),
            time_ns,
            position,
            src,
            dst,
            last.transport,
            truncated,
            original,
            last.point,
            last.timed,
            last.remarks,
            behind_ns=time_ns - last.time_ns,
        )
        if original is None:
            self._recent.add(key, captured)
        return captured

    def _behind(self, clock_ns: int) -> int:
        """How far a message is put behind the time of its capture, at which others before it may have been captured."""
        self._behind_ns = self._behind_ns + 1 if clock_ns == self._clock_ns else 0
        self._clock_ns = clock_ns
        return self._behind_ns

    def _host(self, end: Endpoint) -> Host:
        """One object for all messages of a host."""
        if len(self._hosts) >= MOST_HOSTS:
            self._hosts.clear()
        return self._hosts.setdefault(end, Host(*end))


class _Recent:
    """The messages of the copy window, by bytes and hop.

    The window is two halves that swap, so that entries need not be removed one by one.
    """

    def __init__(self) -> None:
        self._since_ns = 0
        self._new: dict[_Key, CapturedMessage] = {}
        self._old: dict[_Key, CapturedMessage] = {}

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def find(self, key: _Key, now_ns: int) -> CapturedMessage | None:
        """The message that one of ``now_ns``, by the clock of the capture, is a copy of."""
        if now_ns - self._since_ns > COPY_WINDOW_NS or len(self._new) >= MOST_RECENT:
            self._old, self._new = self._new, {}
            self._since_ns = now_ns
        found = self._new.get(key) or self._old.get(key)
        return found if found and now_ns - found.clock_ns <= COPY_WINDOW_NS else None

    def add(self, key: _Key, captured: CapturedMessage) -> None:
        """Remember one that is no copy."""
        self._new[key] = captured


def _together(pieces: Iterable[Payload], last: WirePosition) -> WirePosition:
    """Where a message of several pieces was read; a log holds its messages in one piece."""
    if not isinstance(last, Frame):
        return last
    numbers = dict.fromkeys(number for piece in pieces for number in piece.position.numbers)
    return Frame(last.file, last.number, tuple(number for number in numbers if number != last.number))


def _gap_note(payload: Payload) -> Note:
    first = payload.position.numbers[0]
    return Note(
        code="tcp-gap",
        text=(
            f"{payload.lost_before} bytes of the stream {host_text(payload.src)} → "
            f"{host_text(payload.dst)} were not captured before frame {first}; "
            "a message may be missing there."
        ),
        file=payload.file,
        frame=first,
    )


def messages(payloads: Iterable[Payload], intake: Intake) -> Iterator[CapturedMessage]:
    """All messages of ``payloads``, in the order of the frames that completed them."""
    for payload in payloads:
        yield from intake.receive(payload)
    yield from intake.close()
