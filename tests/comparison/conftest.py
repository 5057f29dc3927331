from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag import analyze
from sipdiag.comparison.compare import Comparison, compare, longest
from sipdiag.scenario import compile_scenario
from tests.regression.conftest import run

__all__ = ["run"]

HEAD = """
title: test
hosts:
  carrier: {address: 54.172.60.1, flavour: twilio, domain: acme.pstn.twilio.com}
  agent: {address: 161.115.160.20, flavour: livekit}
  target: {address: 161.115.160.21, flavour: livekit}
dialogs:
  a: {from: carrier, to: agent, caller: "+14155550137", callee: "+12025550148"}
ladder:
"""
UP = "a INVITE\na 100\na 180 +0.2\na 200 +1\na ACK\n"
DOWN = "a agent BYE +5\na 200"
REFER = (
    "a agent REFER tel:+13125550162 +20\na 202\na carrier NOTIFY 100\na 200\na carrier NOTIFY 200 +4\na 200\n"
)

Build = Callable[[str, str], Path]
Compare = Callable[[str, str], Comparison]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Compiles a ladder to a capture of a name; each name has its own ids."""

    def build(name: str, ladder: str) -> Path:
        source = tmp_path / f"{name}.scenario.yaml"
        source.write_text(HEAD + "\n".join(f"  - {line}" for line in ladder.strip().splitlines()) + "\n")
        capture = tmp_path / f"{name}.pcap"
        capture.write_bytes(compile_scenario(source))
        return capture

    return build


@pytest.fixture
def compared(build: Build) -> Compare:
    """Compares two ladders."""

    def compared(good: str, bad: str) -> Comparison:
        analyses = [analyze(build("good", good)), analyze(build("bad", bad))]
        one, two = ((analysis, longest(analysis.details)) for analysis in analyses)
        assert one[1] is not None
        assert two[1] is not None
        return compare((one[0], one[1]), (two[0], two[1]))

    return compared
