"""Where calls and transfers are to go, as documents say."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.pipeline.lint import lint
from tests.context.test_lint_instances import DAY, RULEBOOK, TEXTS


@pytest.mark.parametrize(("number", "told"), [("13125", False), ("3125550", True)])
def test_a_number_without_plus_over_a_trunk_to_twilio(number: str, told: bool, tmp_path: Path) -> None:
    """An extension has none."""
    documents = {
        "call.json": TEXTS["lk-call-own.json"].replace("+13125550162", number),
        "trunk.json": TEXTS["outbound-list.json"],
    }
    for name, text in documents.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = lint([str(tmp_path / name) for name in documents], DAY, RULEBOOK).findings
    assert any(one.rule == "config/number-not-e164" for one in found) is told
