"""Captures with a document beside them that is a changed one of tests/context/wire.yaml."""

from __future__ import annotations

from pathlib import Path

from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import analyze
from sipdiag.rules.finding import Finding
from tests.context.test_lint_instances import RULEBOOK
from tests.context.test_wire_instances import DOCUMENTS, SAMPLES


def judged(folder: Path, capture: str, document: str, was: str, now: str) -> Analysis:
    """A sample with that document, in which one text is another."""
    text = DOCUMENTS[document]
    assert was in text
    (folder / document).write_text(text.replace(was, now), encoding="utf-8")
    return analyze([str(SAMPLES / f"{capture}.pcap")], rulebook=RULEBOOK, context=[str(folder / document)])[0]


def cause(analysis: Analysis) -> Finding:
    """The root cause of the only call."""
    (call,) = analysis.calls
    assert call.root_cause is not None
    return call.root_cause


def rules(analysis: Analysis) -> set[str]:
    """The rules that fired on the capture and its calls."""
    return {
        one.rule for one in [*analysis.findings, *(one for call in analysis.calls for one in call.findings)]
    }
