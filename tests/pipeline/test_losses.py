"""What was lost makes an absence uncertain, however much else was lost; what concerns others does not."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipdiag.capture import losses
from sipdiag.capture.losses import ANYBODY, Loss, Losses
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from tests.calls.dialogs import payloads
from tests.capture.build import (
    SECOND,
    Packet,
    block,
    enhanced,
    eth,
    interface,
    ipv4,
    pcap,
    section,
    sip,
    tcp,
    udp,
)
from tests.capture.test_unreachable import error

CALL = "- a INVITE\n- a 100\n- a 180 +0.3\n- a 200 +2\n- a ACK\n- a agent BYE +20\n- a 200"


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


def confidence(tmp_path: Path, data: bytes, rulebook: Rulebook) -> str:
    path = tmp_path / "call.pcap"
    path.write_bytes(data)
    analysis, _ = analyze([str(path)], expect="transfer", rulebook=rulebook)
    cause = analysis.calls[-1].root_cause
    assert cause is not None
    assert cause.rule == "transfer/refer-missing"
    return cause.confidence.name


def options(number: int, time_ns: int) -> Iterator[Packet]:
    """Another connection with a hole."""
    for sequence, at_ns in ((1, 0), (2000, SECOND)):
        data = (
            f"OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK{number}-{sequence}\r\n"
            f"From: <sip:a@192.0.2.1>;tag=1\r\nTo: <sip:b>\r\nCall-ID: o{number}\r\nCSeq: {sequence} OPTIONS\r\n"
            "Content-Length: 0\r\n\r\n"
        ).encode()
        yield Packet(eth(ipv4(tcp(data, sequence, 40000 + number), 6)), time_ns + at_ns)


def over_tcp(hole_before: int | None) -> list[Packet]:
    """The call on one connection; 600 bytes are missing before the message of that number."""
    packets: list[Packet] = []
    sequence: dict[tuple[str, int], int] = {}
    for number, one in enumerate(payloads(CALL)):
        at = sequence.get(one.src, 1) + (600 if number == hole_before else 0)
        sequence[one.src] = at + len(one.data)
        segment = tcp(one.data, at, one.src.port, one.dst.port)
        packets.append(Packet(eth(ipv4(segment, 6, one.src.address, one.dst.address)), one.time_ns))
    # Long after the call, so that the capture does not end with it.
    return [*packets, *options(999, packets[-1].time_ns + 60 * SECOND)]


@pytest.mark.parametrize("others", [0, 25])
@pytest.mark.parametrize(("hole_before", "expected"), [(None, "certain"), (5, "possible"), (0, "certain")])
def test_a_hole_in_the_stream_of_the_leg(
    tmp_path: Path, rulebook: Rulebook, hole_before: int | None, expected: str, others: int
) -> None:
    call = over_tcp(hole_before)
    before = [
        packet for number in range(others) for packet in options(number, call[0].time_ns - 100 * SECOND)
    ]
    before.sort(key=lambda packet: packet.time_ns)
    assert confidence(tmp_path, pcap(before + call), rulebook) == expected


def over_udp(extra: bytes, *, before: int = 5) -> list[Packet]:
    packets = [
        Packet(
            eth(ipv4(udp(one.data, one.src.port, one.dst.port), 17, one.src.address, one.dst.address)),
            one.time_ns,
        )
        for one in payloads(CALL)
    ]
    after_ns = packets[-1].time_ns + 60 * SECOND
    packets.insert(before, Packet(extra, packets[before].time_ns - SECOND))
    return [*packets, *options(999, after_ns)]


REFER = b"REFER sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 1.2.3.4\r\nX: " + bytes(1400)


@pytest.mark.parametrize(
    ("content", "more", "expected"),
    [
        (udp(REFER)[:1400], 0x2000, "possible"),
        (udp(b"\x80\x60" + bytes(1398), 20000, 30000)[:1400], 0x2000, "certain"),
        (bytes(400), 175, "possible"),
    ],
    ids=["its first part, of a request", "its first part, of video", "its last part"],
)
def test_a_datagram_without_all_of_its_fragments(
    tmp_path: Path, rulebook: Rulebook, content: bytes, more: int, expected: str
) -> None:
    invite = payloads(CALL)[0]
    ends = invite.dst.address, invite.src.address
    packets = over_udp(eth(ipv4(content, 17, *ends, ident=77, frag=more)))
    assert confidence(tmp_path, pcap(packets), rulebook) == expected
    elsewhere = over_udp(eth(ipv4(content, 17, "192.0.2.7", "192.0.2.8", ident=77, frag=more)))
    assert confidence(tmp_path, pcap(elsewhere), rulebook) == "certain"


def test_a_record_that_cannot_be_read(tmp_path: Path, rulebook: Rulebook) -> None:
    packets = over_udp(eth(bytes(300), 0x88CC))
    whole = pcap(packets)
    assert confidence(tmp_path, whole, rulebook) == "certain"
    broken = bytearray(whole)
    at = whole.index(bytes(300)) - 14 - 16
    broken[at + 8 : at + 12] = b"\xff\xff\xff\x7f"
    assert confidence(tmp_path, bytes(broken), rulebook) == "possible"


# -- the record itself -----------------------------------------------------------------------------

HERE = frozenset(("192.0.2.1", "192.0.2.2"))


def lost(since: int, until: int, hosts: frozenset[str] = HERE, transport: str | None = "TCP") -> Loss:
    return Loss("stream", hosts, since, until, 0, None, transport)


def test_losses_are_true_where_there_are_any() -> None:
    known = Losses()
    assert not known
    known.add(lost(100, 200))
    assert known
    assert known.put_right({})
    assert known.renamed(str.upper)


def test_a_loss_concerns_its_hosts_its_time_and_its_transport() -> None:
    known = Losses()
    known.add(lost(100, 200))
    assert known.between(HERE, [0], 150, 300, datagrams=False)
    assert known.between(HERE, [0], 50, 150, datagrams=False)
    assert not known.between(HERE, [0], 201, 300, datagrams=False)
    assert not known.between(HERE, [0], 50, 100, datagrams=False)
    assert not known.between(HERE, [0], 50, 300, datagrams=True)
    assert not known.between(HERE, [1], 50, 300, datagrams=False)
    assert not known.between(frozenset(("192.0.2.1", "192.0.2.3")), [0], 50, 300, datagrams=False)
    known.add(lost(400, 400, ANYBODY, None))
    assert known.between(frozenset(("a", "b")), [0], 300, 500, datagrams=True)


def test_beyond_a_bound_losses_grow_together_and_none_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "MOST_APART", 3)
    monkeypatch.setattr(losses, "MOST_PAIRS", 2)
    known = Losses()
    for number in range(10):
        known.add(lost(100 * number, 100 * number + 10))
    assert (known.count, len(list(known))) == (10, 3)
    assert all(known.between(HERE, [0], 100 * n, 100 * n + 50, datagrams=False) for n in range(10))
    for number in range(5):
        known.add(lost(5000, 5000, frozenset((f"192.0.2.{number}", "192.0.2.9"))))
    assert len(list(known)) <= 3 + 1 + 3
    assert known.between(frozenset(("192.0.2.4", "192.0.2.9")), [0], 4000, 6000, datagrams=False)


def test_by_another_clock_and_under_other_names() -> None:
    known = Losses()
    known.add(lost(100, 200))
    moved = known.put_right({0: lambda time_ns: time_ns - 50}).renamed(lambda address: "x" + address)
    (one,) = moved
    assert (one.since_ns, one.until_ns) == (50, 150)
    assert one.hosts == frozenset(("x192.0.2.1", "x192.0.2.2"))


def statistics(dropped: int, time_ns: int, code: int = 5) -> bytes:
    """What dumpcap writes at the end of a file."""
    ticks = time_ns // 1000
    body = struct.pack("<IIIHHQHH", 0, ticks >> 32, ticks & 0xFFFFFFFF, code, 8, dropped, 0, 0)
    return block(5, body)


@pytest.mark.parametrize(
    ("dropped", "code", "expected"),
    [(0, 5, "certain"), (3, 5, "possible"), (3, 7, "possible"), (3, 4, "certain")],
)
def test_packets_that_the_capturing_machine_dropped(
    tmp_path: Path, rulebook: Rulebook, dropped: int, code: int, expected: str
) -> None:
    packets = over_udp(eth(bytes(300), 0x88CC))
    blocks = [enhanced(packet.data, packet.time_ns // 1000) for packet in packets]
    end = statistics(dropped, packets[-1].time_ns, code)
    assert confidence(tmp_path, section() + interface() + b"".join(blocks) + end, rulebook) == expected
    analysis, _ = analyze([str(tmp_path / "call.pcap")], rulebook=rulebook)
    assert "capture/incomplete" not in {finding.rule for finding in analysis.calls[-1].findings}
    early = statistics(dropped, packets[0].time_ns - SECOND, code)
    assert confidence(tmp_path, section() + interface() + early + b"".join(blocks), rulebook) == "certain"


def test_reports_of_others_do_not_crowd_out_that_of_the_call(tmp_path: Path) -> None:
    """Two thousand errors about a peer nobody answers for come before the one about a call."""
    noise = error(ipv4(udp(sip("OPTIONS", "noise")), src="192.0.2.50", dst="192.0.2.51"))
    invites = payloads("- a INVITE")
    (invite, *_) = invites
    asked = ipv4(udp(invite.data), 17, invite.src.address, invite.dst.address)
    start_ns = invite.time_ns - 10 * SECOND
    packets = [Packet(noise, start_ns + number * 1000) for number in range(2000)]
    packets += [Packet(eth(asked), invite.time_ns + number * SECOND) for number in range(3)]
    packets.append(Packet(error(asked), invite.time_ns + 3 * SECOND))
    path = tmp_path / "noise.pcap"
    path.write_bytes(pcap(packets))
    analysis, _ = analyze([str(path)])
    assert "signalling/unreachable" in {finding.rule for finding in analysis.calls[0].findings}
