"""``analyze`` as a step of a pipeline: SARIF, JUnit, exit status."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.regression.conftest import SAMPLES, Run, run

__all__ = ["run"]

MISSING = SAMPLES / "transfer" / "refer-missing.pcap"
WARNED = SAMPLES / "transfer" / "leg-left-open.pcap"
HEALTHY = SAMPLES / "transfer" / "refer-completed.pcap"


@pytest.mark.parametrize(
    ("capture", "limit", "status"),
    [
        (MISSING, "never", 0),
        (MISSING, "error", 1),
        (MISSING, "warning", 1),
        (WARNED, "error", 0),
        (WARNED, "warning", 1),
        (HEALTHY, "warning", 0),
    ],
)
def test_fail_on(run: Run, capture: Path, limit: str, status: int) -> None:
    ran = run("analyze", capture, "--expect", "transfer", "--fail-on", limit, "-f", "text", "-o", "-")
    assert (ran.status, ran.err) == (status, "")


def test_an_unreadable_file_wins_over_findings(run: Run, tmp_path: Path) -> None:
    ran = run("analyze", MISSING, tmp_path / "none.pcap", "--fail-on", "error", "-f", "text", "-o", "-")
    assert ran.status == 2
    assert "none.pcap" in ran.err


def test_files_of_both_formats(run: Run, tmp_path: Path) -> None:
    ran = run("analyze", MISSING, "--expect", "transfer", "-f", "sarif", "-f", "junit", "-o", tmp_path)
    assert ran.status == 0
    log = json.loads((tmp_path / "refer-missing.sarif").read_text())
    assert log["version"] == "2.1.0"
    assert ElementTree.parse(tmp_path / "refer-missing.xml").getroot().tag == "testsuites"


@pytest.mark.parametrize("name", ["sarif", "junit"])
def test_a_file_that_is_no_capture(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / "text.pcap"
    path.write_bytes(b"PK\x03\x04" + bytes(60))
    ran = run("analyze", path, "-f", name, "-o", "-")
    assert (ran.status, ran.out) == (2, "")
    assert "text.pcap" in ran.err


def test_fingerprints_survive_redaction(run: Run) -> None:
    def prints(*options: str) -> list[dict[str, str]]:
        ran = run("analyze", MISSING, "--expect", "transfer", "-f", "sarif", "-o", "-", *options)
        assert ("4155550137" in ran.out) == (not options)
        return [one["partialFingerprints"] for one in json.loads(ran.out)["runs"][0]["results"]]

    assert prints("--redact") == prints() != []
