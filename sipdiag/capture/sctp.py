"""SCTP (RFC 9260): DATA chunks that carry SIP (RFC 4168), fragmented messages joined."""

from __future__ import annotations

import struct
from collections import OrderedDict

from msgspec import Struct, field

from sipdiag.capture.payload import Endpoint, Note

DATA = 0
_BEGIN, _END = 2, 1
MOST_FRAGMENTS = 4096
"""Fragments kept at a time; the oldest go first."""
MOST_PARTS = 256
"""Fragments of one message."""

Key = tuple[Endpoint, Endpoint, int, int]
"""Both ends, verification tag, transmission sequence number (TSN)."""


class _Part(Struct, frozen=True):
    flags: int
    data: bytes
    frame: int


class Sctp(Struct):
    """The associations of one lane."""

    _parts: OrderedDict[Key, _Part] = field(default_factory=OrderedDict)
    _dropped: int = 0

    def note(self) -> Note | None:
        """A warning when fragments had to be dropped."""
        if not self._dropped:
            return None
        return Note(
            "bound",
            f"More than {MOST_FRAGMENTS:,} SCTP fragments were waiting at a time: {self._dropped:,} were dropped, "
            "and their messages are missing.",
        )

    def messages(
        self, src: Endpoint, dst: Endpoint, tag: int, chunks: bytes, frame: int
    ) -> list[tuple[bytes, tuple[int, ...]]]:
        """The user messages that the chunks of a packet complete, each with its frames."""
        found: list[tuple[bytes, tuple[int, ...]]] = []
        position = 0
        while position + 4 <= len(chunks):
            kind, flags, size = struct.unpack_from(">BBH", chunks, position)
            if size < 4:
                break
            if kind == DATA and size > 16 and position + 16 < len(chunks):
                (tsn,) = struct.unpack_from(">I", chunks, position + 4)
                data = chunks[position + 16 : position + size]
                if flags & 3 == _BEGIN | _END:
                    found.append((data, (frame,)))
                else:
                    self._add((src, dst, tag, tsn), _Part(flags, data, frame), found)
            position += size + 3 & ~3
        return found

    def _add(self, key: Key, part: _Part, found: list[tuple[bytes, tuple[int, ...]]]) -> None:
        """Keep a fragment, and join the message it completes: consecutive TSNs from B to E."""
        self._parts[key] = part
        if len(self._parts) > MOST_FRAGMENTS:
            self._parts.popitem(last=False)
            self._dropped += 1
        src, dst, tag, tsn = key
        first = tsn
        while not self._parts[src, dst, tag, first].flags & _BEGIN:
            first = first - 1 & 0xFFFF_FFFF
            if (src, dst, tag, first) not in self._parts or tsn - first > MOST_PARTS:
                return
        parts: list[_Part] = []
        following: _Part | None = self._parts[src, dst, tag, first]
        while following is not None and len(parts) <= MOST_PARTS:
            parts.append(following)
            if following.flags & _END:
                break
            following = self._parts.get((src, dst, tag, first + len(parts) & 0xFFFF_FFFF))
        if not parts[-1].flags & _END:
            return
        for number in range(len(parts)):
            del self._parts[src, dst, tag, first + number & 0xFFFF_FFFF]
        frames = sorted({item.frame for item in parts} - {part.frame})
        found.append((b"".join(item.data for item in parts), (*frames, part.frame)))
