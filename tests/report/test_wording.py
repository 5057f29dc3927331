"""What proves a finding is named: the capture, a log, the files beside them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sipdiag.pipeline.run import analyze
from sipdiag.position import Frame, Packet, Place
from sipdiag.report.wording import confidence_words
from sipdiag.rules.finding import Confidence, Evidence, Finding
from tests.report import fixtures

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
PLACE = Place("trunk.json", 3, 5, "/trunk/name")
PACKET = Packet(Frame(0, 7), 0, "RTP")


@pytest.fixture
def finding() -> Finding:
    return fixtures.refer_missing().calls[0].findings[0]


@pytest.mark.parametrize(
    ("sources", "meaning"),
    [
        ([PACKET], "the capture proves it"),
        ([PLACE], "the files prove it"),
        ([PACKET, PLACE], "the capture and the files beside it prove it"),
        ([], "the capture proves it"),
    ],
)
def test_what_proves_it(finding: Finding, sources: list[Packet | Place], meaning: str) -> None:
    evidence = tuple(Evidence(source, "x") for source in sources)
    certain = msgspec.structs.replace(finding, confidence=Confidence.certain, evidence=evidence)
    assert confidence_words(certain) == ("Certain", meaning)
    likely = msgspec.structs.replace(certain, confidence=Confidence.likely)
    assert confidence_words(likely)[1].startswith("the evidence points here")


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("geo/suspected-twice", "; that leg c1.2 belongs to this call is no more than possible"),
        ("caller-id/passthrough-bare-403", None),
    ],
)
def test_how_surely_a_leg_belongs_to_the_call_is_said(sample: str, words: str | None) -> None:
    result = analyze([str(SAMPLES / f"{sample}.pcap")])[0].details[0]
    assert result.root_cause is not None
    meaning = confidence_words(result.root_cause, result)[1]
    assert meaning.endswith(words) if words else "leg" not in meaning
