"""Three capture points in a row, in any order: between which two something was lost."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from sipdiag.media.pairs import StreamPair
from sipdiag.messages.stream_points import in_a_row
from sipdiag.pipeline.run import analyze, load_rulebook
from sipdiag.report import json as json_report
from tests.messages.simulated import Truth, simulate, third

RULE = "network/lost-between-points"
RULEBOOK = load_rulebook()
ORDERS = list(permutations(range(3)))
MIDDLE_AHEAD = 2.4
FAR_BEHIND = -1.7


def told(truth: Truth, like: str, order: tuple[int, ...], folder: Path) -> dict[str, Any]:
    near, far = simulate(truth, folder)
    paths = [near, third(folder, like, MIDDLE_AHEAD - (FAR_BEHIND if like == "b" else 0)), far]
    analysis, _ = analyze([paths[number] for number in order], rulebook=RULEBOOK)
    report: dict[str, Any] = json.loads(json_report.render(analysis))
    return report


def findings(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for call in report["calls"] for finding in call["findings"]]


CASES = [
    # What is lost, which point the middle one is like, and between which two it was lost.
    (Truth(ahead=FAR_BEHIND, lost_forth=0.06, talk=20), "a", ("m.pcap", "b.pcap")),
    (Truth(ahead=FAR_BEHIND, lost_forth=0.06, talk=20), "b", ("a.pcap", "m.pcap")),
    (Truth(ahead=FAR_BEHIND, lost_back=0.06, talk=20), "a", ("b.pcap", "m.pcap")),
    (Truth(ahead=FAR_BEHIND, lost_forth=1.0, talk=20), "a", ("m.pcap", "b.pcap")),
    (Truth(ahead=FAR_BEHIND, lost_forth=1.0, talk=20), "b", ("a.pcap", "m.pcap")),
    (Truth(ahead=FAR_BEHIND, lost=("ACK",), rtp=False), "a", ("m.pcap", "b.pcap")),
    (Truth(ahead=FAR_BEHIND, lost=("ACK",), rtp=False), "b", ("a.pcap", "m.pcap")),
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("truth", "like", "stretch"), CASES)
def test_the_stretch_between_neighbours(
    truth: Truth, like: str, stretch: tuple[str, str], order: tuple[int, ...], tmp_path: Path
) -> None:
    report = told(truth, like, order, tmp_path)
    assert len(report["calls"]) == 1
    (lost,) = (one for one in findings(report) if one["rule"] == RULE)
    named = [name for name in ("a.pcap", "m.pcap", "b.pcap") if name in lost["sentence"]]
    assert sorted(named) == sorted(stretch)
    assert lost["sentence"].index(stretch[0]) < lost["sentence"].index(stretch[1])


@pytest.mark.parametrize("order", ORDERS)
def test_every_clock_and_nothing_lost(order: tuple[int, ...], tmp_path: Path) -> None:
    report = told(Truth(ahead=FAR_BEHIND), "a", order, tmp_path)
    ahead = {"a.pcap": 0.0, "m.pcap": MIDDLE_AHEAD, "b.pcap": FAR_BEHIND}
    points = report["capture"]["points"]
    (reference,) = (point["name"] for point in points if point["compared_with"] is None)
    for point in points:
        wanted = ahead[point["name"]] - ahead[reference]
        assert point["clock_s"] == pytest.approx(wanted, abs=point["clock_error_s"] + 0.002)
    assert RULE not in {one["rule"] for one in findings(report)}
    assert report["calls"][0]["outcome"] == "answered"


def pair(near: int, far: int, lost: int = 0, unseen: int = 0) -> StreamPair:
    return StreamPair(near, far, (near, far), lost=lost, unseen=unseen)


def test_what_the_middle_point_did_not_capture_was_not_lost_before_it() -> None:
    first, second, outer = pair(0, 1, lost=60), pair(1, 2, lost=3, unseen=58), pair(0, 2, lost=5)
    assert [(one.near, one.far, one.lost) for one in in_a_row([outer, first, second], [])] == [
        (0, 1, 2),
        (1, 2, 3),
    ]


def test_what_went_on_to_a_farther_point_is_not_absent_at_one_before() -> None:
    gone = StreamPair(0, None, (0, 7), expected=500, lost=500)
    assert list(in_a_row([pair(0, 1)], [(9, gone)])) == [pair(0, 1)]
    assert list(in_a_row([], [(9, gone)])) == [gone]


def test_of_two_points_that_a_stream_did_not_reach_the_next_one() -> None:
    near, far = (StreamPair(0, None, (0, point), expected=500, lost=500) for point in (1, 2))
    assert list(in_a_row([], [(20, far), (10, near)])) == [near]
