"""Settings and records of a transfer, held against its times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.configured.beside import cause, judged, rules


@pytest.mark.parametrize(("detection_ms", "confidence"), [(30_800, "certain"), (31_500, "likely")])
def test_a_detection_time_explains_the_bye_that_came_then(
    detection_ms: int, confidence: str, tmp_path: Path
) -> None:
    """The target was up for 30 s."""
    sample = "transfer/target-dropped-by-platform"
    analysis = judged(tmp_path, sample, "warm-30.json", ": 30000", f": {detection_ms}")
    assert cause(analysis).confidence.name == confidence


@pytest.mark.parametrize(
    ("at", "told"), [("15:46:46", True), ("15:47:06", False), ("15:46:24.5", True), ("15:46:23.5", False)]
)
def test_an_alert_soon_after_the_refer_is_of_its_webhook(at: str, told: bool, tmp_path: Path) -> None:
    """The REFER is of 15:46:26; the carrier's clock may be a little behind."""
    sample = "transfer/success-unproven-dial"
    analysis = judged(tmp_path, sample, "alert-11200.json", "15:46:26.000", at)
    assert ("transfer/webhook-failed" in rules(analysis)) is told
