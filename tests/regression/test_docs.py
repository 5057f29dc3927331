"""The examples in the documentation work as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sipdiag.regression.case import load_case
from sipdiag.scenario import compile_scenario
from tests.comparison.conftest import HEAD

DOCS = Path(__file__).parent.parent.parent / "docs"


def blocks(name: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", (DOCS / name).read_text(), re.MULTILINE | re.DOTALL)


def test_the_expectation_file(tmp_path: Path) -> None:
    path = tmp_path / "call.expect.yaml"
    path.write_text(blocks("regression-tests.md")[0])
    expected = load_case(path)
    assert expected.calls[0].legs[0].assertions
    assert expected.findings.must_not


@pytest.mark.parametrize("number", [1, 2])
def test_the_pipelines_are_yaml(number: int) -> None:
    pipeline: dict[str, Any] = yaml.safe_load(blocks("regression-tests.md")[number])
    assert "sipdiag test traces --junit traces.xml" in str(pipeline)


def test_the_first_scenario(tmp_path: Path) -> None:
    path = tmp_path / "first.scenario.yaml"
    path.write_text(blocks("scenarios.md")[0])
    assert len(compile_scenario(path)) > 3000


def test_the_faults(tmp_path: Path) -> None:
    path = tmp_path / "faults.scenario.yaml"
    path.write_text(
        HEAD + "  - a INVITE\n" + blocks("scenarios.md")[-1].replace("RTP 30", "ACK\n  - a RTP 2")
    )
    assert len(compile_scenario(path)) > 30_000
