"""A carrier that nobody knew is one file: recognised, its refusals classified, its words and link in the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sipdiag.cli import cli
from sipdiag.scenario import compile_scenario

DOCS = Path(__file__).parent.parent.parent / "docs"
SCENARIO = """\
hosts:
  pbx: {address: 198.51.100.10, flavour: asterisk}
  carrier: {address: 203.0.113.5}
dialogs:
  b: {from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550162"}
ladder:
  - b INVITE
  - b 403 "CLI not allowed"
  - b ACK
"""


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    scenario = tmp_path / "call.scenario.yaml"
    scenario.write_text(f"title: A call\n{SCENARIO}", encoding="utf-8")
    pcap = tmp_path / "call.pcap"
    pcap.write_bytes(compile_scenario(scenario))
    return pcap


def analyse(capture: Path, *options: str) -> dict[str, object]:
    result = CliRunner().invoke(cli, ["analyze", str(capture), *options, "-f", "json", "-o", "-"])
    assert result.exit_code == 0, result.output
    call: dict[str, object] = json.loads(result.stdout)["calls"][0]
    return call


def test_one_file_is_enough(capture: Path, tmp_path: Path) -> None:
    table = tmp_path / "mine" / "providers" / "example-telecom.yaml"
    table.parent.mkdir(parents=True)
    page = (DOCS / "add-a-carrier.md").read_text(encoding="utf-8")
    table.write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    call = analyse(capture, "--rules", str(tmp_path / "mine"))
    text = json.dumps(call)
    assert '"caller-id/rejected"' in text
    assert "Example Telecom refused the call" in text
    assert "Show a number of the account." in text
    assert "https://example.net/sip/errors" in text


def test_without_it_the_refusal_is_not_understood(capture: Path) -> None:
    assert "Example Telecom" not in json.dumps(analyse(capture))
