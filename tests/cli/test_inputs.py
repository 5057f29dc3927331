"""Folders, patterns, archives, and files that belong together or do not, through the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from sipdiag.cli import cli
from sipdiag.report.json import SCHEMA_FILE
from tests.schemas import strict

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_pcaps"
MISSING = SAMPLES / "transfer" / "refer-missing.pcap"
BUSY = SAMPLES / "target" / "busy-domestic.pcap"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(MISSING, tmp_path / "missing.pcap")
    shutil.copy(BUSY, tmp_path / "busy.pcap")
    return tmp_path


def run(*args: str | Path) -> Result:
    result = CliRunner().invoke(cli, [str(one) for one in args], standalone_mode=False)
    assert result.exception is None, result.exception
    return result


def report(*args: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("analyze", *args, "-f", "json", "-o", "-").stdout)
    jsonschema.Draft202012Validator(strict(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))).validate(
        found
    )
    return found


def refused(*args: str | Path) -> str:
    result = CliRunner().invoke(cli, [str(one) for one in args], standalone_mode=False)
    assert result.exception is not None
    return str(getattr(result.exception, "message", result.exception))


def test_unrelated_files_are_several_verdicts(folder: Path) -> None:
    found = report("missing.pcap", "busy.pcap")
    assert set(found) == {"schema", "analyses"}
    assert [len(one["calls"]) for one in found["analyses"]] == [1, 1]
    assert [one["capture"]["files"][0]["path"] for one in found["analyses"]] == ["missing.pcap", "busy.pcap"]
    said = run("analyze", "missing.pcap", "busy.pcap").stdout
    assert "── 1 of 2: missing.pcap ──" in said
    assert "2 files, 2 verdicts" in said
    assert {path.name for path in (folder / "reports").iterdir()} == {"missing.html", "busy.html"}


def test_together_and_apart_are_what_was_asked_for(folder: Path) -> None:
    assert len(report("missing.pcap", "busy.pcap", "--together")["calls"]) == 2
    shutil.copy(MISSING, folder / "copy.pcap")
    assert len(report("missing.pcap", "copy.pcap")["calls"]) == 1
    assert len(report("missing.pcap", "copy.pcap", "--apart")["analyses"]) == 2


def test_captures_of_the_same_calls_are_one(folder: Path) -> None:
    shutil.copy(MISSING, folder / "elsewhere.pcap")
    said = run("analyze", "missing.pcap", "elsewhere.pcap", "busy.pcap").stdout
    assert "── 1 of 2: missing.pcap, elsewhere.pcap ──" in said
    said = run("analyze", "missing.pcap", "elsewhere.pcap").stdout
    assert "missing.pcap, elsewhere.pcap saw the same calls: one verdict" in said


def cut(path: Path, names: list[str], at: list[int]) -> None:
    """A capture in parts, so many frames each."""
    raw = path.read_bytes()
    header, rest = raw[:24], raw[24:]
    order = "little" if raw[:1] in (b"\xd4", b"\x4d") else "big"
    records = []
    while rest:
        length = 16 + int.from_bytes(rest[8:12], order)  # type: ignore[arg-type]
        records.append(rest[:length])
        rest = rest[length:]
    for name, first, last in zip(names, [0, *at], [*at, len(records)], strict=True):
        (path.parent / name).write_bytes(header + b"".join(records[first:last]))


@pytest.mark.parametrize(
    "names",
    [
        ["trunk_00001_20260320095300.pcap", "trunk_00002_20260320095330.pcap"],
        ["trunk.pcap", "trunk.pcap1"],
        ["first.pcap", "second.pcap"],
    ],
)
def test_parts_of_one_capture_are_one(folder: Path, names: list[str]) -> None:
    cut(folder / "missing.pcap", names, [3])
    found = report(*names)
    assert len(found["calls"]) == 1


def test_the_names_of_a_ring_are_enough(folder: Path) -> None:
    shutil.copy(MISSING, folder / "t_00001_20260320095300.pcap")
    shutil.copy(BUSY, folder / "t_00002_20260325095330.pcap")
    assert "parts of one capture" in run("analyze", *sorted(str(p.name) for p in folder.glob("t_*"))).stdout
    shutil.copy(MISSING, folder / "call-1.pcap")
    shutil.copy(BUSY, folder / "call-2.pcap")
    assert len(report("call-1.pcap", "call-2.pcap")["analyses"]) == 2


def test_a_call_is_numbered_as_the_list_numbers_it(folder: Path) -> None:
    listed = json.loads(run("calls", "missing.pcap", "busy.pcap", "-f", "json").stdout)["calls"]
    second = report("missing.pcap", "busy.pcap", "--call", "c2")["calls"]
    assert [one["call_id"] for one in second] == [listed[1]["call_id"]]
    assert "no call matches" in refused("analyze", "missing.pcap", "busy.pcap", "--call", "nobody")
    one = report("missing.pcap", "busy.pcap", "--call", listed[1]["call_id"])
    assert len(one["calls"]) == 1


def test_every_format_of_several_verdicts(folder: Path) -> None:
    files = ("missing.pcap", "busy.pcap")
    log = json.loads(run("analyze", *files, "-f", "sarif", "-o", "-").stdout)
    assert len(log["runs"]) == 2
    suites = run("analyze", *files, "-f", "junit", "-o", "-").stdout
    assert suites.count("<testsuite ") == 2
    assert suites.count("<testsuites>") == 1
    for format_ in ("text", "markdown"):
        told = run("analyze", *files, "-f", format_, "-o", "-").stdout
        assert "missing.pcap" in told
        assert "busy.pcap" in told
    assert "give a folder" in refused("analyze", *files, "-f", "html", "-o", "x.html")
    assert not (folder / "x.html").exists()
    run("analyze", *files, "-f", "html", "-f", "json", "-o", "out")
    assert {path.name for path in (folder / "out").iterdir()} == {"missing.html", "busy.html", "missing.json"}


def test_redaction_of_several_verdicts(folder: Path) -> None:
    found = report("missing.pcap", "busy.pcap", "--redact-map", "map.json")
    assert [one["capture"]["files"][0]["path"] for one in found["analyses"]] == [
        "capture-1.pcap",
        "capture-2.pcap",
    ]
    numbers = {call["from"]["number"] for one in found["analyses"] for call in one["calls"]}
    mapping = (folder / "map.json").read_text()
    assert all(number in mapping for number in numbers)


def test_a_folder_and_a_pattern(folder: Path) -> None:
    (folder / "traces" / "deep" / "x.context").mkdir(parents=True)
    shutil.copy(MISSING, folder / "traces" / "b.pcap")
    shutil.copy(BUSY, folder / "traces" / "deep" / "a.dat")
    (folder / "traces" / "notes.txt").write_text("Nothing of interest.\n")
    (folder / "traces" / ".hidden.pcap").write_bytes(b"junk")
    shutil.copy(BUSY, folder / "traces" / "deep" / "x.context" / "no.pcap")
    found = report("traces")["analyses"]
    assert [one["capture"]["files"][0]["path"] for one in found] == ["traces/b.pcap", "traces/deep/a.dat"]
    assert len(report("*.pcap")["analyses"]) == 2
    assert "nothing*.pcap: no such file" in refused("analyze", "nothing*.pcap")
    (folder / "void").mkdir()
    assert refused("analyze", "void").startswith("void: is a directory, and holds no capture")


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_from_a_ticket(folder: Path, kind: str) -> None:
    path = folder / f"ticket.{kind}"
    members = {"traces/call.pcap": MISSING, "traces/other.pcap": BUSY}
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("../evil.pcap", "x")
            for name, source in members.items():
                packed.write(source, name)
    else:
        with tarfile.open(path, "w:gz") as tarred:
            for name, source in members.items():
                tarred.add(source, name)
    before = set(folder.parent.rglob("*"))
    found = report(path.name)["analyses"]
    assert [one["capture"]["files"][0]["path"] for one in found] == [
        f"ticket.{kind}/{name}" for name in members
    ]
    assert set(folder.parent.rglob("*")) == before
    assert f"ticket.{kind}/traces/call.pcap" in run("messages", path.name).stdout
    said = run("analyze", path.name).stdout
    assert "/tmp" not in said
    assert {one.name for one in (folder / "reports").iterdir()} == {"call.html", "other.html"}


def test_the_files_beside_a_capture_in_an_archive(folder: Path) -> None:
    sample = SAMPLES / "config" / "refer-missing-by-record.pcap"
    with zipfile.ZipFile(folder / "t.zip", "w") as packed:
        packed.write(sample, "call.pcap")
        for one in sample.with_suffix(".context").iterdir():
            packed.write(one, f"call.context/{one.name}")
    found = report("t.zip")
    assert found["context"]["files"]
    assert "sipdiag-" not in json.dumps(found)


def program(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sipdiag", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_what_cannot_be_unpacked_is_one_line(folder: Path) -> None:
    (folder / "broken.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    with zipfile.ZipFile(folder / "empty.zip", "w") as packed:
        packed.writestr("readme.txt", "no capture")
    with zipfile.ZipFile(folder / "bad.zip", "w") as packed:
        packed.writestr("junk.pcap", bytes(range(64)))
    for name, words in (
        ("broken.zip", "damaged archive"),
        ("empty.zip", "holds no capture"),
        ("bad.zip", "bad.zip/junk.pcap: "),
    ):
        result = program(folder, "analyze", name)
        assert result.returncode == 2
        assert result.stderr.count("\n") == 1
        assert result.stderr.startswith(f"Error: {name}")
        assert words in result.stderr
        assert not result.stdout
    result = program(folder, "analyze", "missing.pcap", "empty.zip", "-f", "json", "-o", "-")
    assert result.returncode == 2
    assert len(json.loads(result.stdout)["calls"]) == 1
    assert result.stderr.startswith("Error: empty.zip: ")
