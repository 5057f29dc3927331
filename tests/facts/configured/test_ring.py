"""Ring times in files, held against the CANCEL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.configured.beside import cause, judged, rules


@pytest.mark.parametrize(
    ("ring_s", "as_set", "otherwise"),
    [("30.8", True, False), ("31.5", False, False), ("27", False, True)],
)
def test_a_ring_time_explains_the_cancel_that_came_then(
    ring_s: str, as_set: bool, otherwise: bool, tmp_path: Path
) -> None:
    """The target rang for 30 s, and the INVITE was 33 s old."""
    sample = "target/no-answer-platform-timer"
    analysis = judged(tmp_path, sample, "lk-ring-30.json", '"30s"', f'"{ring_s}s"')
    assert ("because its ring time is set to" in cause(analysis).sentence) is as_set
    assert ("config/not-in-effect" in rules(analysis)) is otherwise
