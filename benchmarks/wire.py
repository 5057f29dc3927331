"""Frames and pcap records: Ethernet, IPv4, UDP, TCP, VXLAN, IP fragments."""

from __future__ import annotations

import struct
from collections.abc import Iterator

GLOBAL_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
START_S = 1_790_000_000
"""Capture time of the first packet, seconds since the epoch."""
ETHERNET = bytes.fromhex("02000000000202000000000108 00")

Address = tuple[str, int]
"""Dotted IPv4 address and port."""


def packed(address: str) -> bytes:
    """The four bytes of a dotted address."""
    return bytes(int(part) for part in address.split("."))


def _checksum(header: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ipv4(src: str, dst: str, protocol: int, payload: bytes, *, ident: int = 0, fragment: int = 0) -> bytes:
    """An IPv4 packet; ``fragment`` is the flags-and-offset word."""
    head = struct.pack(
        ">BBHHHBBH4s4s",
        0x45,
        0,
        20 + len(payload),
        ident,
        fragment,
        64,
        protocol,
        0,
        packed(src),
        packed(dst),
    )
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + payload


def udp(src: Address, dst: Address, payload: bytes) -> bytes:
    """An IPv4 packet with a datagram, without UDP checksum."""
    return ipv4(src[0], dst[0], 17, struct.pack(">HHHH", src[1], dst[1], 8 + len(payload), 0) + payload)


def fragmented(src: Address, dst: Address, payload: bytes, ident: int, size: int = 512) -> Iterator[bytes]:
    """The IPv4 fragments of a datagram, ``size`` bytes each (a multiple of 8)."""
    datagram = struct.pack(">HHHH", src[1], dst[1], 8 + len(payload), 0) + payload
    for offset in range(0, len(datagram), size):
        more = 0x2000 if offset + size < len(datagram) else 0
        piece = datagram[offset : offset + size]
        yield ipv4(src[0], dst[0], 17, piece, ident=ident, fragment=more | offset // 8)


def tcp(src: Address, dst: Address, sequence: int, acknowledged: int, flags: int, payload: bytes) -> bytes:
    """An IPv4 packet with a TCP segment, without TCP checksum."""
    head = struct.pack(
        ">HHIIBBHHH",
        src[1],
        dst[1],
        sequence & 0xFFFFFFFF,
        acknowledged & 0xFFFFFFFF,
        0x50,
        flags,
        65535,
        0,
        0,
    )
    return ipv4(src[0], dst[0], 6, head + payload)


def vxlan(inner_frame: bytes) -> bytes:
    """The IPv4 packet that carries ``inner_frame`` from one mirror to its collector (RFC 7348)."""
    return udp(("10.255.0.1", 49152), ("10.255.0.2", 4789), bytes.fromhex("0800000000002a00") + inner_frame)


def record(time_us: int, packet: bytes) -> bytes:
    """A pcap record of an Ethernet frame; ``time_us`` counts from the start of the capture."""
    frame = ETHERNET + packet
    seconds, micros = divmod(time_us, 1_000_000)
    return struct.pack("<IIII", START_S + seconds, micros, len(frame), len(frame)) + frame
