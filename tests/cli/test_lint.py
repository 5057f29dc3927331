"""``sipdiag lint``: formats, exit status, and nothing secret in any output."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
from click.testing import CliRunner, Result

from sipdiag.cli import cli
from sipdiag.context.kinds import recognise
from sipdiag.context.mask import is_secret_key
from sipdiag.context.read import read

SAMPLES = Path(__file__).parents[2] / "sample_context"
CASES = Path(__file__).parents[3] / "shared" / "cases" / "context" / "samples"
BAD = [str(SAMPLES / "retell/tool-invite.json"), str(SAMPLES / "twilio/dial-refer.xml")]
FORMATS = ("text", "json", "sarif", "junit")


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["lint", *args], standalone_mode=False)


def test_an_error_is_status_1() -> None:
    result = run(*BAD)
    assert result.return_value == 1
    assert 'tool-invite.json:7  /transfer_option/cold_transfer_mode = "sip_invite"' in re.sub(
        r":\d+  ", ":7  ", result.output
    )
    assert result.output.endswith("2 files: 1 error, 1 note.\n")


@pytest.mark.parametrize(
    ("name", "fail_on", "status"),
    [
        ("retell/tool-unset.json", "error", 0),
        ("retell/tool-unset.json", "warning", 1),
        ("livekit/transfer-bare.json", "never", 0),
    ],
)
def test_fail_on(name: str, fail_on: str, status: int) -> None:
    assert run(str(SAMPLES / name), "--fail-on", fail_on).return_value == status


def test_json() -> None:
    told = json.loads(run(*BAD, "-f", "json").output)
    assert told["schema"] == "sipdiag/2"
    finding = told["findings"][0]
    assert (finding["rule"], finding["subject"], finding["confidence"]) == (
        "config/refer-url-never-fires",
        "context",
        "certain",
    )
    evidence = finding["evidence"][0]
    assert (evidence["file"], evidence["pointer"], evidence["value"]) == (
        "tool-invite.json",
        "/transfer_option/cold_transfer_mode",
        '"sip_invite"',
    )
    assert [file["kind"] for file in told["context"]["files"]] == ["retell.transfer_tool", "twilio.twiml"]


def test_sarif_points_into_the_file() -> None:
    log = json.loads(run(*BAD, "-f", "sarif").output)
    (place,) = log["runs"][0]["results"][0]["locations"]
    physical = place["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "tool-invite.json"
    lines = (SAMPLES / "retell/tool-invite.json").read_text().splitlines()
    assert "sip_invite" in lines[physical["region"]["startLine"] - 1]


def test_junit_has_a_case_per_file() -> None:
    suite = ElementTree.fromstring(run(*BAD, "-f", "junit").output)
    assert [case.get("name") for case in suite.iter("testcase")] == ["tool-invite.json", "dial-refer.xml"]
    assert len(list(suite.iter("failure"))) == 2


def test_a_missing_file_is_status_2() -> None:
    result = run("nowhere.json")
    assert isinstance(result.exception, click.ClickException)
    assert result.exception.format_message() == "nowhere.json: no such file or folder"


def test_at_picks_the_defaults_of_a_day() -> None:
    tool = str(SAMPLES / "retell/tool-unset.json")
    dial = str(SAMPLES / "twilio/dial-no-refer.xml")
    shows = str(SAMPLES / "retell/tool-invite-shows-caller.json")
    assert "before 2026-01-23" not in run(tool, dial, shows, "--at", "2026-03-20").output


def secrets(root: Path) -> set[str]:
    """Every value under a secret's key, and every user-info, token and key, of all files."""
    found = set()
    for path in sorted(root.rglob("*")):
        if not path.is_file():
            continue
        for block in read(path.read_bytes()):
            assert recognise(block) or path.parent.name == "other"
            for node in block.root.walk():
                if is_secret_key(node.key) and isinstance(node.value, str) and len(node.value) > 3:
                    found.add(node.value.removeprefix("Bearer "))
    return found


@pytest.mark.parametrize("root", [SAMPLES, CASES], ids=["samples", "cases"])
@pytest.mark.parametrize("format_", FORMATS)
def test_no_secret_in_any_output(root: Path, format_: str) -> None:
    if not root.is_dir():
        return
    planted = secrets(root)
    assert planted
    told = run(str(root), "-f", format_).output + CliRunner().invoke(cli, ["context", str(root)]).output
    # A digest may have a short secret's digits by chance.
    shown = re.sub(r"\b[0-9a-f]{64}\b", "", told)
    leaked = [secret for secret in planted if secret in shown]
    assert leaked == []
