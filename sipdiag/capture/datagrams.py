"""Packets within packets: reassembled from fragments, taken from a tunnel, or copied by an agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from sipdiag.capture import packets
from sipdiag.capture.columns import Addresses
from sipdiag.capture.encapsulated import Dissector
from sipdiag.capture.frames import Frames
from sipdiag.capture.hep import HepPacket
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import MediaDatagram, Payload
from sipdiag.capture.reassembly import Datagram
from sipdiag.capture.records import PADDING, Chunk, Ints, Records
from sipdiag.position import Frame


def dissected(dissector: Dissector, link: int, p: Packets, rows: Ints, frames: Frames) -> list[Datagram]:
    """The IP packets that scapy finds in these rows of link type ``link``; rows without one give none."""
    whole: list[Datagram] = []
    for row in rows.tolist():
        packet = dissector.inner_ip(link, bytes(p.chunk.raw[p.offset[row] : p.end[row]]))
        if packet:
            missing = int(p.wire_end[row] - p.end[row])
            whole.append(
                Datagram(
                    packet=packet,
                    wire=len(packet) + missing,
                    frames=frames.of(row),
                    captured=frames.weight_of(row),
                    time_ns=int(frames.time_ns[row]),
                    point=int(frames.point[row]),
                )
            )
    return whole


def as_records(inner: list[Datagram], file: int) -> tuple[Records, Frames]:
    """The packets as records of link type raw IP, and the frames that each of them came in."""
    lengths = np.array([len(datagram.packet) for datagram in inner], dtype=np.int64)
    records = Records(
        chunk=Chunk(b"".join(datagram.packet for datagram in inner) + bytes(PADDING)),
        start=np.cumsum(lengths) - lengths,
        length=lengths,
        wire=np.array([datagram.wire for datagram in inner], dtype=np.int64),
        time_ns=np.array([datagram.time_ns for datagram in inner], dtype=np.int64),
        link=np.full(len(inner), packets.LINKTYPE_RAW, dtype=np.int64),
        point=np.array([datagram.point for datagram in inner], dtype=np.int64),
        frame=np.array([datagram.frames[-1] for datagram in inner], dtype=np.int64),
    )
    frames = Frames(
        file=file,
        time_ns=records.time_ns,
        point=records.point,
        number=records.frame,
        groups=[datagram.frames for datagram in inner],
        captured=np.array([datagram.captured for datagram in inner], dtype=np.int64),
    )
    return records, frames


def copied(packet: HepPacket, p: Packets, row: int, frames: Frames) -> Payload:
    """What a HEP agent copied, with the agent's time where it gives one."""
    outer_ns = int(frames.time_ns[row])
    return Payload(
        time_ns=outer_ns if packet.time_ns is None else packet.time_ns,
        position=Frame.of(frames.file, frames.of(row)),
        src=packet.src,
        dst=packet.dst,
        transport=packet.transport,
        data=packet.data,
        cut=int(p.wire_end[row] - p.end[row]),
        point=int(frames.point[row]),
        correlation=packet.correlation,
    )


def datagrams(
    p: Packets,
    rows: Ints,
    transport: str,
    contents: Iterable[bytes],
    numbers: Iterable[tuple[int, ...]],
    frames: Frames,
    addresses: Addresses,
) -> Iterator[Payload]:
    """A datagram for each of these rows, with its bytes and its frames."""
    facts = (p.network, p.transport, p.wire_end, p.end, frames.time_ns, frames.point)
    of_rows = zip(*(column[rows].tolist() for column in facts), strict=True)
    for data, number, (network, at, wire_end, end, time_ns, point) in zip(
        contents, numbers, of_rows, strict=True
    ):
        src, dst = addresses.ends(p.chunk, network, at)
        yield Payload(
            time_ns=time_ns,
            position=Frame.of(frames.file, number),
            src=src,
            dst=dst,
            transport=transport,
            data=data,
            cut=wire_end - end,
            point=point,
        )


def beside_media(
    p: Packets, rows: Ints, frames: Frames, first_file: int, addresses: Addresses
) -> Iterator[MediaDatagram]:
    """Packets that are neither SIP nor RTP but matter for media; ``first_file`` of the lane."""
    for row in rows.tolist():
        src, dst = addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))
        yield MediaDatagram(
            time_ns=int(frames.time_ns[row]),
            frame=int(frames.number[row]),
            file=frames.file,
            place=(first_file, int(frames.point[row])),
            src=src,
            dst=dst,
            data=bytes(p.chunk.raw[p.offset[row] : p.end[row]]),
        )
