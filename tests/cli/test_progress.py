"""The line that says what is being done."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.cli import progress
from sipdiag.cli.progress import ProgressBar
from sipdiag.pipeline.run import Settings, run

SAMPLE = Path(__file__).parents[2] / "sample_pcaps" / "transfer" / "two-callers-at-once.pcap"


def test_reading_judging_and_writing_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SILENT_S", 0.0)
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    bar = ProgressBar()
    bar(50, 100)
    bar(100, 100)
    bar(5_000_000, None)
    bar.stage("Judging calls", 0, 25_000)
    bar.stage("Judging calls", 12_500, 25_000)
    bar.writing("reports/x.html")
    bar.clear()
    said = capsys.readouterr().err
    for text in (
        "Reading  [###############...............] 50 %",
        "Reading  5 MB",
        "Judging calls (25,000) …",
        "Judging calls  [###############...............] 50 % of 25,000",
        "Writing reports/x.html …",
    ):
        assert f"\r{text}\x1b[K" in said
    assert said.endswith("\r\x1b[K")


def test_what_is_quick_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SILENT_S", 1_000_000.0)
    bar = ProgressBar()
    bar(50, 100)
    bar.stage("Judging calls", 0, 3)
    bar.writing("x")
    bar.clear()
    assert not capsys.readouterr().err


def test_the_pipeline_tells_its_steps() -> None:
    steps: list[tuple[str, int, int]] = []
    run([str(SAMPLE)], Settings(tell=lambda *step: steps.append(step)))
    assert [what for what, _, _ in steps][:3] == [
        "Sorting SIP messages into calls",
        "Judging calls",
        "Collecting evidence",
    ]
    assert all(0 <= done <= total for _, done, total in steps)
