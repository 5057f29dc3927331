"""The seam between capture and calls: payloads are framed into messages, copies are told apart.

A datagram is framed on its own; the pieces of a stream go through one framer per direction.  A
packet that was captured twice on its way over one hop (mirror port, ``-i any``, both sides of a
bridge) is marked as a copy here, before anybody counts retransmissions: no SIP timer repeats a
message within 100 ms (RFC 3261 §17.1.1.2, T1 is 500 ms), a capture does it within microseconds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from sipdiag.calls.captured import CapturedMessage, Host
from sipdiag.capture.payload import Note, Payload
from sipdiag.sip.framing import Framed, Framer
from sipdiag.sip.message import Message

COPY_WINDOW_NS = 100_000_000
"""The same bytes on the same hop within this time are a copy made by the capture."""
MOST_NOTES = 20
"""Gaps named; a capture may have thousands."""

_Key = tuple[Host, Host, bytes]


class Intake:
    """Frames payloads into messages.  ``receive`` is called in time order; ``close`` at the end.

    State: one framer per open stream direction and the messages of the last 100 ms.
    """

    def __init__(self) -> None:
        self._framers: dict[int, tuple[Framer[int], dict[int, Payload]]] = {}
        self._recent: OrderedDict[_Key, CapturedMessage] = OrderedDict()
        self.notes: list[Note] = []

    def receive(self, payload: Payload) -> Iterator[CapturedMessage]:
        """Yield the messages that ``payload`` completes."""
        if payload.stream is None:
            framer: Framer[int] = Framer(datagram=True)
            framer.receive(payload.data, tag=0)
            yield from self._drain(framer, {0: payload})
            framer.close()
            yield from self._drain(framer, {0: payload})
            return
        framer, pieces = self._framers.setdefault(payload.stream, (Framer(datagram=False), {}))
        if payload.lost_before:
            framer.lost(payload.lost_before)
            if len(self.notes) < MOST_NOTES:
                self.notes.append(_gap_note(payload))
        tag = payload.frames[-1]
        pieces[tag] = payload
        framer.receive(payload.data, tag=tag)
        yield from self._drain(framer, pieces)

    def close(self) -> Iterator[CapturedMessage]:
        """Yield what was left incomplete when the capture ended."""
        for framer, pieces in self._framers.values():
            framer.close()
            yield from self._drain(framer, pieces)
        self._framers.clear()

    def _drain(self, framer: Framer[int], pieces: dict[int, Payload]) -> Iterator[CapturedMessage]:
        while (framed := framer.next_message()) is not None:
            yield self._captured(framed, pieces)
            for tag in framed.tags[:-1]:
                pieces.pop(tag, None)

    def _captured(self, framed: Framed[int], pieces: dict[int, Payload]) -> CapturedMessage:
        used = [pieces[tag] for tag in framed.tags if tag in pieces]
        # Segments may come out of order: the one captured last completed the message.
        last = max(used, key=lambda piece: (piece.time_ns, piece.frames[-1]))
        src, dst = Host(*last.src), Host(*last.dst)
        key = (src, dst, framed.data)
        original = self._original(key, last.time_ns)
        message = original.message if original else Message(framed.data)
        captured = CapturedMessage(
            message=message,
            time_ns=last.time_ns,
            frame=last.frames[-1],
            frames=tuple(dict.fromkeys(frame for piece in used for frame in piece.frames)),
            file=last.file,
            src=src,
            dst=dst,
            transport=last.transport,
            truncated=framed.incomplete or any(piece.cut for piece in used),
            copy_of=original,
            point=last.point,
        )
        if original is None:
            self._recent[key] = captured
        return captured

    def _original(self, key: _Key, now_ns: int) -> CapturedMessage | None:
        while self._recent:
            oldest_key, oldest = next(iter(self._recent.items()))
            if now_ns - oldest.time_ns <= COPY_WINDOW_NS:
                break
            del self._recent[oldest_key]
        return self._recent.get(key)


def _gap_note(payload: Payload) -> Note:
    return Note(
        code="tcp-gap",
        text=(
            f"{payload.lost_before} bytes of the stream {payload.src.address}:{payload.src.port} → "
            f"{payload.dst.address}:{payload.dst.port} were not captured before frame {payload.frames[0]}; "
            "a message may be missing there."
        ),
        file=payload.file,
        frame=payload.frames[0],
    )


def messages(payloads: Iterable[Payload], intake: Intake) -> Iterator[CapturedMessage]:
    """All messages of ``payloads``, in the order of the frames that completed them."""
    for payload in payloads:
        yield from intake.receive(payload)
    yield from intake.close()
