"""From messages to frames: Ethernet with VLANs, IPv4/IPv6, UDP, or TCP with handshake and WebSocket.

scapy builds each packet and its checksums; it is imported when the first capture is written (about half a second).
"""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import Any

from msgspec import Struct, field

from sipdiag.scenario.ladder import SentMessage
from sipdiag.scenario.party import PacketEnd, bracketed
from sipdiag.scenario.schema import Scenario
from sipdiag.scenario.tokens import Tokens
from sipdiag.scenario.websocket import frame, opening

_SEGMENT = 1448
"""Payload of a full TCP segment (Ethernet, with timestamps left out)."""
_MTU = 1500
_FRAGMENT = 1480
"""Payload of an IPv4 fragment (a multiple of 8)."""
_QUOTED = 548
"""Bytes of the packet that an ICMP error repeats (RFC 1812 §4.3.2.3)."""
_REASSEMBLY_NS = 30_000_000_000
_ROUND_TRIP_NS = 24_000_000
_ACK_NS = 180_000
_COPY_NS = 21_000
"""How much later a mirror port delivers the second copy."""
_IPV4, _IPV6, _VLAN, _OUTER_VLAN = 0x0800, 0x86DD, 0x8100, 0x88A8


class _Connection(Struct):
    """One TCP connection; ``client`` opened it."""

    client: PacketEnd
    client_port: int
    server: PacketEnd
    next: dict[str, int] = field(default_factory=dict)
    """Next sequence number by sender's name."""
    held: list[tuple[str, int, int]] = field(default_factory=list)
    """Segments that the network holds back: sender's name, time of arrival (ns), sequence number."""

    def received(self, sender: str, when: int) -> int:
        """What the other side can acknowledge of a sender's data at a time."""
        missing = [number for name, arrival, number in self.held if name == sender and arrival > when]
        return min([self.next[sender], *missing])


class _Packet(Struct):
    time_ns: int
    data: bytes
    twice: bool = False


class _Wire:
    """Builds packets; keeps the IP identifications and the TCP connections."""

    def __init__(self, scenario: Scenario) -> None:
        self._tokens = Tokens(scenario.seed)
        self._vlan = scenario.vlan
        self._ids: dict[str, int] = {}
        self._connections: dict[frozenset[str], _Connection] = {}
        self.packets: list[_Packet] = []

    def udp(self, sent: SentMessage) -> None:
        from scapy.layers.inet import UDP

        segment = UDP(sport=sent.src.port, dport=sent.dst.port) / sent.data
        self._emit(sent.time_ns + sent.delay_ns, sent.src, sent.dst, segment, "copy" in sent.flags, sent.dscp)
        if "unreachable" in sent.flags:
            self._refuse(sent, segment, _ROUND_TRIP_NS // 2)
        if "unassembled" in sent.flags:
            self._refuse(sent, segment, _REASSEMBLY_NS)

    def _refuse(self, sent: SentMessage, segment: object, after_ns: int) -> None:
        """An ICMP error (RFC 792, RFC 4443 §3) from the addressee, quoting the packet: its port or its fragments."""
        from scapy.layers.inet import ICMP, IP
        from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6TimeExceeded, IPv6

        source, target = sent.src.address, sent.dst.address
        fragments = "unassembled" in sent.flags
        error: Any
        if ":" in source:
            error = ICMPv6TimeExceeded(code=1) if fragments else ICMPv6DestUnreach(code=4)
            error /= IPv6(src=source, dst=target, hlim=59) / segment
        else:
            quoted = bytes(IP(src=source, dst=target, ttl=59) / segment)[:_QUOTED]
            error = ICMP(type=11 if fragments else 3, code=1 if fragments else 3) / quoted
        self._emit(sent.time_ns + after_ns, sent.dst, sent.src, error, False)

    def tcp(self, sent: SentMessage, joined: list[SentMessage]) -> None:
        """A message in segments; ``joined`` are further messages that ride in the same segment."""
        connection = self._connection(sent)
        data = b"".join(self._in_stream(connection, one) for one in [sent, *joined])
        size = len(data) // 2 + 1 if "split" in sent.flags else _SEGMENT
        for offset in range(0, len(data), size):
            piece = data[offset : offset + size]
            when = sent.time_ns + sent.delay_ns + offset // size * 60_000
            if sent.delay_ns > 0:
                connection.held.append((sent.src.name, when, connection.next[sent.src.name]))
            self._segment(connection, when, sent.src, "PA", piece, "copy" in sent.flags)
            if "unacknowledged" not in sent.flags:
                self._segment(connection, when + _ACK_NS, sent.dst, "A", b"", False)

    def skip(self, sent: SentMessage) -> None:
        """A lost message still takes its place in the sequence numbers."""
        if sent.transport != "udp":
            connection = self._connection(sent)
            connection.next[sent.src.name] += len(self._in_stream(connection, sent))

    def _in_stream(self, connection: _Connection, sent: SentMessage) -> bytes:
        """The message as it stands in its byte stream."""
        if sent.transport == "tcp":
            return sent.data
        return frame(self._tokens, sent.data, sent.src == connection.client)

    def _connection(self, sent: SentMessage) -> _Connection:
        key = frozenset((sent.src.name, sent.dst.name))
        if key not in self._connections:
            port = self._tokens.number(32768, 60999, "tcp", sent.src.name, sent.dst.name)
            connection = _Connection(sent.src, port, sent.dst)
            for name in key:
                connection.next[name] = self._tokens.number(10**6, 4 * 10**9, "isn", name)
            self._connections[key] = connection
            if sent.transport == "ws":
                self._handshake(connection, sent.time_ns - 4 * _ROUND_TRIP_NS)
                self._upgrade(connection, sent.time_ns - 2 * _ROUND_TRIP_NS)
            else:
                self._handshake(connection, sent.time_ns - 2 * _ROUND_TRIP_NS)
        return self._connections[key]

    def _handshake(self, connection: _Connection, start_ns: int) -> None:
        client, server = connection.client, connection.server
        self._segment(connection, start_ns, client, "S", b"", False)
        connection.next[client.name] += 1
        self._segment(connection, start_ns + _ROUND_TRIP_NS, server, "SA", b"", False)
        connection.next[server.name] += 1
        self._segment(connection, start_ns + _ROUND_TRIP_NS + 100_000, client, "A", b"", False)

    def _upgrade(self, connection: _Connection, start_ns: int) -> None:
        """The HTTP request that turns the connection into a WebSocket."""
        client, server = connection.client, connection.server
        host = f"{bracketed(server.address)}:{server.port}"
        request, response = opening(self._tokens, host, client.name, server.name)
        self._segment(connection, start_ns, client, "PA", request, False)
        self._segment(connection, start_ns + _ROUND_TRIP_NS, server, "PA", response, False)

    def _segment(
        self, link: _Connection, when: int, src: PacketEnd, flags: str, data: bytes, twice: bool
    ) -> None:
        from scapy.layers.inet import TCP

        dst = link.server if src == link.client else link.client
        ports = {link.client.name: link.client_port, link.server.name: link.server.port}
        segment = TCP(
            sport=ports[src.name],
            dport=ports[dst.name],
            seq=link.next[src.name] % 2**32,
            ack=link.received(dst.name, when) % 2**32 if "A" in flags else 0,
            flags=flags,
            window=64240,
            options=[("MSS", 1460)] if "S" in flags else [],
        )
        link.next[src.name] += len(data)
        self._emit(when, src, dst, segment / data if data else segment, twice)

    def _emit(
        self, when: int, src: PacketEnd, dst: PacketEnd, segment: object, twice: bool, dscp: int = 0
    ) -> None:
        from scapy.layers.inet import IP
        from scapy.layers.inet6 import IPv6

        source, target = src.address, dst.address
        link = self._link(source, target)
        if ":" in source:
            self.packets.append(
                _Packet(
                    when, bytes(link / IPv6(src=source, dst=target, tc=dscp << 2, hlim=60) / segment), twice
                )
            )
            return
        number = self._ids.get(source, self._tokens.number(1, 50000, "ip-id", source))
        self._ids[source] = (number + 1) % 65536
        whole = bytes(IP(src=source, dst=target, tos=dscp << 2, id=number, ttl=60, flags="DF") / segment)
        if len(whole) <= _MTU:
            self.packets.append(_Packet(when, bytes(link / whole), twice))
            return
        protocol, payload = whole[9], whole[20:]
        for offset in range(0, len(payload), _FRAGMENT):
            piece = payload[offset : offset + _FRAGMENT]
            more = "MF" if offset + _FRAGMENT < len(payload) else 0
            head = IP(src=source, dst=target, id=number, ttl=60, proto=protocol, flags=more, frag=offset // 8)
            self.packets.append(_Packet(when + offset, bytes(link / head / piece), twice))

    def _link(self, source: str, target: str) -> Any:
        """The Ethernet header with its VLAN tags."""
        from scapy.layers.l2 import Dot1Q, Ether

        types = [_OUTER_VLAN, _VLAN][-len(self._vlan) :] if self._vlan else []
        types.append(_IPV6 if ":" in source else _IPV4)
        header = Ether(src=_mac(source), dst=_mac(target), type=types[0])
        for vlan, inner in zip(self._vlan, types[1:], strict=True):
            header /= Dot1Q(vlan=vlan, type=inner)
        return header


def _mac(address: str) -> str:
    """A locally administered MAC address of a host."""
    digest = hashlib.sha256(address.encode()).digest()
    return ":".join(f"{octet:02x}" for octet in (0x02, *digest[:5]))


def to_pcap(scenario: Scenario, messages: list[SentMessage]) -> bytes:
    """The capture file: pcap, microseconds, Ethernet."""
    wire = _Wire(scenario)
    index = 0
    while index < len(messages):
        sent = messages[index]
        index += 1
        if "lost" in sent.flags:
            wire.skip(sent)
        elif sent.transport == "udp":
            wire.udp(sent)
        else:
            joined = []
            while index < len(messages) and "join" in messages[index].flags:
                joined.append(messages[index])
                index += 1
            wire.tcp(sent, joined)
    return _file(wire.packets, scenario)


def _file(packets: list[_Packet], scenario: Scenario) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scapy.utils import RawPcapWriter

    again = [packet for packet in packets if scenario.copies or packet.twice]
    records = [(packet.time_ns, packet.data) for packet in packets]
    records += [(packet.time_ns + _COPY_NS, packet.data) for packet in again]
    buffer = io.BytesIO()
    writer = RawPcapWriter(buffer, linktype=1, endianness="<")
    writer.write_header(None)
    for time_ns, data in sorted(records, key=lambda record: record[0]):
        kept = data[: scenario.snaplen or None]
        writer.write_packet(kept, sec=time_ns // 10**9, usec=time_ns % 10**9 // 1000, wirelen=len(data))
    content = buffer.getvalue()
    return content[: len(content) - scenario.cut]
