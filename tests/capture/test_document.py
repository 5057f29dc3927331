"""Every test that the documentation of captures names exists, and was not renamed away."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "captures.md"
TEST = re.compile(r"`((?:tests/)?[\w/]+\.py)::([^`]+)`")


def named() -> set[str]:
    found = TEST.findall(DOCUMENT.read_text(encoding="utf-8"))
    return {f"{file if '/' in file else f'tests/capture/{file}'}::{test}" for file, test in found}


def collected(files: set[str]) -> set[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-n", "0"]
    run = subprocess.run(
        [*command, *sorted(files)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    ids = {line for line in run.stdout.splitlines() if "::" in line}
    return ids | {line.partition("[")[0] for line in ids}


def test_named_tests_exist() -> None:
    tests = named()
    assert len(tests) > 60
    assert not tests - collected({test.partition("::")[0] for test in tests})


def test_every_row_has_a_test() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    tables = text.split("## File formats")[1].split("## Bounds")[0]
    rows = [line for line in tables.splitlines() if line.startswith("| ") and "Proven by" not in line]
    assert rows
    assert not [row for row in rows if not TEST.search(row)]
