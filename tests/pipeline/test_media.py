"""What of a stream's quality outputs show."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag import analyze
from sipdiag.scenario import compile_scenario

CALL = """
title: A call with a little audio
hosts:
  carrier: {{address: 203.0.113.40}}
  agent: {{address: 198.51.100.61}}
dialogs:
  a: {{from: carrier, to: agent, caller: "+14155550137", callee: "+12025550148"}}
ladder:
  - a INVITE
  - a 100
  - a 200 +1
  - a ACK
  - a RTP {seconds}
  - a BYE +{seconds}
  - a 200
"""


@pytest.mark.parametrize(("seconds", "estimated"), [(4.9, False), (5.2, True)])
def test_less_than_five_seconds_of_audio_are_not_rated(
    seconds: float, estimated: bool, tmp_path: Path
) -> None:
    scenario = tmp_path / "a.scenario.yaml"
    scenario.write_text(CALL.format(seconds=seconds), encoding="utf-8")
    (tmp_path / "a.pcap").write_bytes(compile_scenario(scenario))
    (call,) = analyze(tmp_path / "a.pcap").details
    assert len(call.media.streams) == 2
    assert [one.mos is not None for one in call.media.streams] == [estimated] * 2
