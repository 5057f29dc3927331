from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.scenario.ladder import SentMessage, play
from sipdiag.scenario.load import load
from sipdiag.sip.message import Message

HEAD = """
title: test
hosts:
  carrier: {address: 54.172.60.1, flavour: twilio, domain: acme.pstn.twilio.com}
  agent: {address: 161.115.160.20, flavour: livekit}
  alice: {address: 198.51.100.31, flavour: phone, domain: example.com}
  bob: {address: 198.51.100.32, flavour: phone, domain: example.com}
  bob2: {address: 198.51.100.33, flavour: phone, domain: example.com}
  proxy: {address: 198.51.100.5, flavour: kamailio, domain: example.com}
  twofold: {address: 198.51.100.6, domain: example.com, recorded: ["<sip:10.0.0.6;lr>", "<sip:198.51.100.6;lr>"]}
  nat: {address: 198.51.100.77, port: 41873, inside: 192.168.178.23, flavour: phone}
dialogs:
  a: {from: carrier, to: agent, caller: "+14155550137", callee: "+12025550148"}
  o: {from: agent, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  t: {from: carrier, to: agent, caller: "+14155550137", callee: "+12025550148", transport: tcp}
  p: {from: alice, to: bob, caller: alice, callee: bob, path: proxy}
  f: {fork_of: p, to: bob2}
  n: {continues: o, to: bob}
  w: {from: alice, to: bob, caller: alice, callee: bob, path: twofold}
  h: {from: nat, to: bob, caller: nat, callee: bob}
ladder:
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a scenario with the hosts and dialogs above and the given ladder."""

    def write(ladder: str) -> Path:
        path = tmp_path / "test.scenario.yaml"
        path.write_text(HEAD + "\n".join(f"  - {line}" for line in ladder.strip().splitlines()) + "\n")
        return path

    return write


@pytest.fixture
def sent(write: Callable[[str], Path]) -> Callable[[str], list[SentMessage]]:
    return lambda ladder: play(load(write(ladder)))


@pytest.fixture
def messages(sent: Callable[[str], list[SentMessage]]) -> Callable[[str], list[Message]]:
    return lambda ladder: [Message(one.data) for one in sent(ladder)]
