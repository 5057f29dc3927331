"""File formats, compression, damage, and inputs that are no capture."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import importlib
import io
import lzma
import os
import random
import struct
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from sipdiag.capture import compression, pcapng
from sipdiag.capture.payload import Accounting, CaptureError, FileInfo
from sipdiag.capture.source import read, read_one
from sipdiag.messages.read import read_messages
from tests.capture.build import (
    SECOND,
    START_NS,
    Packet,
    block,
    enhanced,
    frame,
    interface,
    pcap,
    read_bytes,
    read_paths,
    rtp,
    section,
    sip,
    timed,
)


def zstd_module() -> Any:
    """As the reader finds it: the standard library's from Python 3.14 on."""
    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_in_every_byte_order_and_resolution(tmp_path: Path, order: str, nano: bool) -> None:
    time_ns = START_NS + (123_456_789 if nano else 123_456_000)
    result = read_bytes(tmp_path, pcap([Packet(frame(sip()), time_ns)], order=order, nano=nano))
    (payload,) = result.payloads
    assert (payload.time_ns, payload.position.numbers, payload.data) == (time_ns, (1,), sip())
    assert payload.src == ("192.0.2.1", 5060)
    assert result.files[0].format == ("pcap (ns)" if nano else "pcap")
    assert result.files[0].link_types == ["Ethernet"]


def test_pcap_with_the_longer_record_header(tmp_path: Path) -> None:
    data = frame(sip())
    content = struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65535, 1)
    content += struct.pack("<IIIIIHBB", 1_700_000_000, 5, len(data), len(data), 2, 8, 0, 0) + data
    assert read_bytes(tmp_path, content).data == [sip()]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("resolution", "ticks"),
    [
        (None, START_NS // 1000 + 7),
        (3, START_NS // 1_000_000),
        (9, START_NS + 7_000),
        (10, START_NS * 10 + 70_000),
        (0x80 | 20, (START_NS // SECOND) << 20),
        (0x80 | 33, (START_NS // SECOND) << 33 | 1 << 32),
    ],
)
def test_pcapng_time_resolutions(tmp_path: Path, order: str, resolution: int | None, ticks: int) -> None:
    options = [] if resolution is None else [(9, bytes((resolution,)))]
    content = (
        section(order) + interface(options=options, order=order) + enhanced(frame(sip()), ticks, order=order)
    )
    (payload,) = read_bytes(tmp_path, content).payloads
    expected = {3: 0, 0x80 | 20: 0, 0x80 | 33: SECOND // 2}.get(resolution or 0, 7_000)
    assert payload.time_ns == START_NS + expected


def test_pcapng_time_offset(tmp_path: Path) -> None:
    options = [(9, b"\x09"), (14, struct.pack("<q", -3600))]
    content = section() + interface(options=options) + enhanced(frame(sip()), START_NS)
    assert read_bytes(tmp_path, content).payloads[0].time_ns == START_NS - 3600 * SECOND


def test_pcapng_sections_interfaces_and_other_blocks(tmp_path: Path) -> None:
    raw = frame(sip("BYE"))[14:]
    content = section() + interface() + interface(link=101) + block(4, bytes(8)) + block(0x0A, bytes(20))
    content += enhanced(frame(sip("INVITE")), START_NS // 1000) + enhanced(
        raw, START_NS // 1000 + 1, number=1
    )
    content += section(">") + interface(order=">") + block(0xBAD, bytes(16), ">")
    content += enhanced(frame(sip("ACK")), START_NS // 1000 + 2, order=">")
    result = read_bytes(tmp_path, content)
    assert [data.split()[0] for data in result.data] == [b"INVITE", b"BYE", b"ACK"]
    assert [payload.position.numbers for payload in result.payloads] == [(1,), (2,), (3,)]
    assert [payload.point for payload in result.payloads] == [0, 1, 2]
    assert result.files[0].link_types == ["Ethernet", "Raw IP"]


def test_pcapng_simple_and_obsolete_packets(tmp_path: Path) -> None:
    data = frame(sip("INVITE"))
    old = struct.pack("<HHIIII", 0, 0, *divmod(START_NS // 1000, 1 << 32), len(data), len(data)) + data
    simple = frame(sip("BYE"))
    content = section() + interface() + block(2, old) + block(3, struct.pack("<I", len(simple)) + simple)
    result = read_bytes(tmp_path, content)
    assert result.data == [sip("INVITE"), sip("BYE")]
    # A simple packet block has no time of its own.
    assert [payload.time_ns for payload in result.payloads] == [START_NS, START_NS]


def test_pcapng_packet_of_an_unknown_interface_is_counted(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, section() + interface() + enhanced(frame(sip()), 1, number=9))
    assert result.accounting.undecoded == {"packet without an interface description": 1}


@pytest.mark.parametrize(
    ("pack", "name"),
    [
        (gzip.compress, "gzip"),
        (lzma.compress, "xz"),
        (bz2.compress, "bzip2"),
        (zstd_module().compress, "zstd"),
    ],
)
def test_compressed(tmp_path: Path, pack: object, name: str) -> None:
    assert callable(pack)
    plain = pcap([frame(sip(call_id=str(number))) for number in range(3000)])
    stored = pack(plain[:9000]) + pack(plain[9000:])
    result = read_bytes(tmp_path, stored)
    assert len(result.payloads) == 3000
    info = result.files[0]
    assert (info.format, info.bytes) == (f"{name} pcap", len(stored))
    assert info.sha256 == hashlib.sha256(stored).hexdigest()


def test_compressed_and_cut_off(tmp_path: Path) -> None:
    stored = lzma.compress(
        pcap([frame(sip(body=random.Random(number).randbytes(300))) for number in range(2000)])
    )
    result = read_bytes(tmp_path, stored[:-50])
    assert result.payloads
    assert [note.code for note in result.notes][-1] == "truncated-file"


def test_bomb_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "FREE_BYTES", 1 << 20)
    result = read_bytes(tmp_path, gzip.compress(pcap([frame(sip())]) + bytes(64 << 20)))
    assert result.data == [sip()]
    assert any("bomb" in note.text for note in result.notes)


def test_zstd_without_a_module_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    path = tmp_path / "a.pcap.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(40))
    with pytest.raises(CaptureError, match=rf"{path}: is compressed with zstd.*pip install"):
        list(read([str(path)], Accounting(), []))


def test_many_chunks_and_the_digest(tmp_path: Path) -> None:
    packets = [frame(rtp(number) + bytes(1000), 10000, 20000) for number in range(5000)]
    packets[2500] = frame(sip())
    content = pcap(packets)
    result = read_bytes(tmp_path, content)
    assert result.accounting.rtp == 4999
    assert result.payloads[0].position.numbers == (2501,)
    assert result.files[0].sha256 == hashlib.sha256(content).hexdigest()
    assert sum(len(batch.rtp.seq) for batch in result.batches if batch.rtp) == 4999


def test_records_of_equal_and_other_length_mixed(tmp_path: Path) -> None:
    packets = [frame(rtp(1), 10000, 20000)] * 40 + [frame(sip())] + [frame(rtp(1), 10000, 20000)] * 70
    result = read_bytes(tmp_path, pcap([*packets, frame(sip())]))
    assert [payload.position.numbers for payload in result.payloads] == [(41,), (112,)]
    assert result.accounting.rtp == 110


@pytest.mark.parametrize("order", ["<", ">"])
def test_blocks_of_equal_length_in_a_row_are_found_as_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    chance = random.Random(1)
    voice = enhanced(frame(rtp(1), 10000, 20000), 5, order=order)
    other = (
        enhanced(frame(sip()), 7, order=order),
        block(5, bytes(chance.randrange(4, 200)), order),
        block(5, bytes(len(voice) - 12), order),
        block(6, bytes(len(voice) - 12), order)[:-4] + bytes(4),
        interface(order=order),
        section(order) + interface(order=order),
    )
    content = section(order) + interface(order=order)
    for _ in range(60):
        content += voice * chance.randrange(70) + chance.choice(other)
    content = content[:-5]
    in_runs = read_bytes(tmp_path, content)
    monkeypatch.setattr(pcapng, "RUN", 1 << 40)
    one_by_one = read_bytes(tmp_path, content)
    assert in_runs.accounting == one_by_one.accounting
    assert in_runs.payloads == one_by_one.payloads
    assert in_runs.notes == one_by_one.notes


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(pcap([frame(sip())]))))
    info = FileInfo("-", "")
    batches = list(read_one("-", 0, Accounting(), info))
    assert [payload.data for batch in batches for payload in batch.payloads] == [sip()]
    assert info.format == "pcap"


@pytest.mark.parametrize("keep", [1, 15, 16, 30])
def test_cut_tail(tmp_path: Path, keep: int) -> None:
    first = pcap([frame(sip())])
    result = read_bytes(tmp_path, first + pcap([frame(sip())])[24:][:keep])
    assert result.data == [sip()]
    (note,) = result.notes
    assert (note.code, note.byte) == ("truncated-file", len(first))


def test_pcap_goes_on_behind_an_impossible_length(tmp_path: Path) -> None:
    good = pcap([frame(sip("INVITE")), frame(sip("ACK"))])
    broken = struct.pack("<IIII", 1_700_000_000, 0, 0x7FFFFFFF, 60) + bytes(range(60))
    more = pcap(timed([frame(sip("BYE")), frame(sip("OPTIONS"))], start_ns=START_NS + SECOND))[24:]
    result = read_bytes(tmp_path, good + broken + more)
    assert [data.split()[0] for data in result.data] == [b"INVITE", b"ACK", b"BYE", b"OPTIONS"]
    (note,) = result.notes
    assert (note.code, note.byte) == ("damaged-record", len(good))


def test_pcapng_goes_on_behind_an_impossible_length(tmp_path: Path) -> None:
    good = section() + interface() + enhanced(frame(sip("INVITE")), 1)
    broken = struct.pack("<II", 6, 0xFFFFFFFF) + bytes(40)
    result = read_bytes(tmp_path, good + broken + enhanced(frame(sip("BYE")), 2))
    assert [data.split()[0] for data in result.data] == [b"INVITE", b"BYE"]
    assert [(note.code, note.byte) for note in result.notes] == [("damaged-record", len(good))]


def test_zeros_instead_of_records_end(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, section() + interface() + enhanced(frame(sip()), 1) + bytes(5000))
    assert result.data == [sip()]
    assert result.notes


def test_empty_capture(tmp_path: Path) -> None:
    result = read_bytes(tmp_path, pcap([]))
    assert (result.payloads, result.notes, result.accounting.seen) == ([], [], 0)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"hello world, no capture", "is not a capture file: begins with 'hello world, no '"),
        (b"", r"is empty \(0 bytes\)"),
        (pcap([])[:10], "ends at byte 10, within the pcap header"),
        (b"snoop\x00\x00\x00" + bytes(30), "is a snoop capture.*editcap"),
        (b"\x00\x01\x02\x03" * 8, "is not a capture file: begins with 00 01 02 03"),
        (gzip.compress(b"text", mtime=0), "is not a capture file: begins with 'text'"),
    ],
)
def test_no_capture(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=text) as caught:
        list(read([str(path)], Accounting(), []))
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no such file"):
        list(read([str(tmp_path / "none.pcap")], Accounting(), []))
    with pytest.raises(CaptureError, match="is a directory"):
        list(read([str(tmp_path)], Accounting(), []))


def test_one_bad_file_among_good_ones(tmp_path: Path) -> None:
    (tmp_path / "good.pcap").write_bytes(pcap([frame(sip())]))
    (tmp_path / "bad.pcap").write_text("text")
    paths = [str(tmp_path / name) for name in ("bad.pcap", "good.pcap", "none.pcap")]
    errors: list[tuple[int, str]] = []
    files: list[FileInfo] = []
    batches = list(
        read(paths, Accounting(), files, on_error=lambda index, error: errors.append((index, str(error))))
    )
    assert [payload.file for batch in batches for payload in batch.payloads] == [1]
    assert [index for index, _ in errors] == [0, 2]
    assert [info.path for info in files] == paths


def test_progress_reaches_the_size(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([frame(sip() + bytes(900))] * 200))
    seen: list[tuple[int, int | None]] = []
    list(read([str(path)], Accounting(), [], on_progress=lambda done, total: seen.append((done, total))))
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    assert len(seen) > 1


def test_only_what_is_needed_is_imported(tmp_path: Path) -> None:
    import subprocess

    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([frame(sip())]))
    code = (
        "import sys; from sipdiag.capture.source import read; from sipdiag.capture.payload import Accounting\n"
        f"list(read([{str(path)!r}], Accounting(), []))\n"
        "print([name for name in ('scapy', 'pyshark', 'pydantic', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_read_paths_reports_every_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(pcap([frame(sip())]))
    assert [info.packets for info in read_paths([tmp_path / "a", tmp_path / "b"]).files] == [1, 1]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = pcap([frame(sip("INVITE")), frame(sip("BYE"))])
    writer = threading.Thread(target=pipe.write_bytes, args=(content,), daemon=True)
    writer.start()
    reading = read_messages([str(pipe)])
    writer.join()
    assert [captured.message.method for captured in reading.messages] == ["INVITE", "BYE"]
