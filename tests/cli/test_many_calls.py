"""Of many calls the worst are told in full, the others in brief, and any of them when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

import sipdiag
from sipdiag.cli import cli
from sipdiag.pipeline import lead, select
from sipdiag.report.json import SCHEMA_FILE

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
CAPTURES = [str(path) for path in sorted(SAMPLES.glob("*/*.pcap"))[::12]]
Report = dict[str, Any]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Four calls are many."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lead, "DETAILED_CALLS", 4)
    monkeypatch.setattr(select, "DETAILED_CALLS", 4)


def invoke(command: str, *args: str) -> Result:
    result = CliRunner().invoke(
        cli,
        [command, *CAPTURES, *(["--together"] if command == "analyze" else []), *args],
        standalone_mode=False,
    )
    assert result.exception is None, result.output
    return result


def report(*args: str) -> Report:
    loaded: Report = json.loads(invoke("analyze", *args, "-f", "json", "-o", "-").stdout)
    return loaded


def is_brief(call: Report) -> bool:
    return call.get("detailed") is False


def test_the_report_follows_its_schema_and_says_what_is_brief() -> None:
    document = report()
    jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(document)
    brief = [call for call in document["calls"] if is_brief(call)]
    assert len(document["calls"]) - len(brief) == 4
    assert document["summary"]["calls"] == len(document["calls"])
    ((text, count),) = document["summary"]["left_out"].items()
    assert "summarised" in text
    assert count == len(brief)
    (main,) = (call for call in document["calls"] if call["id"] == document["verdict"]["call"])
    assert not is_brief(main)


def test_what_is_told_in_brief_is_true() -> None:
    analysis = sipdiag.analyze(CAPTURES)
    every = analysis.details
    assert every == analysis.calls
    for call, result in zip(report()["calls"], every, strict=True):
        cause = result.root_cause
        assert call["outcome"] == result.outcome
        assert (call["root_cause"] or {}).get("sentence") == (cause.sentence if cause else None)
        assert [one["sentence"] for one in call["findings"]] == [one.sentence for one in result.findings]


def test_a_call_told_in_brief_is_told_in_full_when_named() -> None:
    call = next(call for call in report()["calls"] if is_brief(call) and call["findings"])
    for name in (call["call_id"], call["id"]):
        (found,) = report("--call", name)["calls"]
        assert not is_brief(found)
        assert found["legs"][0]["call_id"] == call["call_id"]
        assert found["root_cause"] == call["root_cause"]
        assert found["legs"][0]["messages"]
    assert f"Call-ID: {call['call_id']}" in invoke("show", "--call", call["id"]).stdout


@pytest.mark.parametrize(
    ("format_", "says"),
    [
        ("html", "calls summarised (--call with a Call-ID or a number shows one in full)"),
        ("markdown", "calls summarised"),
        ("text", "calls are summarised"),
        ("sarif", "calls are summarised"),
        ("junit", "calls are summarised"),
    ],
)
def test_every_format_says_so(format_: str, says: str) -> None:
    text = invoke("analyze", "-f", format_, "-o", "-").stdout
    assert says in text


def test_the_list_of_calls_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = invoke("calls").stdout
    monkeypatch.setattr(lead, "DETAILED_CALLS", 200)
    assert invoke("calls").stdout == bounded


@pytest.mark.parametrize("level", ["error", "warning"])
def test_the_exit_status_is_that_of_all_calls(level: str) -> None:
    args = ["analyze", *CAPTURES, "--together", "--fail-on", level, "-o", "-"]
    assert CliRunner().invoke(cli, args, standalone_mode=False).return_value == 1
