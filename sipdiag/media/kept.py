"""RTP and RTCP without what was said: packets with the headers they had, and silence or a tone in place of speech.

What a stream lacked, when its packets came, and whether anything was to be heard, stays; who spoke, what was said and
which digits were sent does not.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from msgspec import Struct, field
from msgspec.structs import replace

from sipdiag.capture.payload import Batch, Endpoint, RtcpPacket, RtpIdentity, RtpRows
from sipdiag.capture.rtp import LOUD, QUIET
from sipdiag.media.rtcp import RECEIVER_REPORT, SENDER_REPORT

MOST_PACKETS = 500_000
"""Packets kept of a run; further ones are counted."""
LARGEST = 1500
"""Bytes of payload that are written."""
SILENCE = 0xFF
"""Of G.711 µ-law; A-law and other codecs hear a constant as well."""
TONE = bytes((0x90, 0xA0, 0x90, 0xFF, 0x10, 0x20, 0x10, 0x7F))
_DIGIT_BITS = 0x00FFFFFF
"""Of an event all but its number: which digit it was."""
_REPORT_BYTES = 28
_BLOCK_BYTES = 24

Columns = tuple[npt.NDArray[np.integer], ...]
Rename = Callable[[Endpoint], Endpoint]
Written = tuple[int, Endpoint, Endpoint, bytes]
"""Time, both ends, and the datagram."""


class Kept(Struct):
    """The packets of a run, so far as they are needed to write them again."""

    packets: int = 0
    left_out: int = 0
    _rows: list[Columns] = field(default_factory=list)
    _identities: list[RtpIdentity] = field(default_factory=list)
    _control: list[RtcpPacket] = field(default_factory=list)
    _loud: set[int] = field(default_factory=set)

    def add(self, batch: Batch) -> None:
        """Keep the packets of a batch."""
        if batch.rtp is not None:
            self._add(batch.rtp)
        for packet in batch.rtcp:
            self._report(packet)

    def _add(self, rows: RtpRows) -> None:
        rows = rows.take(rows.identity >= 0)
        room = MOST_PACKETS - self.packets
        self.left_out += max(0, len(rows.seq) - room)
        rows = rows.take(slice(0, max(0, room)))
        self.packets += len(rows.seq)
        self._identities = list(rows.identities)
        heard = (rows.sound == LOUD) | (rows.sound == QUIET)
        self._loud.update(np.unique(rows.identity[heard]).tolist())
        self._rows.append(
            (
                rows.identity.astype(np.int32),
                rows.time_ns.copy(),
                rows.seq.astype(np.uint16),
                rows.stamp.astype(np.uint32),
                np.minimum(rows.size, LARGEST).astype(np.uint16),
                rows.event.copy(),
            )
        )

    def _report(self, packet: RtcpPacket) -> None:
        if self.packets < MOST_PACKETS:
            self.packets += 1
            self._control.append(packet)
        else:
            self.left_out += 1

    def renamed(self, name: Rename) -> None:
        """Give the ends other addresses."""
        self._identities = [one._replace(src=name(one.src), dst=name(one.dst)) for one in self._identities]
        self._control = [
            replace(packet, src=name(packet.src), dst=name(packet.dst)) for packet in self._control
        ]

    def written(self) -> Iterator[Written]:
        """The packets as they may be shared."""
        for columns in self._rows:
            for number, time_ns, seq, stamp, size, event in zip(
                *(column.tolist() for column in columns), strict=True
            ):
                one = self._identities[number]
                head = struct.pack("!BBHII", 0x80, one.payload_type, seq, stamp, one.ssrc)
                payload = (
                    struct.pack("!I", event & _DIGIT_BITS) if event >= 0 else self._payload(number, size)
                )
                yield time_ns, one.src, one.dst, head + payload
        for packet in self._control:
            data = _reports(packet.data)
            if data:
                yield packet.time_ns, packet.src, packet.dst, data

    def _payload(self, number: int, size: int) -> bytes:
        if number in self._loud:
            return (TONE * (size // len(TONE) + 1))[:size]
        return bytes([SILENCE]) * size


def _reports(data: bytes) -> bytes:
    """The sender and receiver reports of a compound: all else may name somebody."""
    kept, at = b"", 0
    while at + 8 <= len(data):
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at] >> 6 != 2 or end > len(data):
            break
        if data[at + 1] in (SENDER_REPORT, RECEIVER_REPORT):
            fixed = _REPORT_BYTES if data[at + 1] == SENDER_REPORT else 8
            size = min(end - at, fixed + _BLOCK_BYTES * (data[at] & 0x1F))
            kept += (
                struct.pack("!BBH", data[at] & 0xDF, data[at + 1], size // 4 - 1) + data[at + 4 : at + size]
            )
        at = end
    return kept
