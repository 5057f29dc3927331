"""The plugin in a pytest of its own, as a user runs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_expectation_files_are_items(tmp_path: Path) -> None:
    for name in ("good", "bad", "broken"):
        shutil.copy(SAMPLES / "transfer" / "refer-missing.pcap", tmp_path / f"{name}.pcap")
    (tmp_path / "good.expect.yaml").write_text(
        "args: [--expect, transfer]\ncalls: [{root_cause: transfer/refer-missing}]"
    )
    (tmp_path / "bad.expect.yaml").write_text("calls: [{outcome: transferred}]")
    (tmp_path / "broken.expect.yaml").write_text("calls: [{outcome: transfered}]")
    ran = pytest_in(tmp_path, "-v")
    assert ran.returncode == 1
    assert "good.expect.yaml::good PASSED" in ran.stdout
    assert "2 failed, 1 passed" in ran.stdout
    assert "bad differs from its expectation:\n  call c1: outcome expected transferred, found" in ran.stdout
    assert "broken cannot be tested:\n" in ran.stdout
    assert "unknown outcome 'transfered'" in ran.stdout
    assert "Traceback" not in ran.stdout


def test_the_fixture_analyses_beside_the_test(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "transfer" / "refer-missing.pcap", tmp_path / "call.pcap")
    (tmp_path / "test_calls.py").write_text(
        """
import pytest
from sipdiag.capture.payload import CaptureError


def test_refer_is_missing(sipdiag):
    (call,) = sipdiag.analyze("call.pcap", expect="transfer").calls
    assert call.outcome == "transfer-failed"
    assert call.root_cause.rule == "transfer/refer-missing"


def test_no_such_file(sipdiag):
    with pytest.raises(CaptureError):
        sipdiag.analyze("none.pcap")
"""
    )
    ran = pytest_in(tmp_path, "-q")
    assert ran.returncode == 0, ran.stdout
    assert "2 passed" in ran.stdout
