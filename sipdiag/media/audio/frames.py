"""The payloads of a stream in speaking order, each with its moment.

The moment follows the timestamps: jitter is inaudible, a loss is a hole.  Where timestamps and arrival
differ by more than :data:`APART_NS` the source restarted, or paused without counting, and arrival decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from sipdiag.capture.payload import MediaDatagram
from sipdiag.capture.segment import ahead

APART_NS = 1_000_000_000
_HEADER = 12


class AudioFrame(Struct, frozen=True):
    """A payload."""

    at_ns: int
    """When it was spoken, by the clock of the capture."""
    payload_type: int
    payload: bytes


class RtpPacket(Struct, frozen=True):
    """An RTP packet, its header read (RFC 3550 §5.1)."""

    time_ns: int
    payload_type: int
    seq: int
    stamp: int
    payload: bytes

    @classmethod
    def of(cls, packet: MediaDatagram) -> RtpPacket | None:
        """None for what is cut or no RTP."""
        data = packet.data
        if len(data) < _HEADER or data[0] >> 6 != 2:
            return None
        begin, end = _HEADER + 4 * (data[0] & 0xF), len(data)
        if data[0] & 0x10:
            begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
        if data[0] & 0x20:
            end -= data[-1]
        if begin > end:
            return None
        seq, stamp = int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:8], "big")
        return cls(packet.time_ns, data[1] & 0x7F, seq, stamp, data[begin:end])


def frames(packets: Iterable[RtpPacket], clocks: Mapping[int, int]) -> Iterator[AudioFrame]:
    """The payloads of the types in ``clocks``, each once, in the order in which they were spoken."""
    placed: dict[tuple[int, int], AudioFrame] = {}
    origin_ns = origin = last = 0
    for packet in packets:
        clock = clocks.get(packet.payload_type)
        if clock is None:
            continue
        if not placed:
            origin_ns, origin, last = packet.time_ns, packet.stamp, packet.stamp
        last += ahead(packet.stamp, last)
        at_ns = origin_ns + (last - origin) * 1_000_000_000 // clock
        if abs(packet.time_ns - at_ns) > APART_NS:
            origin_ns, origin, last = packet.time_ns, packet.stamp, packet.stamp
            at_ns = packet.time_ns
        placed.setdefault((packet.seq, packet.stamp), AudioFrame(at_ns, packet.payload_type, packet.payload))
    yield from sorted(placed.values(), key=lambda one: one.at_ns)
