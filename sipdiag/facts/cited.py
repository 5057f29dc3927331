"""RTP packets where they prove something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from msgspec import Struct, field

from sipdiag.capture.payload import Endpoint, host_text
from sipdiag.media.sequence import Hole
from sipdiag.media.stream import Format, RtpStream
from sipdiag.messages.captured import CapturedMessage
from sipdiag.position import Frame, Packet

Facts = dict[str, object]
"""By the names of the table; None is not known."""
Cited = dict[str, Sequence[CapturedMessage | Packet]]
"""By the names of the evidence table."""


class ProvenFacts(Struct, frozen=True):
    """Facts, and what proves them: looked up when a rule cites it, for most audio is well and nothing is cited."""

    facts: Facts = field(default_factory=dict)
    cite: Callable[[], Cited] = dict


def flow(stream: RtpStream) -> str:
    """``192.0.2.1:4000 → 198.51.100.2:5000``."""
    return _flow(stream.src, stream.dst)


@lru_cache(maxsize=1024)
def _flow(src: Endpoint, dst: Endpoint) -> str:
    return f"{host_text(src)} → {host_text(dst)}"


def packet(stream: RtpStream, file: int, frame: int, time_ns: int, what: str, kind: str = "RTP") -> Packet:
    """A packet of a stream, or one about it."""
    return Packet(Frame(file, frame), time_ns, f"{kind} {flow(stream)}: {what}")


def first_packet(stream: RtpStream, what: str = "first packet") -> Packet:
    """Of a stream."""
    return packet(stream, stream.first_file, stream.first_frame, stream.first_ns, what)


def last_packet(stream: RtpStream, what: str = "last packet") -> Packet:
    """Of a stream."""
    return packet(stream, stream.last_file, stream.last_frame, stream.last_ns, what)


def whole(name: str, stream: RtpStream) -> Callable[[], Cited]:
    """Cites a stream from its first packet to its last."""
    return lambda: {name: [first_packet(stream), last_packet(stream)]}


def change(
    name: str, before: RtpStream, after: RtpStream, old: str = "", new: str = ""
) -> Callable[[], Cited]:
    """Cites the last packet of one stream and the first of the next, ``of the old source`` and ``of the new``."""
    return lambda: {
        name: [last_packet(before, f"last packet{old}"), first_packet(after, f"first packet{new}")]
    }


def first_with(stream: RtpStream, form: Format, what: str) -> Packet:
    """The first packet of a payload type."""
    return packet(stream, stream.first_file, form.first_frame, form.first_ns, what)


def last_with(stream: RtpStream, form: Format, what: str) -> Packet:
    """The last packet of a payload type."""
    return packet(stream, stream.last_file, form.last_frame, form.last_ns, what)


def behind(stream: RtpStream, hole: Hole) -> Packet:
    """The packet that follows lost ones."""
    what = "one packet is missing before this one"
    if hole.count > 1:
        what = f"{hole.count} packets are missing before this one"
    return packet(stream, hole.file, hole.after_frame, hole.after_ns, what)
