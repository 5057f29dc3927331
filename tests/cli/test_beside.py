"""``analyze --context``: every output shows the files, none shows a secret, and ``--redact`` changes no verdict."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from sipdiag.cli import cli
from sipdiag.context.mask import is_secret_key
from sipdiag.context.read import read
from tests.context.test_lint_instances import TEXTS

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
CAPTURES = sorted((SAMPLES / "config").glob("*.pcap"))
BY_RECORD = SAMPLES / "config" / "refer-missing-by-record.pcap"
CASES = Path(__file__).parents[3] / "shared" / "cases" / "context" / "samples"
FORMATS = ("html", "json", "markdown", "text", "sarif", "junit")
SECRETS = {
    "trunk.json": '{"trunk": {"numbers": ["+12025550148"], "auth_username": "acme", "auth_password": "Pw-planted-1"}}',
    "dial.xml": '<Response><Dial><Sip username="acme" password="Pw-planted-2">sip:+12025550148@sip.retellai.com</Sip></Dial></Response>',
    "call.json": (
        '{"request": {"headers": {"Authorization": "Bearer tok-planted-3"}, "body": {"room_name": "call-+14155550137",'
        ' "participant_identity": "x", "transfer_to": "tel:+13125550162"}},'
        ' "response": {"code": "unauthenticated", "msg": "the token tok-planted-3 is not known"}}'
    ),
    "pjsip.conf": "[bot]\ntype=auth\nusername=bot\npassword=Pw-planted-4\n",
}
PLANTED = ("Pw-planted-1", "Pw-planted-2", "tok-planted-3", "Pw-planted-4")


def run(*args: str | Path) -> str:
    result = CliRunner().invoke(cli, ["analyze", *map(str, args), "-o", "-"], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.output


def analysis(*args: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*args, "-f", "json"))
    return found


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    for name, text in SECRETS.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("redact", [False, True])
def test_no_secret_in_any_output(planted: Path, format_: str, redact: bool) -> None:
    capture = SAMPLES / "transfer" / "refer-missing.pcap"
    told = run(capture, "--context", planted, "-f", format_, *(["--redact"] if redact else []))
    assert "transfer/refer-missing" in told or "never sent" in told
    assert [secret for secret in PLANTED if secret in told] == []


def test_a_record_sets_the_expectation() -> None:
    capture = SAMPLES / "transfer" / "refer-missing.pcap"
    alone = analysis(capture)
    assert alone["calls"][0]["outcome"] == "answered"
    assert alone["context"] is None
    beside = analysis(capture, "--context", BY_RECORD.with_suffix(".context"))
    assert beside["calls"][0]["root_cause"]["rule"] == "transfer/refer-missing"
    bound = {Path(file["name"]).name: file["bound"] for file in beside["context"]["files"]}
    assert bound["retell-call.json"] == [{"call": "c1", "by": "both numbers and the time"}]


def test_a_folder_beside_the_capture_is_read_by_itself(tmp_path: Path) -> None:
    shutil.copy(BY_RECORD, tmp_path / "call.pcap")
    assert analysis(tmp_path / "call.pcap")["context"] is None
    shutil.copytree(BY_RECORD.with_suffix(".context"), tmp_path / "call.context")
    assert len(analysis(tmp_path / "call.pcap")["context"]["files"]) == 3


def test_the_proof_names_file_and_line() -> None:
    evidence = analysis(BY_RECORD)["calls"][0]["findings"][0]["evidence"]
    assert any(
        item.get("pointer") == "/transfer_option/cold_transfer_mode" and item["line"] == 13
        for item in evidence
    )
    for format_ in ("html", "markdown", "text"):
        told = run(BY_RECORD, "-f", format_).replace("\\", "")
        assert "cold_transfer_mode" in told
        assert "retell-tool.json" in told


@pytest.mark.parametrize("format_", ["html", "markdown"])
def test_the_configuration_has_a_section(format_: str) -> None:
    told = run(BY_RECORD, "-f", format_)
    assert "Configuration" in told
    assert "Retell transfer tool" in told
    assert "both numbers and the time" in told


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_redaction_changes_no_verdict_and_names_nobody(capture: Path) -> None:
    told = run(capture, "-f", "json", "--redact")
    redacted, plain = json.loads(told), analysis(capture)
    for one, other in zip(redacted["calls"], plain["calls"], strict=True):
        assert one["outcome"] == other["outcome"]
        assert [f["rule"] for f in one["findings"]] == [f["rule"] for f in other["findings"]]
    assert [f["rule"] for f in redacted["findings"]] == [f["rule"] for f in plain["findings"]]
    assert all(file["name"].startswith("context-") for file in redacted["context"]["files"])
    for named in ("4155550137", "2025550148", "3125550162", "923001234567", "acme", "transfer_to_support"):
        assert named not in told


def test_a_wrong_role_is_a_usage_error() -> None:
    capture = str(SAMPLES / "transfer" / "refer-missing.pcap")
    with pytest.raises(click.ClickException, match="the role 'answer' is not known"):
        CliRunner().invoke(
            cli,
            ["analyze", capture, "--context", "answer=x.xml"],
            standalone_mode=False,
            catch_exceptions=False,
        )


def test_one_of_several_files_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """The report is that of the others, the line names the file, and the status is 2."""
    tool = BY_RECORD.with_suffix(".context") / "retell-tool.json"
    capture = SAMPLES / "transfer" / "refer-missing.pcap"
    arguments = ["--context", str(tool), "--context", "nowhere.json"]
    for command in (
        ["analyze", str(capture), *arguments, "-f", "json", "-o", "-"],
        ["lint", str(tool), "nowhere.json", "-f", "json"],
        ["context", str(tool), "nowhere.json", "-f", "json"],
    ):
        result = CliRunner().invoke(cli, command, standalone_mode=False)
        assert result.return_value == 2
        assert result.stderr == "Error: nowhere.json: no such file or folder\n"
        told = json.loads(result.stdout)
        files = told.get("context", told)["files"]
        assert [Path(file["name"]).name for file in files] == ["retell-tool.json"]


def test_a_call_that_went_well_stays_well(tmp_path: Path) -> None:
    """Files that contradict each other and the wire neither head the report nor are the cause."""
    (tmp_path / "dial.xml").write_text(
        '<Response><Dial referUrl="https://app.acme.example/r"><Sip>sip:+12025550148@sip.retellai.com</Sip></Dial></Response>'
    )
    (tmp_path / "tool.json").write_text(
        '{"type": "transfer_call", "transfer_destination": {"number": "+13125550162"},'
        ' "transfer_option": {"type": "cold_transfer", "cold_transfer_mode": "sip_invite"}}'
    )
    capture = SAMPLES / "transfer" / "refer-completed.pcap"
    told = analysis(capture, "--context", tmp_path)
    assert told["verdict"] is None
    assert told["calls"][0]["root_cause"] is None
    assert "config/not-in-effect" in {one["rule"] for one in told["calls"][0]["findings"]}
    for format_ in ("html", "markdown", "text"):
        page = run(capture, "--context", tmp_path, "-f", format_)
        assert "config/not-in-effect" in page.replace("\\", "")
        assert "Root cause" not in page
        assert "Cause  " not in page


def test_the_fix_shows_the_line_as_it_is_and_as_it_should_be() -> None:
    step = (
        analysis(BY_RECORD)["calls"][0]["root_cause"]["rule"],
        analysis(BY_RECORD)["calls"][0]["findings"][0]["fix"][0],
    )
    assert step[0] == "transfer/refer-missing"
    change = step[1]["change"]
    assert (Path(change["file"]).name, change["line"]) == ("retell-tool.json", 13)
    assert change["old"] == '"cold_transfer_mode": "sip_invite"'
    assert change["new"] == '"cold_transfer_mode": "sip_refer"'
    page = run(BY_RECORD, "-f", "html")
    assert "<del>&#34;cold_transfer_mode&#34;: &#34;sip_invite&#34;</del>" in page
    assert "<ins>&#34;cold_transfer_mode&#34;: &#34;sip_refer&#34;</ins>" in page
    assert "Settings used" in page
    assert "Contradicts another file or the capture: config/refer-url-never-fires." in page


def test_the_section_says_why_a_file_is_not_used(tmp_path: Path) -> None:
    capture = SAMPLES / "transfer" / "refer-completed.pcap"
    (tmp_path / "notes.txt").write_text("nothing to see")
    (tmp_path / "trunk.json").write_text('{"trunk": {"numbers": ["+12025550148"], "allowed_numbers": []}}')
    (tmp_path / "other.json").write_text('{"trunk": {"numbers": ["+12025550199"], "allowed_numbers": []}}')
    told = run(capture, "--context", tmp_path, "-f", "html")
    assert "Not used. Its content is of no kind that sipdiag knows." in told
    assert "Agrees: nothing in it speaks against what was captured." in told
    assert "Not used: nothing of what was captured turns on it." in told


@pytest.fixture(scope="module")
def every_secret(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, frozenset[str]]:
    """All documents with secrets that there are, of the samples, of strangers and of the labelled cases; and the secrets."""
    folder = tmp_path_factory.mktemp("secrets")
    texts = {f"x-{name.replace('/', '-')}": text.encode() for name, text in TEXTS.items()}
    for root in (SAMPLES.parent / "sample_context", CASES):
        texts |= {
            f"{file.parent.name}-{file.name}": file.read_bytes()
            for file in root.glob("*/*")
            if file.is_file()
        }
    planted: set[str] = set()
    for name, data in texts.items():
        held = {
            node.value.removeprefix("Bearer ")
            for block in read(data)
            for node in block.root.walk()
            if is_secret_key(node.key) and isinstance(node.value, str) and len(node.value) > 5
        } - {"<password>", "<sip_trunk_password>", "<your_password>", "{{SIP_PASS}}", "********"}
        if held:
            (folder / name).write_bytes(data)
            planted |= held
    return folder, frozenset(planted)


@pytest.mark.parametrize("format_", FORMATS)
def test_no_secret_of_any_document_in_any_output(
    every_secret: tuple[Path, frozenset[str]], format_: str
) -> None:
    folder, planted = every_secret
    assert len(planted) >= 20
    capture = SAMPLES / "config" / "user-name-differs.pcap"
    told = run(capture, "--context", folder, "-f", format_)
    told += run(capture, "--context", folder, "-f", format_, "--redact")
    assert [secret for secret in planted if secret in told] == []
