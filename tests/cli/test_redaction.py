"""--redact, --redact-map and scrub on the command line."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sipdiag.cli import cli

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
SAMPLE = SAMPLES / "transfer" / "bridged-though-refer-expected.pcap"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args], standalone_mode=False)


def caller_of(capture: Path) -> str:
    result = run("analyze", capture, "-f", "json", "-o", "-")
    number: str = json.loads(result.stdout)["calls"][0]["from"]["number"]
    return number


def test_the_report_is_named_after_nobody(place: Path) -> None:
    named = place / "acme.pcap"
    named.write_bytes(SAMPLE.read_bytes())
    result = run("analyze", named, "--redact", "-f", "markdown")
    assert [path.name for path in (place / "reports").iterdir()] == ["capture-1.md"]
    assert "acme" not in result.stdout
    assert "acme" not in (place / "reports" / "capture-1.md").read_text()


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_what_became_what_is_written_for_its_owner_alone(place: Path) -> None:
    caller = caller_of(SAMPLE)
    table = place / "map.json"
    table.write_text("old")
    table.chmod(0o644)
    result = run("analyze", SAMPLE, "--redact-map", table, "-f", "json", "-o", "-")
    shown = json.loads(result.stdout)["calls"][0]["from"]["number"]
    assert json.loads(table.read_text())["numbers"][caller] == shown != caller
    assert stat.S_IMODE(table.stat().st_mode) == 0o600


def test_a_map_that_cannot_be_written_is_one_line(place: Path) -> None:
    result = run("analyze", SAMPLE, "--redact-map", place / "no" / "map.json", "-o", "-")
    assert result.exception is not None
    assert "--redact-map" in str(result.exception)


@pytest.mark.parametrize("command", ["calls", "show"])
def test_other_looks_are_redacted_too(command: str) -> None:
    caller = caller_of(SAMPLE)
    assert caller in run(command, SAMPLE).stdout
    redacted = run(command, SAMPLE, "--redact").stdout
    assert redacted
    assert caller not in redacted


@pytest.mark.parametrize("start", [0, 2, 5])
def test_calls_are_still_chosen_by_what_the_capture_says(start: int) -> None:
    caller = caller_of(SAMPLE)
    result = run("analyze", SAMPLE, "--redact", "--call", caller[start:], "-f", "json", "-o", "-")
    report = json.loads(result.stdout)
    assert len(report["calls"]) == 1
    assert caller not in result.stdout


def test_calls_are_chosen_by_part_of_a_call_id() -> None:
    report = json.loads(run("analyze", SAMPLE, "-f", "json", "-o", "-").stdout)
    call_id = report["calls"][0]["legs"][0]["call_id"]
    result = run("analyze", SAMPLE, "--redact", "--call", call_id[2:12], "-f", "json", "-o", "-")
    assert len(json.loads(result.stdout)["calls"]) == 1


def test_messages_are_redacted_under_the_names_of_files() -> None:
    result = run("messages", SAMPLE, SAMPLE, "--redact")
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert rows[0][-1] == "file"
    assert {row[-1] for row in rows[1:]} == {"capture-1.pcap", "capture-2.pcap"}
    assert caller_of(SAMPLE) not in result.stdout


def test_each_run_has_its_own_pseudonyms() -> None:
    assert run("messages", SAMPLE, "--redact").stdout != run("messages", SAMPLE, "--redact").stdout


def test_scrub_writes_a_capture_and_says_what_it_left_out(place: Path) -> None:
    sample = SAMPLES / "healthy" / "with-rtp.pcap"
    result = run("scrub", sample, "-o", "clean.pcap", "--redact-map", "map.json")
    assert result.stdout.startswith("clean.pcap: ")
    assert "left out" not in result.stdout
    report = json.loads(run("analyze", "clean.pcap", "-f", "json", "-o", "-").stdout)
    before = json.loads(run("analyze", sample, "-f", "json", "-o", "-").stdout)
    assert len(report["calls"]) == len(before["calls"]) > 0
    counts = [[one["packets"] for one in told["calls"][0]["media"]["streams"]] for told in (report, before)]
    assert counts[0] == counts[1] == [300, 300]
    assert stat.S_IMODE((place / "map.json").stat().st_mode) == 0o600


def test_scrub_to_standard_output(place: Path) -> None:
    result = run("scrub", SAMPLE, "-o", "-")
    (place / "clean.pcap").write_bytes(result.stdout_bytes)
    assert json.loads(run("analyze", "clean.pcap", "-f", "json", "-o", "-").stdout)["calls"]


def test_scrub_does_not_overwrite_its_input(place: Path) -> None:
    (place / "a.pcap").write_bytes(SAMPLE.read_bytes())
    result = run("scrub", "a.pcap", "-o", place / "a.pcap")
    assert "name another file" in str(result.exception)
    assert (place / "a.pcap").read_bytes() == SAMPLE.read_bytes()


def test_scrub_says_in_one_line_what_it_cannot_work_with(place: Path) -> None:
    (place / "text.pcap").write_bytes(b"PK\x03\x04" + bytes(60))
    assert run("scrub", "text.pcap", "-o", "clean.pcap").exception is not None
    assert not (place / "clean.pcap").exists()
    assert "-o" in str(run("scrub", SAMPLE, "-o", "no/such/folder.pcap").exception)
