"""How what a check found is shown."""

from __future__ import annotations

from pathlib import Path

from sipdiag.pipeline.lint import lint
from tests.context.test_lint_instances import DAY, RULEBOOK


def test_some_places_of_many_are_shown(tmp_path: Path) -> None:
    (tmp_path / "half.yaml").write_text("items:\n" + "  - {sipTrunkId: ST_a, authUsername: acme}\n" * 15)
    findings = lint([str(tmp_path / "half.yaml")], DAY, RULEBOOK).findings
    (half,) = [one for one in findings if one.rule == "config/half-credentials"]
    assert len(half.evidence) == 6
