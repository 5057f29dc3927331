"""Takes IP fragments out of the table of packets, and classifies reassembled datagrams."""

from __future__ import annotations

from sipdiag.capture import packets
from sipdiag.capture.frames import Frames
from sipdiag.capture.network import UDP_TUNNELS
from sipdiag.capture.packets import Packets
from sipdiag.capture.reassembly import Fragment


def fragment(p: Packets, row: int, frames: Frames) -> Fragment:
    """The fragment in this row, which the peelers left at :data:`packets.FRAGMENT_4` or ``_6``."""
    raw, network = p.chunk.raw, int(p.network[row])
    begin, end, wire_end = int(p.offset[row]), int(p.end[row]), int(p.wire_end[row])
    if p.next[row] == packets.FRAGMENT_4:
        version = 4
        field = raw[network + 6] << 8 | raw[network + 7]
        more, offset = bool(field & 0x2000), (field & 0x1FFF) << 3
        header = bytes(raw[network:begin])
        addresses, protocol = header[12:20], header[9]
        identification = header[4] << 8 | header[5]
    else:
        version = 6
        field = raw[begin + 2] << 8 | raw[begin + 3]
        more, offset = bool(field & 1), field & 0xFFF8
        # Without the fragment header, and without those before it, which nothing here needs.
        header = (
            bytes(raw[network : network + 6]) + bytes((raw[begin],)) + bytes(raw[network + 7 : network + 40])
        )
        addresses, protocol = header[8:40], 0
        identification = int.from_bytes(raw[begin + 4 : begin + 8], "big")
        begin += 8
    point = int(frames.point[row])
    return Fragment(
        key=(addresses, version, protocol, identification, point),
        version=version,
        header=header,
        offset=offset,
        data=bytes(raw[begin:end]),
        size=wire_end - begin,
        more=more,
        time_ns=int(frames.time_ns[row]),
        file=frames.file,
        frames=frames.of(row),
        captured=frames.weight_of(row),
    )


_TUNNEL_PROTOCOLS = frozenset((4, 41, 47, 50, 51, 97, 115))
_TUNNEL_PORTS = frozenset(port for port, _ in UDP_TUNNELS)


def may_be_tunnel(packet: bytes) -> bool:
    """Whether an IP packet carries another one, which may be a fragment in its turn."""
    version_4 = packet[0] >> 4 == 4
    protocol = packet[9] if version_4 else packet[6]
    if protocol != 17:
        return protocol in _TUNNEL_PROTOCOLS
    start = (packet[0] & 15) << 2 if version_4 else 40
    return int.from_bytes(packet[start + 2 : start + 4], "big") in _TUNNEL_PORTS
