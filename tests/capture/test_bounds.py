"""Passing a bound is a warning, never a crash; the documentation lists every bound as it is."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

import sipdiag
from sipdiag.capture import encapsulated, encrypted, sctp, tcp, websocket
from tests.capture.build import Result, eth, ipv4, pcap, read_bytes, sip
from tests.capture.build import tcp as segment
from tests.capture.test_fuzz import WIRELESS
from tests.capture.test_other_transports import sctp as sctp_packet

DOCUMENT = Path(__file__).parents[2] / "docs" / "captures.md"
BOUND = re.compile(r"(?:MOST|MAX|LONGEST|LARGEST|DEEPEST|OLDEST|WAIT|WINDOW|FREE|FAR|UNRECOGNISED)\w* = ")


def warnings(result: Result) -> list[str]:
    return [note.text for note in result.notes if note.code == "bound"]


def test_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "MOST_CONNECTIONS", 3)
    packets = [eth(ipv4(segment(sip(), 1, 40000 + number), 6)) for number in range(10)]
    result = read_bytes(tmp_path, pcap(packets))
    (text,) = warnings(result)
    assert "More than 3 TCP connections" in text
    assert "were given up" in text


def test_long_websocket_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "LONGEST_MESSAGE", 500)

    def framed(data: bytes, first: int = 0x81) -> bytes:
        return bytes((first, 126)) + len(data).to_bytes(2, "big") + data

    short, long = sip(), sip(body=b"x" * 600)
    pieces = [framed(short), framed(long), framed(long[:400], 1), framed(long[400:], 0x80), framed(short)]
    packets, position = [], 1
    for piece in pieces:
        packets.append(eth(ipv4(segment(piece, position, 40000, 80), 6)))
        position += len(piece)
    result = read_bytes(tmp_path, pcap(packets))
    assert result.data == [short, short]
    (text,) = warnings(result)
    assert text == "WebSocket messages longer than 500 bytes: 2 were left out."


def test_encrypted_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted, "MOST_ENCRYPTED", 3)
    record = b"\x17\x03\x03\x00\x20" + bytes(32)
    packets = [eth(ipv4(segment(record, 1, 40000 + number, 5061), 6)) for number in range(5)]
    assert not warnings(read_bytes(tmp_path, pcap(packets[:3] * 2)))
    result = read_bytes(tmp_path, pcap(packets * 2))
    (text,) = warnings(result)
    assert "More than 3 encrypted connections" in text
    assert len(result.accounting.encrypted) == 3


def test_sctp_fragments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sctp, "MOST_FRAGMENTS", 2)
    begin = [
        b"\x00\x02\x00\x14" + number.to_bytes(4, "big") + bytes(8) + b"SIP/" for number in range(0, 50, 10)
    ]
    (text,) = warnings(read_bytes(tmp_path, pcap([sctp_packet(chunk) for chunk in begin])))
    assert "3 were dropped" in text


def test_packets_through_scapy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encapsulated, "MOST_PACKETS", 1)
    result = read_bytes(tmp_path, pcap(WIRELESS, link=105))
    (text,) = warnings(result)
    assert "3 were not looked into" in text
    assert len(result.payloads) == 1
    assert result.accounting.undecoded == {"802.11 without IP": 3}


def documented() -> dict[str, str]:
    """Value by ``module.NAME``."""
    rows = re.findall(
        r"^\| .* \| ([\d,.]+) ([^|]*)\| `([\w.]+)` \|$", DOCUMENT.read_text(encoding="utf-8"), re.M
    )
    return {name: f"{number} {unit}".strip() for number, unit, name in rows}


UNITS = {
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "s": 1_000_000_000,
}


@pytest.mark.parametrize("name", documented())
def test_documented_bounds_are_true(name: str) -> None:
    module, _, constant = name.rpartition(".")
    value = getattr(importlib.import_module(f"sipdiag.{module}"), constant)
    number, _, unit = documented()[name].partition(" ")
    assert float(number.replace(",", "")) * UNITS.get(unit, 1) == value


def test_every_bound_is_documented() -> None:
    root = Path(sipdiag.__file__).parent
    written = {
        f"{folder}.{path.stem}.{line.split(' ')[0]}"
        for folder in ("capture", "sip")
        for path in (root / folder).glob("*.py")
        if not path.stem.startswith("redact")
        for line in path.read_text(encoding="utf-8").splitlines()
        if BOUND.match(line)
    }
    assert written == documented().keys()
