"""Reading messages again instead of keeping what was read changes no result."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.calls.model import Leg
from sipdiag.messages import read
from sipdiag.messages.captured import CapturedMessage
from sipdiag.pipeline import job
from sipdiag.pipeline.run import analyze
from sipdiag.report import html, json

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*/*.pcap"))[::9]


@pytest.mark.parametrize("capture", SAMPLES, ids=lambda path: path.stem)
def test_a_large_capture_is_judged_like_a_small_one(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, _ = analyze([str(capture)])
    expected = json.render(kept), html.render(kept)
    monkeypatch.setattr(job, "FRUGAL", 0)
    monkeypatch.setattr(json, "FRUGAL", 0)
    monkeypatch.setattr(read, "TABLED_FROM", 0)
    dropped, _ = analyze([str(capture)])
    # What is said of the capture itself, and the proof out of another call, shows a few of its messages.
    findings = [*dropped.findings, *(finding for call in dropped.details for finding in call.findings)]
    shown = {id(proof.captured) for finding in findings for proof in finding.evidence}
    assert all(
        (m.message._fields_read is None and m.message._known is None) or id(m) in shown
        for r in dropped.details
        for leg in r.legs
        for m in _seen(leg.leg)
    )
    assert (json.render(dropped), html.render(dropped)) == expected


def _seen(leg: Leg) -> list[CapturedMessage]:
    return [entry.captured for entry in leg.messages]
