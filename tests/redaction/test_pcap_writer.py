"""Captures that we write are read again, by us and by others."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from sipdiag.capture.payload import Endpoint, Unreachable
from sipdiag.messages.read import read_messages
from sipdiag.redaction.pcap_writer import Failed, WrittenMessage, capture_of, mark

MESSAGE = (
    b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
A, B = Endpoint("10.0.0.1", 5060), Endpoint("240.9.8.7", 5062)
A6, B6 = Endpoint("2001:db8::1", 5060), Endpoint("fd00::2", 5060)


def message(body: bytes = b"") -> bytes:
    return MESSAGE % (len(body), body)


def written(tmp_path: Path, *messages: WrittenMessage | Failed) -> Path:
    path = tmp_path / "written.pcap"
    path.write_bytes(b"".join(capture_of(messages)))
    return path


@pytest.mark.parametrize(("src", "dst"), [(A, B), (A6, B6)])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("size", [0, 7, 5000])
def test_messages_come_back(tmp_path: Path, src: Endpoint, dst: Endpoint, stream: bool, size: int) -> None:
    sent = [
        WrittenMessage(1_700_000_000_123_456_789, src, dst, stream, message(b"x" * size)),
        WrittenMessage(1_700_000_001_000_000_001, dst, src, stream, message(b"y" * size)),
        WrittenMessage(1_700_000_002_000_000_000, src, dst, stream, message(b"z")),
    ]
    reading = read_messages([str(written(tmp_path, *sent))])
    assert not reading.notes
    assert [(m.message.raw, m.time_ns, *m.src, *m.dst, m.transport) for m in reading.messages] == [
        (one.data, one.time_ns, *one.src, *one.dst, "TCP" if stream else "UDP") for one in sent
    ]


def test_what_is_missing_of_a_message_stays_missing(tmp_path: Path) -> None:
    cut = message(b"x" * 100)[:-40]
    path = written(
        tmp_path,
        WrittenMessage(1_700_000_000_000_000_000, A, B, True, cut, missing=40),
        WrittenMessage(1_700_000_001_000_000_000, A, B, True, message(b"whole")),
    )
    messages = read_messages([str(path)]).messages
    assert [(m.message.raw, m.truncated) for m in messages] == [(cut, True), (message(b"whole"), False)]


def test_marks_say_when_the_capture_ran(tmp_path: Path) -> None:
    path = written(tmp_path, mark(1_700_000_000_000_000_000), mark(1_700_000_099_000_000_000))
    reading = read_messages([str(path)])
    assert reading.messages == []
    assert reading.accounting.first_ns == 1_700_000_000_000_000_000
    assert reading.accounting.last_ns == 1_700_000_099_000_000_000


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_lengths_and_checksums_hold(tmp_path: Path) -> None:
    pairs = [(A, B, False), (A6, B6, False), (A, B, True), (A6, B6, True)]
    sent = [
        WrittenMessage(1_700_000_000_000_000_000 + number, src, dst, stream, message(b"x" * (2000 + number)))
        for number, (src, dst, stream) in enumerate(pairs)
    ]
    checks = [f"-o{layer}.check_checksum:TRUE" for layer in ("ip", "udp", "tcp")]
    command = ["tshark", "-r", str(written(tmp_path, *sent)), *checks]
    bad = subprocess.run(
        [*command, "-Y", "_ws.malformed || _ws.expert.severity >= 6291456"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert bad.stdout == ""
    seen = subprocess.run([*command, "-Y", "sip"], capture_output=True, text=True, check=True)
    assert len(seen.stdout.splitlines()) == len(sent)


def report(kind: str, what: str, *, src: Endpoint = A, dst: Endpoint = B, tries: int = 1) -> Unreachable:
    reporter = {"icmp": "240.1.1.1" if ":" not in src.address else "fd00::9", "reset": dst.address}.get(
        kind, src.address
    )
    transport = "UDP" if kind == "icmp" else "TCP"
    return Unreachable(
        kind, what, reporter, src, dst, transport, 1_700_000_000_000_000_000, 0, 1, tries=tries
    )


@pytest.mark.parametrize(
    "said",
    [
        report("icmp", "port unreachable"),
        report("icmp", "administratively prohibited"),
        report("icmp", "unreachable"),
        report("icmp", "time exceeded"),
        report("icmp", "no route", src=A6, dst=B6),
        report("icmp", "unreachable", src=A6, dst=B6),
        report("reset", "connection refused", tries=2),
        report("syn-unanswered", "no answer to SYN", tries=3),
        report("tls-alert", "TLS alert: unknown CA"),
    ],
    ids=lambda said: f"{said.what} {said.src.address}",
)
def test_reports_come_back(tmp_path: Path, said: Unreachable) -> None:
    found = read_messages([str(written(tmp_path, Failed(said)))]).accounting.unreachable
    assert [replace(one, frame=1, time_ns=said.time_ns) for one in found] == [said]


def test_a_report_quotes_the_message_it_is_about(tmp_path: Path) -> None:
    said = report("icmp", "port unreachable")
    found = read_messages([str(written(tmp_path, Failed(said, message())))]).accounting.unreachable
    assert [one.call_id for one in found] == ["1"]


def test_a_connection_that_is_reset_opens_again(tmp_path: Path) -> None:
    said = replace(report("reset", "connection reset"), reporter=A.address)
    first = WrittenMessage(said.time_ns, A, B, True, message(b"first"))
    again = WrittenMessage(said.time_ns + 1_000_000_000, A, B, True, message(b"again"))
    reading = read_messages([str(written(tmp_path, first, Failed(said), again))])
    assert [captured.message.body for captured in reading.messages] == [b"first", b"again"]
    assert [(one.kind, one.what) for one in reading.accounting.unreachable] == [("reset", "connection reset")]
