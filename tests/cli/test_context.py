"""``sipdiag context``: what each file is taken for, and nothing secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sipdiag.cli import cli

SECRETS = ("Pw-one-91", "Pw-two-92", "tok_3f81c0de77", "sk9f8e7d6c5b4a39281706f5e4d3c2b1a0", "471199")
FILES = {
    "trunk.json": '{"trunk": {"numbers": ["+12025550148"], "auth_username": "acme", "auth_password": "Pw-one-91"}}',
    "dial.xml": '<Response><Dial><Sip username="acme" password="Pw-two-92">sip:a:Pw-two-92@b.example</Sip></Dial></Response>',
    "request.json": (
        '{"request": {"headers": {"Authorization": "Bearer tok_3f81c0de77"}, "body": {"participant_identity": "i",'
        ' "transfer_to": "sip:1@h?key=sk9f8e7d6c5b4a39281706f5e4d3c2b1a0"}}, "response": {"code": "internal", "msg": "tok_3f81c0de77 bad"}}'
    ),
    "rule.yaml": "dispatchRule:\n  name: x\n  rule:\n    dispatchRuleDirect: {roomName: a, pin: '471199'}\n",
    "notes.txt": "nothing to see",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(*args: str) -> str:
    result = CliRunner().invoke(cli, ["context", *args])
    assert result.exit_code == 0, result.output
    return result.output


def test_text(folder: Path) -> None:
    told = run(*(str(folder / name) for name in FILES))
    assert 'trunk.json: LiveKit inbound trunk\n    line 1  /trunk/numbers = ["+12025550148"]\n' in told
    assert "/trunk/auth_password = ****" in told
    assert "notes.txt: not recognised" in told


def test_json(folder: Path) -> None:
    told = json.loads(run(str(folder), "-f", "json"))
    kinds = {Path(file["name"]).name: file["kind"] for file in told["files"]}
    assert kinds["dial.xml"] == "twilio.twiml"
    assert kinds["notes.txt"] is None
    assert {one["pointer"]: one["value"] for one in told["settings"]}["/trunk/auth_username"] == '"acme"'


@pytest.mark.parametrize("format_", ["text", "json"])
def test_no_secret_is_shown(folder: Path, format_: str) -> None:
    told = run(str(folder), "-f", format_)
    for secret in SECRETS:
        assert secret not in told


@pytest.mark.parametrize(
    "command", [["context", "-f", "text"], ["context", "-f", "json"], ["lint", "-f", "json"]]
)
def test_nothing_acts_on_a_terminal(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "trunk\u202e\x9b.json"
    path.write_text('{"trunk": {"numbers": ["+1\u202e\\u009b2"], "name": "\u202e"}}')
    told = CliRunner().invoke(cli, [*command, str(path)]).output
    assert "trunk" in told
    assert not {"\u202e", "\x9b"} & set(told)


def test_a_file_that_is_not_there() -> None:
    result = CliRunner().invoke(cli, ["context", "nowhere.json"])
    assert result.exit_code == 1
    assert "nowhere.json: no such file or folder" in result.output


@pytest.mark.parametrize("command", ["context", "lint", "scrub"])
def test_rules_that_are_not_there(folder: Path, command: str) -> None:
    result = CliRunner().invoke(cli, [command, str(folder / "trunk.json"), "--rules", str(folder / "none")])
    assert result.exit_code == 1
    assert "--rules expects a folder with rules" in result.output
