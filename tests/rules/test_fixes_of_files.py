"""Advice on files comes from their makers: each kind of file gets the words of its own product."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from sipdiag.pipeline.lint import lint
from sipdiag.pipeline.run import load_rulebook

DOCUMENTS = Path(__file__).parents[2] / "sample_context"
JUDGE = load_rulebook()


@pytest.mark.parametrize(
    ("rule", "names", "command"),
    [
        ("config/transfer-off", ["asterisk/pjsip-no-transfer.conf"], "allow_transfer = yes"),
        ("config/transfer-off", ["freeswitch/profile-no-transfer.xml"], None),
        ("config/transfer-off", ["twilio/trunk-transfer-off.json"], "--transfer-mode enable-all"),
        (
            "config/refer-url-never-fires",
            ["retell/tool-invite.json", "twilio/dial-refer.xml"],
            '"cold_transfer_mode": "sip_refer"',
        ),
        (
            "config/refer-url-never-fires",
            ["vapi/warm-dial.json", "twilio/dial-refer-vapi.xml"],
            '"sipVerb": "refer"',
        ),
        ("config/leading-plus-off", ["vapi/trunk-without-plus.json"], '"outboundLeadingPlusEnabled": true'),
        (
            "config/refer-answer-dials-nothing",
            ["refer-answer=twilio/answer-says.xml"],
            '<Dial answerOnBridge="true">',
        ),
    ],
)
def test_the_maker_of_the_file_advises(rule: str, names: list[str], command: str | None) -> None:
    arguments = [
        f"{role}{equals}{DOCUMENTS / name}" for one in names for role, equals, name in [one.rpartition("=")]
    ]
    found = [one for one in lint(arguments, datetime.date(2026, 11, 1), JUDGE).findings if one.rule == rule]
    assert len(found) == 1
    first = found[0].fix[0]
    assert (command or "") in (first.command or "")
    assert (first.command is None) == (command is None)
    assert ("disable-transfer" in first.text) == ("freeswitch" in names[0])


def test_a_carrier_without_advice_of_its_own_is_named() -> None:
    names = ["livekit/inbound-other-addresses.json", "twilio/number-on-trunk.json"]
    findings = lint([str(DOCUMENTS / name) for name in names], datetime.date(2026, 11, 1), JUDGE).findings
    [found] = [one for one in findings if one.rule == "config/allowed-addresses-lack-carrier"]
    assert [step.url for step in found.fix] == ["https://www.twilio.com/docs/sip-trunking/ip-addresses"]
