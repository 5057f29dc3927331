"""The manual page, and the hooks for the repositories of users."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from sipdiag.cli import COMMANDS, cli
from sipdiag.cli.manpage import page

ROOT = Path(__file__).parents[2]


def test_every_command_and_option_is_in_it() -> None:
    text = page()
    for command in COMMANDS:
        assert f'.SS "{command}' in text
    for option in ("\\-\\-together", "\\-\\-tz ZONE", "\\-\\-redact\\-map FILE"):
        assert option in text
    assert "\b" not in text


def test_no_line_of_a_text_is_a_request() -> None:
    known = (".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".br", ".nf", ".fi")
    for line in page().splitlines():
        assert not line.startswith((".", "'")) or line.split()[0] in known


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_has_nothing_to_complain_about() -> None:
    result = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww"], input=page(), capture_output=True, text=True, check=True
    )
    assert "sipdiag call.pcap" in result.stdout


def test_the_hooks_for_pre_commit_are_commands() -> None:
    hooks = {
        hook["id"]: hook
        for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    }
    assert set(hooks) == {"sipdiag-lint", "sipdiag-rules-check"}
    good = ROOT / "sample_context" / next(p.name for p in sorted((ROOT / "sample_context").iterdir()))
    given = {"sipdiag-lint": [str(good), "--fail-on", "never"], "sipdiag-rules-check": [str(ROOT / "rules")]}
    for name, hook in hooks.items():
        program, *entry = hook["entry"].split()
        assert program == "sipdiag"
        entry += given[name]
        result = CliRunner().invoke(cli, entry, standalone_mode=False)
        assert result.exception is None, result.output
        assert not result.return_value


def test_the_documentation_shows_what_the_hooks_are_called() -> None:
    text = (ROOT / "docs" / "automation.md").read_text(encoding="utf-8")
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")):
        assert f"id: {hook['id']}" in text
