"""Packets and capture files made of bytes, for the tests of the capture stage."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sipdiag.capture.payload import Accounting, Batch, FileInfo, Note, Payload
from sipdiag.capture.source import read

SECOND = 1_000_000_000
START_NS = 1_700_000_000 * SECOND
A, B = "192.0.2.1", "192.0.2.2"
A6, B6 = "2001:db8::1", "2001:db8::2"


def sip(method: str = "OPTIONS", call_id: str = "1", body: bytes = b"") -> bytes:
    head = (
        f"{method} sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{call_id}\r\n"
        f"Call-ID: {call_id}\r\nCSeq: 1 {method}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def udp(data: bytes, sport: int = 5060, dport: int = 5060) -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data


def tcp(data: bytes, seq: int, sport: int = 40000, dport: int = 5060, flags: int = 0x18) -> bytes:
    return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, 1, 5 << 4, flags, 65535, 0, 0) + data


def ipv4(
    payload: bytes,
    proto: int = 17,
    src: str = A,
    dst: str = B,
    ident: int = 1,
    frag: int = 0,
    total: int | None = None,
) -> bytes:
    size = 20 + len(payload) if total is None else total
    head = struct.pack(">BBHHHBBH", 0x45, 0, size, ident, frag, 64, proto, 0)
    return head + socket.inet_aton(src) + socket.inet_aton(dst) + payload


def ipv6(payload: bytes, proto: int = 17, src: str = A6, dst: str = B6) -> bytes:
    head = struct.pack(">IHBB", 6 << 28, len(payload), proto, 64)
    return head + socket.inet_pton(socket.AF_INET6, src) + socket.inet_pton(socket.AF_INET6, dst) + payload


def eth(payload: bytes, kind: int = 0x0800) -> bytes:
    return bytes(12) + struct.pack(">H", kind) + payload


def frame(data: bytes, sport: int = 5060, dport: int = 5060, src: str = A, dst: str = B) -> bytes:
    return eth(ipv4(udp(data, sport, dport), src=src, dst=dst))


def tcp_frame(data: bytes, seq: int, *, reverse: bool = False, flags: int = 0x18, port: int = 5060) -> bytes:
    if reverse:
        return eth(ipv4(tcp(data, seq, port, 40000, flags), 6, src=B, dst=A))
    return eth(ipv4(tcp(data, seq, 40000, port, flags), 6))


def rtp(sequence: int, ssrc: int = 7, kind: int = 8) -> bytes:
    return struct.pack(">BBHII", 0x80, kind, sequence, sequence * 160, ssrc) + bytes(160)


@dataclass(frozen=True)
class Packet:
    data: bytes
    time_ns: int
    wire: int | None = None


def timed(packets: Iterable[bytes], step_ns: int = SECOND // 100, start_ns: int = START_NS) -> list[Packet]:
    return [Packet(data, start_ns + number * step_ns) for number, data in enumerate(packets)]


def pcap(packets: Iterable[bytes | Packet], link: int = 1, order: str = "<", nano: bool = False) -> bytes:
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = bytearray(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link))
    for number, item in enumerate(packets):
        packet = (
            item if isinstance(item, Packet) else timed([item], start_ns=START_NS + number * SECOND // 100)[0]
        )
        seconds, rest = divmod(packet.time_ns, SECOND)
        wire = len(packet.data) if packet.wire is None else packet.wire
        out += struct.pack(order + "IIII", seconds, rest if nano else rest // 1000, len(packet.data), wire)
        out += packet.data
    return bytes(out)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(
    link: int = 1, options: Sequence[tuple[int, bytes]] = (), order: str = "<", snap: int = 0
) -> bytes:
    body = struct.pack(order + "HHI", link, 0, snap)
    for code, value in options:
        body += struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)
    return block(1, body + (bytes(4) if options else b""), order)


def enhanced(data: bytes, ticks: int, number: int = 0, order: str = "<", wire: int | None = None) -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), wire or len(data))
    return block(6, head + data, order)


@dataclass
class Result:
    batches: list[Batch]
    accounting: Accounting
    files: list[FileInfo]

    @property
    def payloads(self) -> list[Payload]:
        return [payload for batch in self.batches for payload in batch.payloads]

    @property
    def notes(self) -> list[Note]:
        return [note for batch in self.batches for note in batch.notes]

    @property
    def data(self) -> list[bytes]:
        return [payload.data for payload in self.payloads]

    def streams(self) -> dict[int, bytes]:
        joined: dict[int, bytes] = {}
        for payload in self.payloads:
            if payload.stream is not None:
                joined[payload.stream] = joined.get(payload.stream, b"") + payload.data
        return joined

    def assert_balanced(self) -> None:
        account = self.accounting
        assert account.seen == account.sip + account.rtp + account.other + sum(account.undecoded.values())


def read_paths(paths: Sequence[Path]) -> Result:
    result = Result([], Accounting(), [])
    result.batches = list(read([str(path) for path in paths], result.accounting, result.files))
    result.assert_balanced()
    return result


def read_bytes(folder: Path, *contents: bytes) -> Result:
    """Write each content to a file and read them all; every frame must be accounted for."""
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.cap"
        path.write_bytes(content)
        paths.append(path)
    return read_paths(paths)
