"""Files beside one call: which leg and which transfer they are about."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from sipdiag.facts.callview import CallView
from sipdiag.facts.configuration.files import Files
from sipdiag.facts.configured.call import CallFiles, uris_of
from sipdiag.facts.configured.ring import RingTime
from sipdiag.facts.configured.transfers import AskedTransfer
from sipdiag.pipeline.configuration import read_alone
from tests.calls.dialogs import HEALTHY, knowledge, read

DAY = datetime.date(2026, 11, 1)
UP = "- a INVITE\n- a 200 +1\n- a ACK\n"
DIALOGS = """
  o2: {from: agent, to: carrier, caller: "+12025550148", callee: "+13125550199"}
"""
TOOL = """
{"type": "transfer_call", "name": "t", "transfer_destination": {"type": "predefined", "number": "+13125550162"},
 "transfer_option": {"type": "cold_transfer", "cold_transfer_mode": "sip_refer"}}
"""
PARTICIPANT = """
{"sipTrunkId": "ST_out", "sipCallTo": "+13125550162", "roomName": "call-+14155550137_x", "participantIdentity": "human",
 "ringingTimeout": "30s"}
"""


def beside(folder: Path, call: CallView, **texts: str) -> CallFiles:
    """The call with these files."""
    for name, text in texts.items():
        (folder / f"{name}.json").write_text(text)
    providers = knowledge()[1]
    paths = [str(folder / f"{name}.json") for name in texts]
    return CallFiles(Files(read_alone(paths, providers, DAY), providers), call, alone=True)


@pytest.mark.parametrize(
    ("target", "tool"),
    [
        ("tel:+13125550162", True),
        ("sip:+13125550162@203.0.113.9", True),
        ("sip:13125550162@gw2.example.com:5070", True),
        ("sip:+13125550199@203.0.113.9", False),
    ],
)
def test_a_tool_is_about_a_transfer_to_its_number(tmp_path: Path, target: str, tool: bool) -> None:
    """However the REFER writes it: digits of a host are none of the number's."""
    call = read(f"{UP}- a agent REFER {target} +5\n- a 202").call
    assert (beside(tmp_path, call, tool=TOOL).tool is not None) is tool


def test_a_file_about_one_leg_tells_no_other_legs_ring_time(tmp_path: Path) -> None:
    tried = (
        "- o INVITE +5\n- o 180 +1\n- o 480 +9\n- o ACK\n- o2 INVITE +1\n- o2 180 +1\n- o2 486 +9\n- o2 ACK"
    )
    call = read(UP + tried, dialogs=DIALOGS).call
    held = beside(tmp_path, call, participant=PARTICIPANT)
    assert [RingTime(leg, held).cfg_ring_s for leg in call.legs[1:]] == [30.0, None]


def test_without_a_tool_no_place_is_cited() -> None:
    assert AskedTransfer(read(HEALTHY).leg, None).method_places == []


@pytest.mark.parametrize(("lacking", "count"), [("Subject", 3), ("To", 2), ("From", 2)])
def test_the_addresses_of_an_invite_as_far_as_it_has_any(lacking: str, count: int) -> None:
    assert len(uris_of(read(f"- a INVITE: {{remove: [{lacking}]}}").leg)) == count


def test_what_was_changed_after_the_call_is_one_file_alone(tmp_path: Path) -> None:
    call = read(f"{UP}- a agent REFER tel:+13125550162 +5\n- a 202").call
    trunk = f'{{"trunks": [{{"sid": "TK{"a" * 32}", "transfer_mode": "enable-all", "date_updated": "2039-01-01T00:00:00Z"}}]}}'
    held = beside(tmp_path, call, tool=TOOL, trunk=trunk)
    changed = {one.kind.name: held.changed_after(one) for one in held.files.whole}
    assert changed == {"retell.transfer_tool": False, "twilio.trunk": True}
