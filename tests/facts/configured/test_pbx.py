"""A switch for transfers counts only where it is that of whoever sent the REFER."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.pipeline.run import analyze
from sipdiag.position import Place
from sipdiag.scenario import compile_scenario
from tests.context.test_lint_instances import RULEBOOK

SCENARIO = """
title: A PBX declines a phone's REFER
start: 2026-05-21T08:38:04.214Z
hosts:
  phone: {address: 203.0.113.80, domain: pbx.example.com}
  pbx: {address: 198.51.100.10, flavour: %s, domain: pbx.example.com}
dialogs:
  a: {from: phone, to: pbx, caller: "6001", callee: "6002"}
ladder:
  - a INVITE
  - a 100
  - a 180 +0.21
  - a 200 +0.94
  - a ACK
  - a phone REFER sip:6003@pbx.example.com +24.6
  - a 603
  - a phone BYE +4.0
  - a 200
"""
OFF = "type=endpoint\nallow_transfer=no\n"
ON = "type=endpoint\nallow_transfer=yes\n"
SILENT = "type=endpoint\nallow=ulaw\n"
PROFILE = '<profile name="{}"><settings><param name="sip-port" value="{}"/><param name="disable-transfer" value="{}"/></settings></profile>'


def root(flavour: str, document: str, folder: Path) -> tuple[str | None, bool]:
    """The root cause, and whether the file proves it."""
    scenario, capture = folder / "call.scenario.yaml", folder / "call.pcap"
    scenario.write_text(SCENARIO % flavour, encoding="utf-8")
    capture.write_bytes(compile_scenario(scenario))
    beside = folder / ("sofia.xml" if document.startswith("<") else "pjsip.conf")
    beside.write_text(document, encoding="utf-8")
    (call,) = analyze([str(capture)], rulebook=RULEBOOK, context=[str(beside)])[0].calls
    cause = call.root_cause
    assert cause is not None
    return cause.rule, any(isinstance(one.position, Place) for one in cause.evidence)


@pytest.mark.parametrize(
    "document",
    [
        f"[6001]\n{OFF}[6002]\n{ON}",
        f"[6002]\n{ON}[6001]\n{OFF}",
        f"[desk]\n{OFF}[far]\n{ON}[i]\ntype=identify\nendpoint=desk\nmatch=192.0.2.9,203.0.113.0/24\n",
        f"[desk]\n{OFF}",
        f"[desk]\n{OFF}[far]\n{OFF}",
        f"[desk]\n{OFF}[i]\ntype=identify\nendpoint=desk\nmatch=phones.example.com\n",
    ],
    ids=["named", "named second", "its address", "the only one", "all alike", "by a host name"],
)
def test_the_senders_endpoint_takes_no_transfer(document: str, tmp_path: Path) -> None:
    assert root("asterisk", document, tmp_path) == ("transfer/refer-not-enabled", True)


@pytest.mark.parametrize(
    "document",
    [
        f"[6099]\n{OFF}[6001]\n{ON}",
        f"[desk]\n{ON}[far]\n{OFF}[i]\ntype=identify\nendpoint=desk\nmatch=203.0.113.80\n",
    ],
    ids=["named", "its address"],
)
def test_the_senders_endpoint_takes_transfers(document: str, tmp_path: Path) -> None:
    assert root("asterisk", document, tmp_path) == ("transfer/refer-rejected", True)


@pytest.mark.parametrize(
    "document",
    [
        f"[6099]\n{OFF}[6001]\n{SILENT}",
        f"[6099]\n{OFF}",
        f"[far]\n{OFF}[i]\ntype=identify\nendpoint=far\nmatch=192.0.2.9\n",
        f"[desk]\n{SILENT}[far]\n{OFF}",
    ],
    ids=["by default", "another number", "another address", "not told"],
)
def test_the_switch_of_another_endpoint_proves_nothing(document: str, tmp_path: Path) -> None:
    assert not root("asterisk", document, tmp_path)[1]


@pytest.mark.parametrize(
    ("internal", "external", "rule"),
    [
        ("true", "false", "transfer/refer-not-enabled"),
        ("false", "true", "transfer/refer-rejected"),
    ],
)
def test_the_profile_is_that_of_the_port(internal: str, external: str, rule: str, tmp_path: Path) -> None:
    profiles = PROFILE.format("internal", 5060, internal) + PROFILE.format("external", 5080, external)
    document = f'<configuration name="sofia.conf"><profiles>{profiles}</profiles></configuration>'
    assert root("freeswitch", document, tmp_path) == (rule, True)
