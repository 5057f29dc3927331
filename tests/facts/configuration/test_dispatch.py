"""Dispatch rules and the trunks whose calls they take."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from sipdiag.facts.configuration.files import Files
from sipdiag.pipeline.configuration import read_alone
from sipdiag.pipeline.context import context_of
from tests.calls.dialogs import knowledge

DAY = datetime.date(2026, 11, 1)
TRUNK = (
    '{"items": [{"sipTrunkId": "ST_in", "name": "in", "numbers": ["+12025550148"], "krispEnabled": true}]}'
)


@pytest.mark.parametrize(
    ("name", "missing"), [("dispatch-rules.json", True), ("rules.json", True), ("outbound.json", False)]
)
def test_an_empty_list_of_dispatch_rules_takes_no_call(tmp_path: Path, name: str, missing: bool) -> None:
    """Only its name tells what an empty list is a list of."""
    (tmp_path / "inbound.json").write_text(TRUNK)
    (tmp_path / name).write_text('{"items": []}')
    providers = knowledge()[1]
    files = Files(
        read_alone([str(tmp_path / one) for one in ("inbound.json", name)], providers, DAY), providers
    )
    assert context_of(files).facts["no_dispatch_rule"] is missing
