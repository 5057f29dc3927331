"""Link types and encapsulations, each with a SIP datagram inside, and what is only counted."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from sipdiag.capture import peelers
from tests.capture.build import A6, B6, A, B, Packet, eth, frame, ipv4, ipv6, pcap, read_bytes, sip, udp

IP4 = ipv4(udp(sip()))
IP6 = ipv6(udp(sip()))
ESP_PADDED = udp(sip())
ESP = bytes(8) + ESP_PADDED + bytes((1, 2)) + bytes((2, 17)) + bytes(range(12))


def gre(flags: int, kind: int, options: bytes, payload: bytes) -> bytes:
    return ipv4(struct.pack(">HH", flags, kind) + options + payload, 47, "198.51.100.1", "198.51.100.2")


def outer_udp(payload: bytes, port: int) -> bytes:
    return eth(ipv4(udp(payload, 50000, port), src="198.51.100.1", dst="198.51.100.2"))


def gtp(flags: int, extra: bytes, inner: bytes) -> bytes:
    return outer_udp(struct.pack(">BBHI", flags, 255, len(extra) + len(inner), 9) + extra + inner, 2152)


LINKS = {
    "null, little-endian": (0, struct.pack("<I", 2) + IP4),
    "null, big-endian": (0, struct.pack(">I", 2) + IP4),
    "null, IPv6 of macOS": (0, struct.pack("<I", 30) + IP6),
    "loop": (108, struct.pack(">I", 2) + IP4),
    "PPPoE": (51, struct.pack(">BBHHH", 0x11, 0, 1, len(IP4) + 2, 0x21) + IP4),
    "raw 12": (12, IP4),
    "raw 14": (14, IP4),
    "raw 101": (101, IP4),
    "raw 101, IPv6": (101, IP6),
    "IPv4 228": (228, IP4),
    "IPv6 229": (229, IP6),
    "cooked v1": (113, struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 0x0800) + IP4),
    "cooked v2": (276, struct.pack(">HHIHBB8s", 0x86DD, 0, 1, 1, 0, 6, bytes(8)) + IP6),
    "PPP": (9, b"\xff\x03\x00\x21" + IP4),
    "PPP, short": (9, b"\x21" + IP4),
    "PPP, HDLC framing": (50, b"\xff\x03\x00\x57" + IP6),
}

ETHERNET = {
    "plain": eth(IP4),
    "padded": eth(IP4) + bytes(6),
    "IPv6": eth(IP6, 0x86DD),
    "SNAP": bytes(12) + struct.pack(">H", 8 + len(IP4)) + b"\xaa\xaa\x03\x00\x00\x00\x08\x00" + IP4,
    "VLAN": eth(struct.pack(">HH", 5, 0x0800) + IP4, 0x8100),
    "QinQ": eth(struct.pack(">HHHH", 5, 0x8100, 6, 0x0800) + IP4, 0x88A8),
    "three tags": eth(struct.pack(">HHHHHH", 5, 0x8100, 6, 0x9100, 7, 0x86DD) + IP6, 0x8100),
    "MPLS": eth(struct.pack(">II", 16 << 12 | 64, 17 << 12 | 0x100 | 64) + IP4, 0x8847),
    "MPLS pseudowire": eth(struct.pack(">II", 16 << 12 | 0x100 | 64, 0) + eth(IP4), 0x8847),
    "PPPoE": eth(struct.pack(">BBHHH", 0x11, 0, 1, len(IP4) + 2, 0x21) + IP4, 0x8864),
    "IP in IP": eth(ipv4(IP4, 4, "198.51.100.1")),
    "IPv6 in IPv4": eth(ipv4(IP6, 41, "198.51.100.1")),
    "IPv4 in IPv6": eth(ipv6(IP4, 4, "2001:db8::99"), 0x86DD),
    "IPv4 options": eth(b"\x46" + ipv4(bytes(4) + udp(sip()))[1:]),
    "hop-by-hop, destination options": eth(
        ipv6(bytes((60, 0)) + bytes(6) + bytes((17, 1)) + bytes(14) + udp(sip()), 0), 0x86DD
    ),
    "atomic fragment": eth(ipv6(struct.pack(">BBHI", 17, 0, 0, 7) + udp(sip()), 44), 0x86DD),
    "GRE": eth(gre(0, 0x0800, b"", IP4)),
    "GRE with key and sequence": eth(gre(0x3000, 0x86DD, bytes(8), IP6)),
    "GRE with checksum": eth(gre(0x8000, 0x0800, bytes(4), IP4)),
    "GRE with Ethernet": eth(gre(0, 0x6558, b"", eth(IP4))),
    "PPTP": eth(gre(0x3081, 0x880B, bytes(12), b"\xff\x03\x00\x21" + IP4)),
    "ERSPAN I": eth(gre(0, 0x88BE, b"", eth(IP4))),
    "ERSPAN II": eth(gre(0x1000, 0x88BE, bytes(4) + b"\x10" + bytes(7), eth(IP4))),
    "ERSPAN III": eth(gre(0x1000, 0x22EB, bytes(4) + b"\x20" + bytes(11), eth(IP4))),
    "ERSPAN III, long": eth(
        gre(0x1000, 0x22EB, bytes(4) + b"\x20" + bytes(10) + b"\x01" + bytes(8), eth(IP4))
    ),
    "EtherIP": eth(ipv4(b"\x30\x00" + eth(IP4), 97)),
    "VXLAN": outer_udp(b"\x08" + bytes(7) + eth(IP4), 4789),
    "GENEVE": outer_udp(b"\x01\x00\x65\x58" + bytes(4) + bytes(4) + eth(IP4), 6081),
    "GENEVE, IPv6": outer_udp(b"\x00\x00\x86\xdd" + bytes(4) + IP6, 6081),
    "GTP-U": gtp(0x30, b"", IP4),
    "GTP-U with sequence": gtp(0x32, bytes(4), IP6),
    "GTP-U with extensions": gtp(0x34, bytes(3) + b"\x85" + b"\x01\x00\x00\x85" + b"\x01\x00\x00\x00", IP4),
    "AH": eth(ipv4(bytes((17, 4)) + bytes(22) + udp(sip()), 51)),
    "ESP, not encrypted": eth(ipv4(ESP, 50)),
    "VXLAN in GRE in VLAN": eth(
        struct.pack(">HH", 5, 0x0800)
        + gre(0, 0x0800, b"", outer_udp(b"\x08" + bytes(7) + eth(IP4), 4789)[14:]),
        0x8100,
    ),
}


def check(tmp_path: Path, content: bytes) -> None:
    result = read_bytes(tmp_path, content)
    (payload,) = result.payloads
    assert payload.data == sip()
    assert (payload.src.address, payload.dst.address) in ((A, B), (A6, B6))
    assert (payload.src.port, payload.dst.port, payload.cut) == (5060, 5060, 0)
    assert result.accounting.sip == 1


@pytest.mark.parametrize("name", LINKS)
def test_link_types(tmp_path: Path, name: str) -> None:
    link, data = LINKS[name]
    check(tmp_path, pcap([data], link=link))


@pytest.mark.parametrize("name", ETHERNET)
def test_encapsulations(tmp_path: Path, name: str) -> None:
    check(tmp_path, pcap([ETHERNET[name]]))


def test_all_at_once_keep_their_order(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, pcap(list(ETHERNET.values())))
    assert [payload.position.numbers for payload in result.payloads] == [
        (number + 1,) for number in range(len(ETHERNET))
    ]


@pytest.mark.parametrize("name", ETHERNET)
def test_every_cut_is_survived(tmp_path: Path, name: str) -> None:
    whole = ETHERNET[name]
    packets = [Packet(whole[:size], 1_700_000_000_000_000_000, wire=len(whole)) for size in range(len(whole))]
    assert read_bytes(tmp_path, pcap(packets)).accounting.seen == len(whole)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (eth(bytes(28), 0x0806), "ARP"),
        (eth(bytes(28), 0x88CC), "LLDP"),
        (eth(bytes(28), 0x9999), "ethertype 0x9999"),
        (eth(ipv4(bytes(8) + IP4, 1)), "ICMP"),
        (eth(ipv6(bytes(8) + IP6, 58), 0x86DD), "ICMPv6"),
        (eth(ipv4(bytes(40), 50)), "ESP"),
        (eth(ipv4(bytes(8), 253)), "IP protocol 253"),
        (eth(ipv4(udp(sip()), frag=0x2000)), "IPv4 fragment without the rest"),
        (eth(b"\x75" + IP4[1:]), "damaged header"),
        (eth(IP4)[:30], "cut within a header"),
        (bytes(12) + b"\x00\x10" + bytes(16), "802.3 LLC"),
    ],
)
def test_what_is_not_decoded_is_counted_by_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    result = read_bytes(tmp_path, pcap([data]))
    assert result.accounting.undecoded == {reason: 1}
    assert not result.payloads


def test_endless_tunnels_end(tmp_path: Path) -> None:
    data = IP4
    for _ in range(peelers.DEEPEST + 5):
        data = ipv4(data, 4)
    assert read_bytes(tmp_path, pcap([eth(data)])).accounting.undecoded == {"too many layers": 1}


def test_sip_on_a_tunnel_port_is_sip(tmp_path: Path) -> None:
    for port in (2152, 4789, 6081):
        assert read_bytes(tmp_path, pcap([frame(sip(), dport=port)])).data == [sip()]


def test_snap_length_cut_is_told(tmp_path: Path) -> None:
    whole = frame(sip(body=b"x" * 300))
    result = read_bytes(tmp_path, pcap([Packet(whole[:200], 1, wire=len(whole))]))
    (payload,) = result.payloads
    assert len(payload.data) + payload.cut == len(sip(body=b"x" * 300))
    assert [note.code for note in result.notes] == ["snaplen"]


def test_unknown_link_types_go_through_scapy(tmp_path: Path) -> None:
    from scapy.layers.dot11 import Dot11, RadioTap
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import LLC, SNAP

    packet = bytes(
        RadioTap() / Dot11(type=2) / LLC() / SNAP() / IP(src=A, dst=B) / UDP(sport=5060, dport=5060) / sip()
    )
    check(tmp_path, pcap([packet], link=127))
    assert read_bytes(tmp_path, pcap([b"\x00" * 30], link=127)).accounting.undecoded == {
        "802.11 radiotap without IP": 1
    }
    assert read_bytes(tmp_path, pcap([b"x" * 30], link=9999)).accounting.undecoded == {"link type 9999": 1}
