"""From the answer to the first RTP packet of each side; from INVITE to the first 18x."""

from __future__ import annotations

import json as stdlib_json
from pathlib import Path

import pytest

from sipdiag.pipeline.results import CallDetail
from sipdiag.pipeline.run import analyze
from sipdiag.report import json
from sipdiag.report.firstrtp import first_rtp_s
from sipdiag.report.timeline import timeline
from tests.calls.dialogs import one_call

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"


def sample(name: str) -> CallDetail:
    return analyze([str(SAMPLES / f"{name}.pcap")])[0].details[0]


def test_each_way_has_its_own() -> None:
    call = sample("media/one-way")
    to_caller, to_callee = (first_rtp_s(call, to_caller=way) for way in (True, False))
    heard = [one for one in (to_caller, to_callee) if one is not None]
    assert len(heard) == 1
    assert 0 <= heard[0] < 1
    labels = [phase.label for phase in timeline(call).phases]
    assert sum("first RTP" in label for label in labels) == 1
    assert "To the first 18x" in labels


def test_the_json_tells_them() -> None:
    analysis, _ = analyze([str(SAMPLES / "media/one-way.pcap")])
    call = stdlib_json.loads(json.render(analysis))["calls"][0]
    assert set(call["first_rtp_s"]) == {"to_caller", "to_callee"}
    assert 0 < call["progress_s"] < call["setup_s"]


@pytest.mark.parametrize(
    ("ladder", "progress_s"),
    [
        ("- a INVITE\n- a 100\n- a 183 +1\n- a 180 +1\n- a 486 +1\n- a ACK", 1.0),
        ("- a INVITE\n- a 100\n- a 486 +1\n- a ACK", None),
    ],
)
def test_the_first_18x(ladder: str, progress_s: float | None) -> None:
    call = one_call(ladder)
    assert call.progress_s == (None if progress_s is None else pytest.approx(progress_s, abs=0.02))
    assert first_rtp_s(call, to_caller=True) is None
