"""The page on large captures says what holds."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "large-captures.md"
ROWS = re.findall(r"^\| .* \| ([\d,]+) \| `([\w.]+)` \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("value", "name"), ROWS, ids=[name for _, name in ROWS])
def test_documented_bounds_are_true(value: str, name: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(importlib.import_module(f"sipdiag.{module}"), constant) == int(value.replace(",", ""))


def test_there_are_some() -> None:
    assert len(ROWS) == 9
