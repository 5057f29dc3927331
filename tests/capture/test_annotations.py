"""What pcapng files say beside their packets: interface names, comments, resolved names."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from sipdiag.capture import annotations as pcapng_annotations
from sipdiag.pipeline.run import analyze
from sipdiag.redaction.reading import Redaction
from tests.capture.build import START_NS, block, enhanced, frame, interface, read_bytes, section, sip
from tests.messages.test_capture_points import SAMPLE, records


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def commented(data: bytes, comment: bytes, order: str = "<", before: bytes = b"") -> bytes:
    ticks = START_NS // 1000
    head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    body = head + data + bytes(-len(data) % 4) + before + option(1, comment, order) + bytes(4)
    return block(6, body, order)


def resolution(*records: bytes, order: str = "<") -> bytes:
    return block(4, b"".join(records) + bytes(4), order)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_comments_are_notes(tmp_path: Path, order: str, size: int) -> None:
    data = frame(sip(body=b"x" * size))
    head = block(
        0x0A0D0D0A,
        struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + option(1, b"of the file", order),
        order,
    )
    content = (
        head + interface(order=order) + enhanced(data, 1, order=order) + commented(data, b"look here", order)
    )
    result = read_bytes(tmp_path, content)
    assert [(note.code, note.text, note.frame) for note in result.notes] == [
        ("comment", "Comment in the capture: of the file", None),
        ("comment", "Comment on frame 2: look here", 2),
    ]
    assert len(result.payloads) == 2


def test_other_options_are_no_comments(tmp_path: Path) -> None:
    content = section() + interface() + commented(frame(sip()), b"x", before=option(2, bytes(4)) + bytes(4))
    assert not read_bytes(tmp_path, content).notes


def test_comments_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcapng_annotations, "MOST_COMMENTS", 2)
    content = section() + interface() + commented(frame(sip()), b"long \xff\n" * 1000) * 5
    notes = read_bytes(tmp_path, content).notes
    assert len(notes) == 3
    assert notes[-1].text == "The capture has 3 more comments."
    assert all(len(note.text) < 600 and "\n" not in note.text for note in notes)


def test_names_of_interfaces_and_hosts(tmp_path: Path) -> None:
    names = resolution(
        option(1, bytes((192, 0, 2, 1)) + b"sbc.example.com\0other.example.com\0"),
        option(2, bytes(15) + b"\x01" + b"localhost\0"),
        option(1, b"\x01"),
        option(99, b"whatever"),
    )
    content = section() + interface(options=[(2, b"eth0")]) + interface() + names
    content += section() + interface(options=[(2, "büro".encode())])
    info = read_bytes(tmp_path, content).files[0]
    assert info.interfaces == {0: "eth0", 2: "büro"}
    assert info.names == {"192.0.2.1": "sbc.example.com", "::1": "localhost"}


@pytest.mark.parametrize("cut", range(4, 60, 3))
def test_damaged_blocks_say_nothing(tmp_path: Path, cut: int) -> None:
    body = option(1, bytes((192, 0, 2, 1)) + b"sbc.example.com\0") + option(1, bytes(4) + b"zero\0")
    content = section() + block(4, body[:cut]) + interface() + enhanced(frame(sip()), 1)
    assert len(read_bytes(tmp_path, content).payloads) == 1


def test_redaction_tells_nothing_of_them(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    names = resolution(option(1, bytes((192, 0, 2, 1)) + b"sbc.customer.example\0"))
    path.write_bytes(section() + interface() + names + commented(frame(sip()), b"call of Ms Miller"))
    plain, _ = analyze([str(path)])
    redacted, _ = analyze([str(path)], redaction=Redaction())
    assert any("Miller" in note.text for note in plain.notes)
    assert not any("Miller" in note.text for note in redacted.notes)
    assert plain.files[0].names == {"192.0.2.1": "sbc.customer.example"}
    assert "customer" not in repr(redacted.files[0])
    assert "192.0.2.1" not in repr(redacted.files[0])


def test_hosts_are_called_by_the_names_of_the_capture(tmp_path: Path) -> None:
    sample = SAMPLE.parents[1] / "healthy" / "forked-completed-elsewhere.pcap"
    names = resolution(option(1, bytes((198, 51, 100, 31)) + b"desk.example.com\0"))
    blocks = [enhanced(data, time_ns // 1000) for time_ns, data in records(sample)]
    path = tmp_path / "a.pcapng"
    path.write_bytes(section() + interface() + names + b"".join(blocks))
    analysis, _ = analyze([str(path)])
    called = {p.host.address: p.name for result in analysis.details for p in result.participants}
    assert called["198.51.100.31"] == "desk.example.com"
    assert called["198.51.100.32"].startswith("Callee ")
