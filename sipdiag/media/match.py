"""Which streams belong to which leg, and to which of its ends they go.

A session description says where its sender wants to *receive* (RFC 3264 §5.1), not where it
sends from.  So a stream belongs to a leg by its destination first; by its source only where its destination
is in no description: behind a NAT the peer sends back to where packets came from (latching), and most stacks send
from the port they receive on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from sipdiag.capture.payload import Endpoint
from sipdiag.media.stream import RtpStream
from sipdiag.sip.sdp import Codec, Sdp

GRACE_NS = 2_000_000_000
"""Media for the previous description may still be in flight for this long (RFC 3264 §8.3.1 gives no time)."""
SETTLING_NS = 1_000_000_000
"""A stream that begins this soon before its call's first message is that call's."""

By = Literal["destination", "source"]
"""How a stream was matched to a leg."""


class SessionDescription(Struct, frozen=True):
    """A session description that one side of a leg sent."""

    time_ns: int
    by_caller: bool
    sdp: Sdp
    dialog: str = ""
    """To tag of the dialog: another branch of a fork has another."""

    @property
    def ends(self) -> Iterator[Endpoint]:
        """Where its sender wants to receive."""
        for media in self.sdp.media:
            if media.port and media.connection:
                yield Endpoint(media.connection, media.port)
                yield from (Endpoint(address, port) for address, port in media.candidates)


class Session(Struct, frozen=True):
    """The media descriptions of both ends of a leg."""

    start_ns: int
    end_ns: int | None
    """When the leg ended; None where it did not."""
    said: Sequence[SessionDescription]
    """In the order of time."""

    def wanted(self, by_caller: bool) -> Iterator[Endpoint]:
        """Where one side wanted to receive at any time."""
        for one in self.said:
            if one.by_caller == by_caller:
                yield from one.ends

    def codecs(self, by_caller: bool) -> dict[int, Codec]:
        """The payload types that one side said it receives, at any time."""
        return {
            codec.payload_type: codec
            for one in self.said
            if one.by_caller == by_caller
            for media in one.sdp.media
            for codec in media.codecs
        }

    def in_force(self, by_caller: bool, time_ns: int) -> list[SessionDescription]:
        """The last descriptions of one side at a moment: one of each dialog."""
        latest: dict[str, SessionDescription] = {}
        for one in self.said:
            if one.by_caller == by_caller and one.time_ns <= time_ns:
                latest[one.dialog] = one
        return list(latest.values())


class Matched(Struct, frozen=True):
    """A stream that belongs to a leg."""

    number: int
    """Of the stream, in the order of the capture's."""
    stream: RtpStream
    to_caller: bool
    by: By


class StreamIndex:
    """The streams of a capture by their ends."""

    def __init__(self, streams: Sequence[RtpStream]) -> None:
        self.all = streams
        self._pairs = {(stream.src.address, stream.dst.address) for stream in streams}
        self._to: Mapping[Endpoint, list[int]] = _index(stream.dst for stream in streams)
        self._from: Mapping[Endpoint, list[int]] = _index(stream.src for stream in streams)

    def __bool__(self) -> bool:
        return bool(self.all)

    def of(self, session: Session) -> list[Matched]:
        """The streams of a session, by their begin."""
        found: dict[int, Matched] = {}
        ways: tuple[tuple[By, Mapping[Endpoint, list[int]]], ...] = (
            ("destination", self._to),
            ("source", self._from),
        )
        for by, index in ways:
            for receiver in (True, False):
                # What is sent from the port on which the callee receives goes to the caller.
                wanted = session.wanted(receiver if by == "destination" else not receiver)
                for number in self._at(index, dict.fromkeys(wanted), session):
                    found.setdefault(number, Matched(number, self.all[number], receiver, by))
        return sorted(found.values(), key=lambda one: (one.stream.first_ns, one.number))

    def touching(self, ends: Iterable[Endpoint], since_ns: int, until_ns: int) -> Iterator[int]:
        """The numbers of the streams to or from any of these ends in a time."""
        for end in dict.fromkeys(ends):
            for number in (*self._to.get(end, ()), *self._from.get(end, ())):
                stream = self.all[number]
                if stream.first_ns <= until_ns and stream.last_ns >= since_ns:
                    yield number

    def between(self, some: Container[str], others: Container[str]) -> bool:
        """Whether any stream went between these addresses, either way."""
        return any(
            (src in some and dst in others) or (src in others and dst in some) for src, dst in self._pairs
        )

    def _at(
        self, index: Mapping[Endpoint, list[int]], ends: Iterable[Endpoint], session: Session
    ) -> Iterator[int]:
        for end in ends:
            for number in index.get(end, ()):
                stream = self.all[number]
                ended = session.end_ns is not None and stream.first_ns > session.end_ns
                if not ended and stream.last_ns >= session.start_ns - SETTLING_NS:
                    yield number


def _index(ends: Iterable[Endpoint]) -> Mapping[Endpoint, list[int]]:
    index: defaultdict[Endpoint, list[int]] = defaultdict(list)
    for number, end in enumerate(ends):
        index[end].append(number)
    return dict(index)
