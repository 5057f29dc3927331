"""How long a call was set up, rang, was talked on and transferred."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import replace

from sipdiag.pipeline.run import analyze
from sipdiag.report.timeline import timeline
from tests.report import fixtures

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"


def test_phases_of_a_plain_call() -> None:
    told = timeline(fixtures.healthy().details[0])
    assert [(p.name, p.text) for p in told.phases] == [
        ("setup", "1.49 s"),
        ("ring", "1.40 s"),
        ("talk", "42.0 s"),
        ("total", "43.5 s"),
    ]
    assert "move" not in told.bar


def test_transfer_is_timed_from_refer_to_the_last_notify() -> None:
    result = fixtures.refer_transfer().details[0]
    told = timeline(result)
    assert ("move", "6.10 s") in [(p.name, p.text) for p in told.phases]
    bar = re.search(r'class="move" x="([\d.]+)" y="0.3" width="([\d.]+)"', told.bar)
    assert bar
    assert float(bar[1]) + float(bar[2]) <= 100


def test_transfer_by_invite_is_timed_to_its_refusal() -> None:
    result = fixtures.refused_second_invite().details[0]
    told = timeline(result)
    assert [p.text for p in told.phases if p.name == "move"] == ["0.88 s"]


def test_transfer_that_was_never_sent_has_no_time() -> None:
    told = timeline(fixtures.refer_missing().details[0])
    assert "move" not in [p.name for p in told.phases]


def test_shares_fill_the_bar() -> None:
    result = replace(fixtures.healthy().details[0], talk_s=None, ring_s=None)
    widths = re.findall(r'width="([\d.]+)"', timeline(result).bar)
    assert abs(sum(map(float, widths)) - 100) < 0.1


def test_what_a_183_brings_is_not_called_ringing() -> None:
    """It may be a ringback tone, or an announcement."""
    early = analyze([str(SAMPLES / "target" / "busy-announced.pcap")])[0].details[0]
    labels = {phase.name: phase.label for phase in timeline(early).phases}
    assert labels["ring"] == "Early media"
    labels = {phase.name: phase.label for phase in timeline(fixtures.healthy().details[0]).phases}
    assert labels["ring"] == "Ringing"
