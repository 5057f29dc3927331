"""What reading a capture showed reaches every output through the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from sipdiag.cli import cli
from tests.capture.build import START_NS, Packet, eth, frame, pcap, rtp, sip, tcp_frame, timed
from tests.capture.test_unreachable import error
from tests.messages.test_capture_points import CALL

FORMATS = ("html", "json", "markdown", "text")


def report(path: Path, format_: str) -> str:
    run = CliRunner().invoke(cli, ["analyze", "-f", format_, "-o", "-", str(path)], standalone_mode=False)
    assert run.exception is None
    assert run.return_value == 0
    if format_ == "json":
        return json.dumps(json.loads(run.stdout), ensure_ascii=False)
    return " ".join(run.stdout.split())


def write(folder: Path, content: bytes) -> Path:
    path = folder / "a.pcap"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("format_", FORMATS)
def test_every_output_counts_the_frames(tmp_path: Path, format_: str) -> None:
    packets = [data for _, data in CALL]
    odd = [eth(b"", 0x0806)] * 3 + [error(bytes(8))] * 2 + [frame(rtp(n), 20000, 20002) for n in range(7)]
    said = report(write(tmp_path, pcap(timed([*packets, *odd, frame(b"?", 1111, 2222)]))), format_)
    sips = len(packets)
    if format_ == "json":
        assert json.loads(said)["capture"]["frames"] == {
            "seen": sips + 13,
            "sip": sips,
            "rtp": 7,
            "other": 1,
            "undecoded": {"ARP": 3, "ICMP": 2},
        }
        return
    expected = {
        "text": [f"{sips + 13} frames ({sips} SIP, 7 RTP, 1 other, 5 not decoded: 3 ARP, 2 ICMP)"],
        "markdown": [
            f"{sips + 13} frames: {sips} SIP, 7 RTP, 1 other",
            "Not decoded: 3 × ARP",
            "Not decoded: 2 × ICMP",
        ],
        "html": [f"{sips + 13} seen, {sips} SIP, 7 RTP and RTCP, 1 other", "3 × ARP, 2 × ICMP"],
    }
    for text in expected[format_]:
        assert text in said


@pytest.mark.parametrize("format_", FORMATS)
def test_a_cut_message_is_named_in_every_output(tmp_path: Path, format_: str) -> None:
    packets = [Packet(data, time_ns) for time_ns, data in CALL]
    for number in (2, 4):
        packets[number] = Packet(
            packets[number].data[:-40], packets[number].time_ns, wire=len(packets[number].data)
        )
    said = report(write(tmp_path, pcap(packets)), format_)
    assert "capture/truncated" in said
    assert "2 SIP messages are incomplete in the capture (frames 3, 5)" in said


@pytest.mark.parametrize("format_", FORMATS)
def test_damage_is_named_in_every_output(tmp_path: Path, format_: str) -> None:
    content = pcap([Packet(data, time_ns) for time_ns, data in CALL])
    said = report(write(tmp_path, content[:-7]), format_)
    assert "capture/damaged" in said
    assert "The file ends in the middle of" in said


@pytest.mark.parametrize("format_", FORMATS)
def test_encrypted_connections_are_named_in_every_output(tmp_path: Path, format_: str) -> None:
    record = b"\x17\x03\x03\x00\x20" + bytes(32)
    said = report(write(tmp_path, pcap([tcp_frame(record, 1, port=5061)])), format_)
    assert "capture/encrypted" in said
    assert (
        "1 TLS connection could not be read; by port and peer this looks like SIP "
        "(192.0.2.1:40000 → 192.0.2.2:5061, port 5061)" in said
    )
    if format_ in ("html", "json"):
        assert "--keylog" in said


@pytest.mark.parametrize("format_", FORMATS)
def test_a_lost_segment_is_named_in_every_output(tmp_path: Path, format_: str) -> None:
    packets = [tcp_frame(sip("INVITE"), 1), tcp_frame(sip("BYE"), 5000)]
    said = report(write(tmp_path, pcap(timed(packets, start_ns=START_NS))), format_)
    assert "bytes of the TCP stream 192.0.2.1:40000 → 192.0.2.2:5060 were not captured before frame 2" in said
    assert said.count("were not captured before frame 2") == 1


def test_a_pipe_is_read(tmp_path: Path) -> None:
    content = pcap([Packet(data, time_ns) for time_ns, data in CALL])
    run = CliRunner().invoke(cli, ["messages", "-"], input=content, standalone_mode=False)
    assert run.exception is None
    assert len(run.stdout.splitlines()) == 1 + len(CALL)
    assert os.fspath(tmp_path) not in run.stdout
