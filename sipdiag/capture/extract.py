"""Writes some packets of captures as a capture of their own, with their bytes, times and lengths."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sipdiag.capture import pcapfile
from sipdiag.capture.capturefile import CaptureFile
from sipdiag.capture.connections import Renumbered
from sipdiag.capture.payload import Accounting, Endpoint, FileInfo
from sipdiag.capture.pcapng_blocks import ENHANCED_PACKET, INTERFACE, OPTION_TSRESOL, SECTION
from sipdiag.capture.source import read_one

_NANOSECONDS = 9
"""The resolution of the times in pcapng: ten to the power of minus nine."""

Span = tuple[int, int]
"""The first and the last frame that is looked at."""
Ports = frozenset[tuple[str, int]]
"""The key a stream's packets share with its RTCP, in either direction."""


class Flow(NamedTuple):
    """An RTP stream, by what its packets say."""

    src: Endpoint
    dst: Endpoint
    ssrc: int


class StoredPacket(NamedTuple):
    """A packet as it was captured."""

    time_ns: int
    link: int
    """LINKTYPE_ number."""
    wire: int
    """Bytes it had on the wire."""
    data: bytes


class WantedStreams(NamedTuple):
    """The media of one call."""

    flows: Sequence[Flow]
    within: Span
    """Other calls use the same ports at other times."""
    ends: frozenset[Endpoint]
    """Where its session descriptions want media: what sets that up goes there, or comes from there."""


def media_frames(path: str, calls: Iterable[WantedStreams]) -> set[int]:
    """Frames of one capture, read once, that carry the streams, their RTCP, or what set them up.

    :raises sipdiag.capture.payload.CaptureError: it cannot be read.
    """
    by_flow: defaultdict[Flow, list[Span]] = defaultdict(list)
    by_ports: defaultdict[Ports, list[Span]] = defaultdict(list)
    by_end: defaultdict[Endpoint, list[Span]] = defaultdict(list)
    for call in calls:
        for end in call.ends:
            by_end[end].append(call.within)
        for flow in call.flows:
            by_flow[flow].append(call.within)
            by_ports[_ports(flow.src, flow.dst)].append(call.within)
    spans: dict[int, list[Span]] = {}
    met = 0
    found: set[int] = set()
    for batch in read_one(path, 0, Accounting(), FileInfo(path=path, format="")):
        if batch.rtp is not None:
            for number, one in enumerate(batch.rtp.identities[met:], met):
                if (known := by_flow.get(Flow(one.src, one.dst, one.ssrc))) is not None:
                    spans[number] = known
            met = len(batch.rtp.identities)
            rows = np.flatnonzero(np.isin(batch.rtp.identity, list(spans)))
            columns = batch.rtp.frame[rows].tolist(), batch.rtp.identity[rows].tolist()
            found.update(frame for frame, number in zip(*columns, strict=True) if _in(frame, spans[number]))
        found.update(
            one.frame
            for one in (*batch.rtcp, *batch.setup)
            if _in(one.frame, by_ports.get(_ports(one.src, one.dst), ()))
        )
        found.update(
            one.frame
            for one in batch.setup
            if any(_in(one.frame, by_end.get(end, ())) for end in (one.src, one.dst))
        )
    return found


def _in(frame: int, spans: Iterable[Span]) -> bool:
    return any(first <= frame <= last for first, last in spans)


def _ports(src: Endpoint, dst: Endpoint) -> Ports:
    """Of each end the address, and the port or the odd one after it, which RTCP has (RFC 3550 §11)."""
    return frozenset((end.address, end.port // 2) for end in (src, dst))


def stored(
    paths: Sequence[str],
    frames: Mapping[int, set[int]],
    renumbered: Mapping[int, Mapping[int, Renumbered]],
) -> list[StoredPacket]:
    """These frames of these files (by their index), in the order of time, some of them renumbered.

    :raises sipdiag.capture.payload.CaptureError: a file cannot be read.
    """
    found: list[StoredPacket] = []
    for index, wanted in frames.items():
        numbers = np.array(sorted(wanted), dtype=np.int64)
        file = CaptureFile(paths[index], index, FileInfo(path=paths[index], format=""))
        for chunk in file.records():
            for run in chunk.records:
                for row in np.flatnonzero(np.isin(run.frame, numbers)).tolist():
                    start = int(run.start[row])
                    data = bytes(run.chunk.raw[start : start + int(run.length[row])])
                    if (changed := renumbered.get(index, {}).get(int(run.frame[row]))) is not None:
                        data = changed.written(data)
                    found.append(
                        StoredPacket(int(run.time_ns[row]), int(run.link[row]), int(run.wire[row]), data)
                    )
    return sorted(found, key=lambda packet: packet.time_ns)


def capture_file(packets: Sequence[StoredPacket]) -> Iterator[bytes]:
    """A pcap file with nanosecond times; a pcapng file where packets are of several link types."""
    links = list(dict.fromkeys(packet.link for packet in packets))
    return _pcapng(packets, links) if len(links) > 1 else _pcap(packets, links[0] if links else 1)


def _pcap(packets: Sequence[StoredPacket], link: int) -> Iterator[bytes]:
    yield pcapfile.header(link)
    for packet in packets:
        yield pcapfile.record(packet.time_ns, packet.wire, packet.data)


def _pcapng(packets: Sequence[StoredPacket], links: Sequence[int]) -> Iterator[bytes]:
    yield _block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for link in links:
        options = struct.pack("<HHB3xHH", OPTION_TSRESOL, 1, _NANOSECONDS, 0, 0)
        yield _block(INTERFACE, struct.pack("<HHI", link, 0, pcapfile.SNAPLEN) + options)
    for packet in packets:
        high, low = divmod(packet.time_ns, 1 << 32)
        head = struct.pack("<IIIII", links.index(packet.link), high, low, len(packet.data), packet.wire)
        yield _block(ENHANCED_PACKET, head + packet.data)


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
