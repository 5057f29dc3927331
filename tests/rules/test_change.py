"""The line of a file that a step changes: found by its key in the proof, and only there."""

from __future__ import annotations

import pytest

from sipdiag.position import Place
from sipdiag.rules.change import NOT_SET, changes
from sipdiag.rules.finding import Evidence, FixStep


def change(command: str, pointer: str, value: str | None) -> tuple[str, str] | None:
    place = Place("file", 13, 3, pointer, value)
    (step,) = changes([FixStep("do", command)], [Evidence(place, "what")])
    return (step.change.old, step.change.new) if step.change is not None else None


@pytest.mark.parametrize(
    ("command", "pointer", "value", "wanted"),
    [
        (
            '"transfer_option": {"type": "cold_transfer", "cold_transfer_mode": "sip_refer"}',
            "/nodes/1/transferOption/coldTransferMode",
            '"sip_invite"',
            ('"coldTransferMode": "sip_invite"', '"coldTransferMode": "sip_refer"'),
        ),
        ('"cold_transfer_mode": "sip_refer"', "/a/cold_transfer_mode", None, (NOT_SET, '"cold_transfer_mode": "sip_refer"')),
        ('"outboundLeadingPlusEnabled": true', "/outboundLeadingPlusEnabled", "false", ('"outboundLeadingPlusEnabled": false', '"outboundLeadingPlusEnabled": true')),
        ('<Dial answerOnBridge="true">', "Response/Dial@answerOnBridge", '"false"', ('answerOnBridge="false"', 'answerOnBridge="true"')),
        ("twilio x:update --sid TK1 --transfer-mode enable-all", "/transfer_mode", '"disable-all"', ('transfer_mode = "disable-all"', "transfer_mode = enable-all")),
        ("allow_transfer=yes", "[bot]/allow_transfer", '"no"', ('allow_transfer="no"', "allow_transfer=yes")),
    ],
)  # fmt: skip
def test_old_and_new(command: str, pointer: str, value: str | None, wanted: tuple[str, str]) -> None:
    assert change(command, pointer, value) == wanted


@pytest.mark.parametrize(
    ("command", "pointer", "value"),
    [
        ('"cold_transfer_mode": "sip_refer"', "/transfer_option/type", '"cold_transfer"'),
        ('"cold_transfer_mode": "sip_refer"', "/a/cold_transfer_mode", '"sip_refer"'),
        ("sipdiag analyze CAPTURE --expect transfer", "/a/b", '"x"'),
        ("", "/a/b", '"x"'),
    ],
)
def test_no_change(command: str, pointer: str, value: str) -> None:
    assert change(command, pointer, value) is None
