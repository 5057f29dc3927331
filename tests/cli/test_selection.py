"""Which calls are wanted, in which zone, under which names: through the command line, and configured in a file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sipdiag.cli import COMMANDS, cli
from sipdiag.cli.nextsteps import NEXT

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
MISSING = SAMPLES / "transfer" / "refer-missing.pcap"
TWO = SAMPLES / "transfer" / "two-callers-at-once.pcap"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "xdg"))


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in args], standalone_mode=False)


def calls(*args: str | Path) -> list[dict[str, Any]]:
    result = run("calls", *args, "-f", "json")
    assert result.exception is None, result.exception
    found: list[dict[str, Any]] = json.loads(result.stdout)["calls"]
    return found


def refused(*args: str | Path) -> str:
    result = run(*args)
    assert result.exception is not None
    return str(getattr(result.exception, "message", result.exception))


@pytest.mark.parametrize(
    ("option", "value", "found"),
    [
        ("--number", "+1 415 555 0137", True),
        ("--number", "0014155550137", True),
        ("--number", "5550137", True),
        ("--number", "4155550138", False),
        ("--from", "2026-03-20T09:54:04", True),
        ("--from", "2026-03-20T09:54:05", False),
        ("--to", "2026-03-20T09:53:17", True),
        ("--to", "2026-03-20T09:53:16", False),
        ("--from", "9:54", True),
        ("--from", "09:55", False),
        ("--from", "2026-03-20T11:54:05+02:00", False),
        ("--from", "2026-03-20T10:54:04+01:00", True),
    ],
)
def test_only_what_is_wanted(option: str, value: str, found: bool) -> None:
    if found:
        assert len(calls(MISSING, option, value)) == 1
    else:
        assert f"no call matches {option}" in refused("calls", MISSING, option, value)


def test_addresses_and_networks() -> None:
    hosts = run("messages", MISSING).stdout.splitlines()[1].split("\t")
    address, port = hosts[2], hosts[3]
    for text in (address, f"{address}:{port}", f"{address}/24"):
        assert len(calls(MISSING, "--ip", text)) == 1
    assert "no call matches --ip" in refused("calls", MISSING, "--ip", "192.0.2.99")
    assert "no call matches --ip" in refused("calls", MISSING, "--ip", f"{address}:1")


def test_all_that_is_asked_for_must_be_true() -> None:
    assert len(calls(TWO)) == 2
    one = calls(TWO)[0]["from"]["number"]
    chosen = calls(TWO, "--number", one, "--from", "2000-01-01")
    assert [call["from"]["number"] for call in chosen] == [one]
    said = refused("analyze", TWO, "--number", one, "--to", "2000-01-01")
    assert "no call matches --number and --to" in said


def test_times_are_those_of_the_zone() -> None:
    assert "2026-03-20 10:53:16 CET" in run("calls", MISSING, "--tz", "Europe/Berlin").stdout
    assert "2026-03-20 07:53:16 UTC-02:00" in run("calls", MISSING, "--tz", "-02:00").stdout
    # What the zone was is forgotten with the command.
    assert "2026-03-20 09:53:16 UTC" in run("calls", MISSING).stdout
    assert len(calls(MISSING, "--tz", "Europe/Berlin", "--from", "10:54")) == 1
    assert "no call matches" in refused("calls", MISSING, "--tz", "Europe/Berlin", "--from", "10:55")
    page = run("analyze", MISSING, "--tz", "Europe/Berlin", "-f", "html", "-o", "-").stdout
    assert "Time span (Europe/Berlin)" in page
    assert "All times are UTC" not in page
    report = json.loads(run("analyze", MISSING, "--tz", "Europe/Berlin", "-f", "json", "-o", "-").stdout)
    assert report["calls"][0]["start"] == "2026-03-20T09:53:16.136000Z"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--tz", zone) for zone in ("Nowhere/Land", "../../etc/passwd", "", "+99:00")),
        *(("--from", moment) for moment in ("yesterday", "25:00", "")),
        *(("--ip", place) for place in ("sbc.example.com", "1.2.3", "1.2.3.4/40")),
        ("--number", "12"),
    ],
)
def test_what_is_no_value(option: str, value: str) -> None:
    assert run("calls", MISSING, option, value).exception is not None
    assert "write" in refused("calls", MISSING, option, value) or option == "--number"


def test_hosts_have_the_names_that_were_given(tmp_path: Path) -> None:
    row = run("messages", MISSING).stdout.splitlines()[1].split("\t")
    (tmp_path / "names").write_text(f"# ours\nalias {row[2]} our-sbc\n{row[4]}:{row[5]}\tThe other side\n\n")
    ladder = run("show", MISSING, "--alias", "names").stdout
    assert "our-sbc" in ladder
    assert "The other side" in ladder
    assert "our-sbc" not in run("show", MISSING, "--alias", "names", "--redact").stdout
    told = run("analyze", MISSING, "--alias", "names", "--expect", "transfer", "-f", "text", "-o", "-").stdout
    assert "our-sbc" in told or "The other side" in told
    (tmp_path / "names").write_text("192.0.2.1 fine\nsbc.example.com 192.0.2.1\n")
    assert "names:2: expected 'ADDRESS NAME'" in refused("show", MISSING, "--alias", "names")
    assert "nowhere: cannot be read" in refused("show", MISSING, "--alias", "nowhere")


def test_calls_as_csv_and_json() -> None:
    rows = list(csv.DictReader(io.StringIO(run("calls", TWO, "-f", "csv", "--expect", "transfer").stdout)))
    objects = calls(TWO, "--expect", "transfer")
    assert len(rows) == len(objects) == 2
    for row, one in zip(rows, objects, strict=True):
        assert row["id"] == one["id"]
        assert row["from"] == one["from"]["number"]
        assert row["rule"] == (one["rule"] or "")
        assert row["start"] == one["start"]


def test_a_capture_is_a_command_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "call.pcap").write_bytes(MISSING.read_bytes())
    (tmp_path / "capture").write_bytes(MISSING.read_bytes())
    for args in (["call.pcap"], ["capture"], ["--expect", "transfer", "call.pcap"]):
        assert "Report: " in run(*args).stdout
    assert "No such command 'analyse'" in refused("analyse", "call.pcap")


def test_an_older_report_is_kept_and_said_or_replaced(tmp_path: Path) -> None:
    assert run(MISSING).stdout.endswith("Report: reports/refer-missing.html\n")
    assert (
        "Report: reports/refer-missing-2.html (reports/refer-missing.html is an older one"
        in run(MISSING).stdout
    )
    assert run(MISSING, "--overwrite").stdout.endswith("Report: reports/refer-missing.html\n")
    assert len(list((tmp_path / "reports").iterdir())) == 2


def test_the_nearest_configuration_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xdg" / "sipdiag").mkdir(parents=True)
    (tmp_path / "xdg" / "sipdiag" / "config.toml").write_text('tz = "Asia/Tokyo"\n[calls]\nformat = "csv"\n')
    assert "2026-03-20 18:53:16 JST" in run("calls", MISSING, "-f", "table").stdout
    assert run("calls", MISSING).stdout.startswith("id,start,")
    (tmp_path / "project" / "traces").mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").write_text('[tool.sipdiag]\ntz = "Europe/Berlin"\n')
    monkeypatch.chdir(tmp_path / "project" / "traces")
    assert "2026-03-20 10:53:16 CET" in run("calls", MISSING, "-f", "table").stdout
    (tmp_path / "project" / "sipdiag.toml").write_text('tz = "+02:00"\nexpect = "transfer"\n')
    shown = run("calls", MISSING, "-f", "table").stdout
    assert "2026-03-20 11:53:16 UTC+02:00" in shown
    assert "transfer/refer-missing" in shown
    assert "2026-03-20 09:53:16 UTC" in run("calls", MISSING, "-f", "table", "--tz", "UTC").stdout


def test_paths_in_a_configuration_are_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = run("messages", MISSING).stdout.splitlines()[1].split("\t")
    (tmp_path / "names").write_text(f"{row[2]} our-sbc\n")
    (tmp_path / "sipdiag.toml").write_text('alias = "names"\n')
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert "our-sbc" in run("show", MISSING).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('zone = "UTC"\n', "key 'zone' means nothing; known:"),
        ('expct = "transfer"\n', "did you mean 'expect'?"),
        ('output = "/etc/passwd"\n', "key 'output' means nothing"),
        ("[anlyze]\n", "did you mean 'analyze'?"),
        ("tz = \n", "is no TOML"),
        ("tz = 2026-01-01\n", "expects a text"),
    ],
)
def test_a_configuration_that_means_nothing(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "sipdiag.toml").write_text(text)
    found = refused("calls", MISSING)
    assert found.startswith(str(tmp_path / "sipdiag.toml"))
    assert said in found


def test_every_help_ends_with_what_comes_next() -> None:
    assert set(COMMANDS) <= set(NEXT)
    for name in NEXT:
        tail = run(*name.split(), "--help").stdout.rstrip().splitlines()[-3:]
        assert tail[0].strip() == "Next:", name
        assert all(line.strip().startswith("sipdiag ") for line in tail[1:])
        for line in tail[1:]:
            assert line.split()[1] in COMMANDS, line
