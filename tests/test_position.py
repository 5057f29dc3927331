"""Positions: how each kind is worded, numbered and anchored."""

from __future__ import annotations

import pytest

from sipdiag.position import Frame, Line, Place, Position, anchor, short, wording

MODE = Place("retell-tool.json", 14, 5, "/transfer_option/cold_transfer_mode", "sip_invite")


@pytest.mark.parametrize(
    ("position", "inputs", "words"),
    [
        (Frame(0, 12), ["call.pcap"], "frame 12"),
        (Frame(1, 12), ["a.pcap", "b.pcap"], "frame 12 of b.pcap"),
        (Frame(0, 12), [], "frame 12"),
        (Line(0, 120), ["asterisk.log"], "asterisk.log:120"),
        (Line(1, 120), ["call.pcap", "asterisk.log"], "asterisk.log:120"),
        (Line(0, 120), [], "line 120"),
        (MODE, ["call.pcap"], "retell-tool.json:14"),
    ],
)
def test_wording(position: Position, inputs: list[str], words: str) -> None:
    assert wording(position, inputs) == words


def test_the_frame_that_completed_it_counts() -> None:
    position = Frame.of(1, (7, 8, 12))
    assert position == Frame(1, 12, (7, 8))
    assert position.numbers == (7, 8, 12)
    assert Frame.of(0, (3,)) == Frame(0, 3)


def test_anchors_count_files_from_1() -> None:
    assert [anchor(Frame(0, 12)), anchor(Line(1, 120))] == ["f1-frame-12", "f2-line-120"]
    assert [short(Frame(0, 12)), short(Line(1, 120))] == ["frame 12", "line 120"]
