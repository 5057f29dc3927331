"""Simulated calls at two capture points: the clock within its own error, and where something was lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sipdiag.pipeline.run import analyze, load_rulebook
from sipdiag.redaction.reading import Redaction
from sipdiag.report import json as json_report
from tests.logs.test_round_trip import as_log
from tests.messages.simulated import BEHIND_NAT, CALLER, PROXY, Truth, simulate

RULE = "network/lost-between-points"
REFUTED = {
    "signalling/retransmissions",
    "signalling/ack-missing",
    "signalling/ack-not-accepted",
    "signalling/dialog-lost",
    "signalling/no-response",
    "media/loss",
    "media/burst",
    "media/one-way",
    "media/late",
}
"""What one capture alone may say of a call that both prove to be in order, or to have lost something between them."""
RULEBOOK = load_rulebook()
SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps" / "network"

HEALTHY = {
    "plain": Truth(ahead=2.5),
    "behind": Truth(ahead=-7200.3, rtp=False),
    "drift": Truth(ahead=-1.2, drift_ppm=200, talk=600, rtp=False, jitter=0.002),
    "drift-by-rtp": Truth(ahead=4.3, drift_ppm=-75, talk=90),
    "asymmetric": Truth(ahead=1.0, forth=0.18, back=0.02),
    "asymmetric-sip": Truth(ahead=1.0, forth=0.18, back=0.02, rtp=False),
    "nat": Truth(ahead=0.8, kind="nat"),
    "proxy": Truth(ahead=1.7, kind="proxy", rtp=False),
    "sbc": Truth(ahead=2.2, kind="sbc"),
    "step": Truth(ahead=0.5, step=(10, 1.3), talk=25),
    "coarse": Truth(ahead=1.1, grain=0.015625, talk=30),
    "begun-later": Truth(ahead=1.5, windows=(None, (8, 30))),
    "in-step": Truth(ahead=0.04),
}
LOST = {
    "ack": (Truth(ahead=-0.6, lost=("ACK",), rtp=False), "The ACK passed a.pcap 11 times"),
    "ack-nat": (Truth(ahead=0.9, kind="nat", lost=("ACK",), rtp=False), "The ACK passed a.pcap 11 times"),
    "ack-proxy": (Truth(ahead=1.7, kind="proxy", lost=("ACK",), rtp=False), "The ACK passed a.pcap 11 times"),
    "invites": (
        Truth(ahead=0.9, lost=("INVITE", "INVITE"), rtp=False),
        "The INVITE passed a.pcap 3 times, and 2 of these",
    ),
    "invite-in-step": (Truth(ahead=0.04, lost=("INVITE",)), "The INVITE passed a.pcap twice, and 1 of these"),
    "bye": (Truth(ahead=3.0, lost=("BYE",), rtp=False), "The BYE passed a.pcap twice, and 1 of these"),
    "answer-back": (Truth(ahead=1.3, lost=("200",), rtp=False), "The 200 to INVITE passed b.pcap 11 times"),
    "rtp": (Truth(ahead=3.0, lost_forth=0.05, talk=20), "RTP packets"),
    "rtp-back": (Truth(ahead=-2.1, grain=0.015625, lost_back=0.06, talk=30), "RTP packets"),
    "rtp-sbc": (Truth(ahead=2.2, kind="sbc", lost_forth=0.06, talk=20), "RTP packets"),
    "rtp-none-arrives": (Truth(ahead=0.7, lost_forth=1.0, talk=20), "hears nothing"),
    "rtp-none-to-the-end": (Truth(ahead=0.7, lost_forth=1.0, talk=20, hang_up=0.03), "hears nothing"),
    "rtp-none-back-to-the-end": (Truth(ahead=0.7, lost_back=1.0, talk=20, hang_up=0.03), "hears nothing"),
    "rtp-none-there-at-first": (
        Truth(ahead=0.7, lost_forth=1.0, talk=20, hang_up=0.03, windows=(None, (-1, 12))),
        "hears nothing",
    ),
}
UNTOLD = {
    "lost-before-both": Truth(ahead=0.25, lost_before=0.05, talk=20),
    "direction-unseen": Truth(ahead=1.1, unseen="B forth", lost_forth=0.05, talk=20),
    "nothing-in-common": Truth(ahead=1.5, windows=((-1, 6), (8, 40))),
    "rtp-begun-as-the-capture-ends": Truth(ahead=0.7, lost_forth=1.0, talk=20, windows=(None, (-1, 4.3))),
    "lost-while-not-capturing": Truth(ahead=1.0, lost=("ACK",), rtp=False, windows=(None, (-1, 2.5))),
}


def report(truth: Truth, folder: Path, order: int = 1, redaction: Redaction | None = None) -> dict[str, Any]:
    """The JSON of both captures, named in this order."""
    analysis, _ = analyze(simulate(truth, folder)[::order], rulebook=RULEBOOK, redaction=redaction)
    told: dict[str, Any] = json.loads(json_report.render(analysis))
    return told


def findings(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for call in told["calls"] for finding in call["findings"]]


def clock_of_b(told: dict[str, Any]) -> tuple[float, float | None, float | None, list[float]]:
    """What B is ahead of A, whichever of both is the reference: seconds, error, drift, steps."""
    (point,) = (point for point in told["capture"]["points"] if point["compared_with"])
    sign = 1 if point["name"] == "b.pcap" else -1
    drift = point["drift_ppm"]
    return (
        sign * point["clock_s"],
        point["clock_error_s"],
        None if drift is None else sign * drift,
        [sign * step for step in point["steps_s"]],
    )


def check_clock(truth: Truth, told: dict[str, Any]) -> None:
    ahead, error, drift, steps = clock_of_b(told)
    assert error is not None
    assert abs(ahead - truth.ahead) <= error + 0.002  # The first packet is not at second 0.
    assert error <= (truth.forth + truth.back) / 2 + truth.grain + 0.010
    if drift is not None:
        assert abs(drift - truth.drift_ppm) < 20
    assert (drift is None) == (truth.talk < 60)
    assert steps == pytest.approx([truth.step[1]] if truth.step else [], abs=0.03)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_call(name: str, order: int, tmp_path: Path) -> None:
    told = report(HEALTHY[name], tmp_path, order)
    check_clock(HEALTHY[name], told)
    assert [call["outcome"] for call in told["calls"]] == ["answered"]
    assert not {finding["rule"] for finding in findings(told)} & (REFUTED | {RULE})


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("name", LOST)
def test_something_lost_between(name: str, order: int, tmp_path: Path) -> None:
    truth, said = LOST[name]
    told = report(truth, tmp_path, order)
    check_clock(truth, told)
    assert len(told["calls"]) == 1
    (lost,) = (finding for finding in findings(told) if finding["rule"] == RULE)
    assert said in lost["sentence"]
    points = ("a.pcap", "b.pcap") if "back" not in name else ("b.pcap", "a.pcap")
    assert lost["sentence"].index(points[0]) < lost["sentence"].index(points[1])
    assert lost["acts"]["as"] == "network"
    assert not {finding["rule"] for finding in findings(told)} & REFUTED
    assert {item["file"] for item in lost["evidence"]}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("name", UNTOLD)
def test_what_the_points_cannot_tell_is_not_said(name: str, order: int, tmp_path: Path) -> None:
    told = report(UNTOLD[name], tmp_path, order)
    assert RULE not in {finding["rule"] for finding in findings(told)}


@pytest.mark.parametrize(("name", "certain"), [("ack", True), ("rtp", True), ("rtp-none-arrives", False)])
def test_how_sure_it_is(name: str, certain: bool, tmp_path: Path) -> None:
    (lost,) = (one for one in findings(report(LOST[name][0], tmp_path)) if one["rule"] == RULE)
    assert (lost["confidence"] == "certain") == certain


def test_a_loss_before_the_first_packet_there_is_not_certain(tmp_path: Path) -> None:
    (lost,) = (one for one in findings(report(LOST["invites"][0], tmp_path)) if one["rule"] == RULE)
    assert (lost["severity"], lost["confidence"]) == ("info", "likely")


def test_one_direction_alone_gives_no_error(tmp_path: Path) -> None:
    told = report(UNTOLD["direction-unseen"], tmp_path)
    ahead, error, *_ = clock_of_b(told)
    assert error is None
    assert ahead == pytest.approx(1.1, abs=0.05)
    (unsure,) = (point for point in told["capture"]["points"] if point["name"] == "b.pcap")
    assert unsure["sees"] == {"towards_callee": False, "towards_caller": True}


def test_an_unknown_clock_is_not_zero(tmp_path: Path) -> None:
    told = report(UNTOLD["nothing-in-common"], tmp_path)
    assert sorted(str(point["clock_s"]) for point in told["capture"]["points"]) == ["0.0", "None"]
    assert [one["code"] for one in told["capture"]["warnings"]] == ["capture-clock-unknown"]


def test_where_each_message_was_seen(tmp_path: Path) -> None:
    told = report(LOST["ack"][0], tmp_path)
    messages = [one for one in told["calls"][0]["legs"][0]["messages"] if one["copy_of"] is None]
    acks = [one for one in messages if one["start_line"].startswith("ACK")]
    assert {(*one["seen_at"], "/", *one["missed_at"]) for one in acks} == {("a.pcap", "/", "b.pcap")}
    (invite,) = (one for one in messages if one["start_line"].startswith("INVITE"))
    assert invite["seen_at"] == ["a.pcap", "b.pcap"]
    answers = [one for one in messages if one["start_line"].startswith("SIP/2.0 200")]
    assert {tuple(one["seen_at"]) for one in answers[:-1]} == {("b.pcap", "a.pcap")}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nat", [f"{CALLER} becomes {BEHIND_NAT} (NAT)"]),
        ("proxy", [f"the proxy {PROXY} adds Via"]),
        ("sbc", ["an SBC or B2BUA", "joined by it"]),
    ],
)
def test_what_lies_between_is_said(name: str, words: list[str], tmp_path: Path) -> None:
    told = report(HEALTHY[name], tmp_path)
    (note,) = (one["text"] for one in told["capture"]["warnings"] if one["code"] == "capture-points")
    for word in words:
        assert word in note
    changed = {
        header for leg in told["calls"][0]["legs"] for one in leg["messages"] for header in one["changed"]
    }
    assert changed == ({"Via"} if name == "proxy" else set())


def test_legs_behind_an_sbc_are_joined_by_their_rtp(tmp_path: Path) -> None:
    first, second = report(HEALTHY["sbc"], tmp_path)["calls"][0]["legs"]
    assert first["joined_by"] is None
    assert second["joined_by"]["confidence"] == "certain"
    assert "RTP" in second["joined_by"]["how"]
    assert first["call_id"] != second["call_id"]


def test_streams_of_two_points_stay_two(tmp_path: Path) -> None:
    streams = report(LOST["rtp"][0], tmp_path)["calls"][0]["media"]["streams"]
    caller = {one["point"]: one for one in streams if one["direction"] == "to-callee"}
    assert set(caller) == {"a.pcap", "b.pcap"}
    assert caller["a.pcap"]["lost"] == 0
    assert caller["b.pcap"]["lost"] == caller["a.pcap"]["packets"] - caller["b.pcap"]["packets"] > 10


@pytest.mark.parametrize("name", ["ack-nat", "rtp-sbc"])
def test_redacted_together(name: str, tmp_path: Path) -> None:
    told = report(LOST[name][0], tmp_path, redaction=Redaction())
    (lost,) = (finding for finding in findings(told) if finding["rule"] == RULE)
    assert "capture-1.pcap" in lost["sentence"]
    text = json.dumps(told)
    assert CALLER not in text
    assert BEHIND_NAT not in text
    assert PROXY not in text


def test_several_processes_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sipdiag.pipeline.run.SHARED_FROM", 1)
    paths = simulate(LOST["rtp-sbc"][0], tmp_path)
    alone, shared = (json_report.render(analyze(paths, jobs=jobs)[0]) for jobs in (1, 2))
    assert alone == shared


@pytest.mark.parametrize("name", [*LOST])
def test_each_point_alone_says_nothing_of_a_stretch(name: str, tmp_path: Path) -> None:
    for path in simulate(LOST[name][0], tmp_path):
        analysis, _ = analyze([path], rulebook=RULEBOOK)
        rules = {finding.rule for call in analysis.details for finding in call.findings}
        assert RULE not in rules


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("name", "logged"),
    [("ack-lost-between", "b"), ("ack-lost-between", ""), ("two-points", "b"), ("refer-lost-between", "b")],
)
def test_a_capture_and_a_log(name: str, logged: str, order: int, tmp_path: Path) -> None:
    paths = []
    for suffix in ("", "b"):
        capture = SAMPLES / f"{name}{'-' if suffix else ''}{suffix}.pcap"
        if suffix == logged:
            text, _ = as_log("blink", capture)
            paths.append(tmp_path / f"{capture.stem}.log")
            paths[-1].write_bytes(text)
        else:
            paths.append(capture)
    analysis, _ = analyze([str(path) for path in paths[::order]], rulebook=RULEBOOK)
    told = json.loads(json_report.render(analysis))
    assert len(told["calls"]) == 1
    ahead = {point["name"]: point["clock_s"] for point in told["capture"]["points"]}
    assert abs(ahead[paths[1].name] - ahead[paths[0].name]) == pytest.approx(
        0.6 if "lost" in name else 1.2, abs=0.03
    )
    lost = [finding for finding in findings(told) if finding["rule"] == RULE]
    assert [(one["confidence"], paths[1].name in one["sentence"]) for one in lost] == (
        [("likely", True)] if "lost" in name else []
    )
    assert not {finding["rule"] for finding in findings(told)} & {*REFUTED, "transfer/refer-unanswered"}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("form", "ahead", "words"),
    [
        ("sofia", 2.5, "prints no date or no year, and its time of day is 2.500 s ahead of that of a.pcap"),
        ("cisco-ccsip", 2.5, "prints no date or no year, and its time of day is 2.500 s ahead"),
        ("asterisk-pjsip", None, "prints no times; its messages have those that a.pcap gives them"),
        ("blink", 2.5, "The clock of b.log is 2.500 s ahead of that of a.pcap"),
    ],
)
def test_the_clock_of_a_log_without_a_date(
    form: str, ahead: float | None, words: str, order: int, tmp_path: Path
) -> None:
    capture, logged = simulate(Truth(ahead=2.5, rtp=False), tmp_path)
    text, _ = as_log(form, Path(logged))
    log = tmp_path / "b.log"
    log.write_bytes(text)
    analysis, _ = analyze([capture, str(log)][::order], rulebook=RULEBOOK)
    told = json.loads(json_report.render(analysis))
    reference, point = told["capture"]["points"]
    assert (reference["name"], point["name"]) == ("a.pcap", "b.log")
    assert point["clock_s"] == (None if ahead is None else pytest.approx(ahead, abs=0.002))
    (note,) = (one["text"] for one in told["capture"]["warnings"] if one["code"] == "capture-points")
    assert words in note
    # What is shown has the date that the capture tells.
    assert told["calls"][0]["start"].startswith("2026-09-21")
    assert not {finding["rule"] for finding in findings(told)} & {*REFUTED, RULE}
