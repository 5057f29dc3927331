"""IP fragments: order, copies, loss, tunnels and bounds."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

import pytest

from sipdiag.capture import reassembly
from tests.capture.build import SECOND, START_NS, eth, frame, ipv4, ipv6, pcap, read_bytes, sip, timed, udp

BIG = sip("INVITE", body=b"a" * 2000)


def fragments(data: bytes, size: int = 800, ident: int = 1, proto: int = 17) -> list[bytes]:
    """IPv4 packets."""
    cuts = range(0, len(data), size)
    return [
        ipv4(
            data[at : at + size], proto, ident=ident, frag=at // 8 | (0x2000 if at + size < len(data) else 0)
        )
        for at in cuts
    ]


def fragments_6(data: bytes, size: int = 800, ident: int = 1) -> list[bytes]:
    cuts = range(0, len(data), size)
    heads = [struct.pack(">BBHI", 17, 0, at | (1 if at + size < len(data) else 0), ident) for at in cuts]
    return [ipv6(head + data[at : at + size], 44) for head, at in zip(heads, cuts, strict=True)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("version", [4, 6])
def test_any_order(tmp_path: Path, order: tuple[int, ...], version: int) -> None:
    pieces = fragments(udp(BIG)) if version == 4 else fragments_6(udp(BIG))
    kind = 0x0800 if version == 4 else 0x86DD
    result = read_bytes(tmp_path, pcap([eth(pieces[n], kind) for n in order]))
    (payload,) = result.payloads
    assert (payload.data, payload.position.numbers, payload.cut) == (BIG, (1, 2, 3), 0)
    assert payload.time_ns == START_NS + 2 * SECOND // 100
    assert result.accounting.sip == 3


def test_interleaved_datagrams_and_a_copy_of_each(tmp_path: Path) -> None:
    one, two = fragments(udp(BIG), ident=1), fragments(udp(sip("BYE", body=bytes(1000))), ident=2)
    packets = [one[0], two[0], one[0], one[1], two[1], one[2]]
    result = read_bytes(tmp_path, pcap([eth(packet) for packet in packets]))
    assert [payload.position.numbers for payload in result.payloads] == [(2, 5), (1, 4, 6)]
    assert result.accounting.sip == 6


def test_a_whole_second_copy_is_a_datagram_again(tmp_path: Path) -> None:
    packets = [eth(packet) for packet in fragments(udp(BIG)) * 2]
    assert read_bytes(tmp_path, pcap(packets)).data == [BIG, BIG]


def test_a_late_copy_of_one_fragment_is_no_loss(tmp_path: Path) -> None:
    pieces = fragments(udp(BIG))
    result = read_bytes(tmp_path, pcap([eth(packet) for packet in [*pieces, pieces[0]]]))
    assert result.accounting.undecoded == {"IPv4 fragment captured twice": 1}
    assert not result.notes


def test_a_missing_fragment_is_told(tmp_path: Path) -> None:
    pieces = fragments(udp(BIG))
    result = read_bytes(tmp_path, pcap([eth(pieces[0]), eth(pieces[2])]))
    assert not result.payloads
    assert result.accounting.undecoded == {"IPv4 fragment without the rest": 2}
    (note,) = result.notes
    assert (note.code, note.frame) == ("ip-fragment", 1)
    assert "frames 1, 2" in note.text


def test_fragments_grow_too_old(tmp_path: Path) -> None:
    pieces = fragments(udp(BIG))
    packets = timed([eth(pieces[0]), eth(pieces[1])]) + timed(
        [eth(pieces[2])], start_ns=START_NS + 60 * SECOND
    )
    assert not read_bytes(tmp_path, pcap(packets)).payloads


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassembly, "MOST_BYTES", 10_000)
    packets = [eth(fragments(udp(BIG), ident=ident)[0]) for ident in range(100)]
    packets += [eth(packet) for packet in fragments(udp(BIG), ident=99)[1:]]
    result = read_bytes(tmp_path, pcap(packets))
    assert result.data == [BIG]
    assert sum("incomplete:" in note.text for note in result.notes) == reassembly.MOST_NOTES


def test_too_long_a_datagram_is_damage(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, pcap([eth(ipv4(bytes(100), frag=0x1FFF))]))
    assert result.accounting.undecoded == {"damaged IP fragment": 1}


def test_fragments_of_a_tunnel_that_carries_fragments(tmp_path: Path) -> None:
    inner = fragments(udp(BIG), size=1600)
    outer = fragments(inner[0], proto=4, ident=9)
    packets = [*outer, ipv4(inner[1], 4), frame(sip("BYE"))[14:]]
    result = read_bytes(tmp_path, pcap([eth(packet) for packet in packets]))
    assert result.data == [BIG, sip("BYE")]
    assert result.payloads[0].position.numbers == (1, 2, 3, 4)[: len(outer) + 1]
    assert result.accounting.sip == len(packets)


def test_a_snap_length_cuts_fragments_too(tmp_path: Path) -> None:
    first, *_, last = fragments(udp(BIG), size=1600)
    whole = eth(last)
    content = pcap([eth(first)]) + struct.pack("<IIII", START_NS // SECOND, 0, 100, len(whole)) + whole[:100]
    (payload,) = read_bytes(tmp_path, content).payloads
    assert BIG.startswith(payload.data)
    assert len(payload.data) + payload.cut == len(BIG)
