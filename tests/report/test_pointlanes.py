"""Capture points in the ladder: columns between the hosts, and arrows that break off where a message was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.pipeline.results import CallDetail
from sipdiag.pipeline.run import analyze
from sipdiag.report.excerpt import excerpt
from sipdiag.report.flow import flow
from sipdiag.report.ladder import draw
from sipdiag.report.textladder import text_ladder
from tests.messages.simulated import Kind, Truth, simulate


def call(truth: Truth, folder: Path) -> CallDetail:
    (result,) = analyze(simulate(truth, folder))[0].details
    return result


def test_a_lost_message_breaks_off_before_the_point_it_did_not_reach(tmp_path: Path) -> None:
    lines = text_ladder(call(Truth(ahead=0.6, lost=("ACK",), rtp=False), tmp_path))
    head = next(line for line in lines if "a.pcap" in line)
    a, b = head.index("a.pcap") + 3, head.index("b.pcap") + 3
    ack = next(line for line in lines if " ACK " in line)
    assert a < ack.index("✗") < b
    assert "lost between" in ack
    invite = next(line for line in lines if " INVITE " in line)
    assert invite.count("●") == 2
    assert "✗" not in invite


@pytest.mark.parametrize(("kind", "columns"), [("plain", True), ("proxy", False)])
def test_hosts_come_first_where_there_is_no_room(kind: Kind, columns: bool, tmp_path: Path) -> None:
    lines = text_ladder(call(Truth(kind=kind, rtp=False), tmp_path), width=100)
    assert any("capture point" in line for line in lines) == columns
    assert any("│" in line for line in lines)


def test_points_of_a_proxy_stand_on_both_sides_of_it(tmp_path: Path) -> None:
    lines = text_ladder(call(Truth(kind="proxy", rtp=False), tmp_path), width=160)
    head = next(line for line in lines if "a.pcap" in line)
    assert head.index("a.pcap") < head.index("Proxy") < head.index("b.pcap")


def test_one_capture_has_no_such_columns(tmp_path: Path) -> None:
    path = simulate(Truth(rtp=False), tmp_path)[0]
    (result,) = analyze([path])[0].details
    assert not any("capture point" in line for line in text_ladder(result))


def test_the_drawn_ladder_has_the_columns_and_the_cross(tmp_path: Path) -> None:
    result = call(Truth(ahead=0.6, lost=("ACK",), rtp=False), tmp_path)
    ladder = draw(result, excerpt(result, flow(result), set(), 400))
    assert "capture point" in ladder.head
    pictures = "".join(picture for part in ladder.parts for picture in part.pictures)
    assert pictures.count('class="lost"') == 11
    assert pictures.count("<circle") >= 2 * 5
