"""The tshark lane: what it yields, how it is chosen, what is said where it cannot work."""

from __future__ import annotations

import asyncio
import csv
import gzip
import hashlib
import io
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.capture import tshark
from sipdiag.capture.engine import Choice, Engine, read_with
from sipdiag.capture.payload import Accounting, CaptureError, FileInfo, Note, Payload
from sipdiag.messages.read import read_messages
from sipdiag.position import Frame
from tests.capture.build import (
    START_NS,
    Packet,
    eth,
    ipv4,
    pcap,
    rtp,
    section,
    sip,
    tcp_frame,
    timed,
    udp,
)
from tests.capture.build import frame as udp_frame
from tests.capture.test_streams import MESSAGE, SNI, hello, parts
from tests.outside import CORPUS, needs_corpus

TLS = CORPUS / "captures" / "generated-tls"

needs_tshark = pytest.mark.skipif(tshark.unavailable() is not None, reason="tshark is not installed")


def write(folder: Path, content: bytes, name: str = "a.pcap") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def ask(path: str, which: str = tshark.ALL_SIP) -> tuple[list[Payload], list[Note]]:
    notes: list[Note] = []
    return list(tshark.payloads(tshark.DecodeRequest(path, 3, which), notes)), notes


@needs_tshark
def test_a_datagram(tmp_path: Path) -> None:
    path = write(tmp_path, pcap([Packet(udp_frame(sip(), 5070, 5060), START_NS + 123_456_789)], nano=True))
    (payload,), notes = ask(path)
    assert payload == Payload(
        time_ns=START_NS + 123_456_789,
        position=Frame(3, 1),
        src=payload.src,
        dst=payload.dst,
        transport="UDP",
        data=sip(),
    )
    assert (payload.src, payload.dst) == (("192.0.2.1", 5070), ("192.0.2.2", 5060))
    assert not notes


@needs_tshark
def test_a_message_of_several_segments(tmp_path: Path) -> None:
    packets = [
        tcp_frame(b"", 999, flags=2),
        *(tcp_frame(data, 1000 + at) for at, data in parts(MESSAGE, 250)),
    ]
    (payload,), _ = ask(write(tmp_path, pcap(packets)))
    assert payload.data == MESSAGE
    assert payload.position.numbers == tuple(range(2, len(packets) + 1))
    assert payload.transport == "TCP"


@needs_tshark
def test_several_messages_of_a_segment(tmp_path: Path) -> None:
    found, _ = ask(write(tmp_path, pcap([tcp_frame(sip("INVITE") + sip("BYE"), 1000)])))
    assert [payload.data for payload in found] == [sip("INVITE"), sip("BYE")]
    assert [payload.position.numbers for payload in found] == [(1,), (1,)]


@needs_tshark
def test_the_innermost_addresses_count(tmp_path: Path) -> None:
    inner = ipv4(udp(sip()), src="198.51.100.1", dst="198.51.100.2")
    (payload,), _ = ask(write(tmp_path, pcap([eth(ipv4(inner, 4))])))
    assert (payload.src.address, payload.dst.address) == ("198.51.100.1", "198.51.100.2")


@needs_tshark
def test_sip_quoted_in_an_icmp_error_is_no_message(tmp_path: Path) -> None:
    quoted = b"\x03\x03" + bytes(6) + ipv4(udp(sip()))
    assert ask(write(tmp_path, pcap([eth(ipv4(quoted, 1))])))[0] == []


@needs_tshark
def test_a_cut_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    content = pcap([udp_frame(sip("INVITE")), udp_frame(sip("BYE"))])
    found, notes = ask(write(tmp_path, content[:-10]))
    assert [payload.data for payload in found] == [sip("INVITE")]
    assert not notes


@needs_tshark
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_engine_counts_what_tshark_found(tmp_path: Path, transport: str) -> None:
    call = [udp_frame(sip("INVITE"))] if transport == "udp" else [tcp_frame(sip("INVITE"), 1)]
    packets = timed([*call, udp_frame(rtp(1), 20000, 20002), eth(b"", 0x0806)])
    path = write(tmp_path, pcap(packets))
    results = []
    engines: tuple[Engine, ...] = ("native", "tshark")
    for engine in engines:
        accounting = Accounting()
        batches = list(read_with(Choice(engine), [path], accounting, []))
        data = [payload.data for batch in batches for payload in batch.payloads]
        results.append((data, accounting.seen, accounting.sip, accounting.rtp, accounting.undecoded))
        assert sum(batch.rtp is not None for batch in batches) == 1
    assert results[0] == results[1] == ([sip("INVITE")], 3, 1, 1, {"ARP": 1})


def truth(name: str) -> list[tuple[int, str, str, str, str]]:
    with (CORPUS / "truth" / "generated-tls" / f"{name}.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (
            int(row["frame.number"]),
            row["sip.Method"] or row["sip.Status-Code"],
            row["sip.CSeq.seq"],
            row["sip.CSeq.method"],
            row["sip.Call-ID"],
        )
        for row in rows
    ]


ENCRYPTED = [
    "tls12_refer_488.pcap",
    "tls12_rsa_486.pcap",
    "tls13_call.pcap",
    "tls13_call_dsb.pcapng",
    "tls13_transfer_port15061.pcap",
]


@needs_tshark
@needs_corpus
@pytest.mark.parametrize("name", ENCRYPTED)
@pytest.mark.parametrize("engine", ["auto", "tshark"])
def test_decrypted_messages_equal_the_truth(name: str, engine: Engine) -> None:
    keylog = (TLS / name).with_suffix(".keylog")
    choice = Choice(engine, str(keylog) if keylog.exists() else None)
    reading = read_messages([str(TLS / name)], choice=choice)
    found = [
        (
            captured.position.number,
            captured.message.method if captured.message.is_request else str(captured.message.status),
            str(captured.message.cseq),
            captured.message.cseq_method,
            captured.message.call_id,
        )
        for captured in reading.messages
    ]
    assert found == truth(name)
    assert {captured.transport for captured in reading.messages} == {"TLS"}
    account = reading.accounting
    assert not account.encrypted
    assert account.sip == len({row[0] for row in found})
    assert account.seen == account.sip + account.rtp + account.other + sum(account.undecoded.values())


@needs_corpus
def test_without_keys_nothing_is_decrypted() -> None:
    reading = read_messages([str(TLS / "tls13_call_dsb.pcapng")], choice=Choice("native"))
    assert not reading.messages
    assert reading.files[0].keys
    assert len(reading.accounting.encrypted) == 1


def secrets(kind: int) -> bytes:
    from tests.capture.build import block

    return block(0x0A, kind.to_bytes(4, "little") + (4).to_bytes(4, "little") + b"ABCD")


@pytest.mark.parametrize(("kind", "keys"), [(0x544C534B, True), (0x57474B4C, False)])
def test_keys_inside_the_file_are_noticed(tmp_path: Path, kind: int, keys: bool) -> None:
    from sipdiag.capture.source import has_keys

    assert has_keys(write(tmp_path, section() + secrets(kind))) is keys


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    path = write(tmp_path, pcap([udp_frame(sip())]))
    with pytest.raises(CaptureError, match=r"tshark is not installed; install it .*apt install tshark"):
        list(read_with(Choice("tshark"), [path], Accounting(), []))


def test_without_tshark_plain_sip_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    from tests.capture.build import enhanced, interface

    content = section() + secrets(0x544C534B) + interface() + enhanced(udp_frame(sip()), START_NS // 1000)
    batches = list(read_with(Choice(), [write(tmp_path, content)], Accounting(), []))
    assert [payload.data for batch in batches for payload in batch.payloads] == [sip()]
    (note,) = (note for batch in batches for note in batch.notes)
    assert note.code == "keys-unused"
    assert "apt install tshark" in note.text


def test_a_python_that_pyshark_cannot_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/tshark")
    monkeypatch.setattr(sys, "version_info", (3, 14, 0, "final", 0))
    assert "does not work with Python 3.14; use Python 3.13 or older" in (tshark.unavailable() or "")


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (Choice("auto", "/nowhere/keys.log"), "/nowhere/keys.log: no such file"),
        (Choice("native", __file__), "--keylog needs tshark"),
    ],
)
def test_choices_that_cannot_be(choice: Choice, why: str) -> None:
    with pytest.raises(CaptureError, match=why):
        choice.check()


def test_a_pipe_cannot_be_given_to_tshark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tshark, "unavailable", lambda: None)
    with pytest.raises(CaptureError, match="cannot read a pipe"):
        list(read_with(Choice("tshark"), ["-"], Accounting(), []))


def test_tls_ports_are_those_of_connections_that_are_not_http(tmp_path: Path) -> None:
    from sipdiag.capture.source import read_one
    from tests.capture.test_streams import extension

    http = extension(16, b"\x00\x09\x08http/1.1")
    packets = [
        tcp_frame(hello(SNI), 1, port=5071),
        tcp_frame(hello(b""), 1, port=5072),
        tcp_frame(hello(http), 1, port=5073),
    ]
    path, accounting = write(tmp_path, pcap(packets)), Accounting()
    list(read_one(path, 0, accounting, FileInfo(path, "")))
    assert accounting.tls_ports == {5071, 5072}


def snoop(data: bytes) -> bytes:
    """A capture as Solaris writes it (RFC 1761)."""
    record = struct.pack(">IIIIII", len(data), len(data), 24 + len(data), 0, START_NS // 10**9, 5)
    return b"snoop\0\0\0" + struct.pack(">II", 2, 4) + record + data


@needs_tshark
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_other_formats_are_converted(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    content = pack(snoop(udp_frame(sip())))
    path = write(tmp_path, content, "a.snoop")
    good = write(tmp_path, pcap([udp_frame(sip("BYE"))]))
    reading = read_messages([path, good])
    assert sorted(captured.message.method for captured in reading.messages) == ["BYE", "OPTIONS"]
    info = reading.files[0]
    assert (info.path, info.format, info.packets) == (path, "snoop", 1)
    assert (info.bytes, info.sha256) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("engine", ["native", "auto"])
def test_without_tshark_other_formats_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    path = write(tmp_path, snoop(udp_frame(sip())), "a.snoop")
    with pytest.raises(CaptureError, match="is a snoop capture, which is not read; convert it"):
        read_messages([path], choice=Choice(engine))


def test_keys_that_come_through_a_pipe_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.capture.build import enhanced, interface

    record = tcp_frame(b"\x17\x03\x03\x00\x20" + bytes(32), 1, port=5061)
    content = section() + secrets(0x544C534B) + interface() + enhanced(record, START_NS // 1000)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    (note,) = read_messages(["-"]).notes
    assert note.code == "keys-unused"
    assert "save it to a file" in note.text


FDDI = 10
"""A link type that no lane of ours knows."""
FDDI_HEAD = b"\x50" + bytes(12) + b"\xaa\xaa\x03\0\0\0\x08\0"


def of_two_links() -> bytes:
    from tests.capture.build import enhanced, interface

    fddi = FDDI_HEAD + ipv4(udp(sip("INVITE")))
    content = section() + interface(link=1) + interface(link=FDDI)
    content += enhanced(udp_frame(sip("OPTIONS")), START_NS // 1000)
    return content + enhanced(fddi, START_NS // 1000 + 1, number=1)


@needs_tshark
def test_link_types_that_only_tshark_knows(tmp_path: Path) -> None:
    path = write(tmp_path, of_two_links())
    assert read_messages([path], choice=Choice("native")).accounting.undecoded == {f"link type {FDDI}": 1}
    reading = read_messages([path])
    assert [(one.position.number, one.message.method) for one in reading.messages] == [
        (1, "OPTIONS"),
        (2, "INVITE"),
    ]
    account = reading.accounting
    assert (account.seen, account.sip, account.other, account.undecoded) == (2, 2, 0, {})


def test_link_types_that_only_tshark_knows_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    reading = read_messages([write(tmp_path, of_two_links())])
    assert [one.message.method for one in reading.messages] == ["OPTIONS"]
    (note,) = reading.notes
    assert f"Frames of link type {FDDI} were not decoded; tshark would be asked" in note.text
    assert "apt install tshark" in note.text


def test_ordinary_captures_do_not_start_tshark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tshark, "payloads", lambda *_: pytest.fail("tshark was started"))
    kinds = (0x0806, 0x88CC, 0x8899)
    packets = [*(eth(bytes(46), kind) for kind in kinds), eth(ipv4(bytes(8), 1)), udp_frame(sip())]
    reading = read_messages([write(tmp_path, pcap(packets))])
    assert len(reading.messages) == 1
    assert sum(reading.accounting.undecoded.values()) == 4


@needs_tshark
@needs_corpus
def test_keys_far_inside_the_file_are_used(tmp_path: Path) -> None:
    from sipdiag.capture.capturefile import FIRST_CHUNK
    from sipdiag.capture.source import has_keys
    from tests.capture.build import block

    content = (TLS / "tls13_call_dsb.pcapng").read_bytes()
    size = int.from_bytes(content[4:8], "little")
    path = write(tmp_path, content[:size] + block(0x0FFFFFFF, bytes(2 * FIRST_CHUNK)) + content[size:])
    assert not has_keys(path)
    reading = read_messages([path])
    assert [one.position.number for one in reading.messages] == [
        row[0] for row in truth("tls13_call_dsb.pcapng")
    ]
    assert not reading.accounting.encrypted
    assert not reading.notes


@needs_tshark
def test_others_can_start_processes_afterwards(tmp_path: Path) -> None:
    """pyshark's child watcher does not outlive its event loop."""
    payloads, _ = ask(write(tmp_path, pcap([Packet(udp_frame(sip(), 5070, 5060), START_NS)])))
    assert payloads

    async def status() -> int:
        return await (
            await asyncio.create_subprocess_exec(sys.executable, "-c", "raise SystemExit(7)")
        ).wait()

    loop = asyncio.new_event_loop()
    try:
        assert loop.run_until_complete(status()) == 7
    finally:
        loop.close()
