"""What holds of each document alone, written down from the documents: check, value, other value, graver form."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from sipdiag.facts.configuration.files import Files
from sipdiag.facts.table import FACTS
from sipdiag.pipeline.configuration import read_alone
from sipdiag.pipeline.context import context_of
from sipdiag.pipeline.run import load_rulebook

SAMPLES = Path(__file__).parents[3] / "sample_context"
PROVIDERS = load_rulebook().providers
DAY = datetime.date(2026, 11, 1)
CHECKS = [fact.name.removesuffix("_grave") for fact in FACTS["context"] if fact.name.endswith("_grave")]
Said = tuple[str, str, bool]
PLAIN: Said = ("", "", False)
"""It holds, and there is no more to say."""
TRUTH: dict[str, dict[str, Said]] = {
    "asterisk/pjsip-no-transfer.conf": {"transfer_off": ('"no"', "", False)},
    "elevenlabs/conference-headers.json": {"sip_headers_ignored": PLAIN},
    "elevenlabs/refer-phone.json": {"refer_with_phone_target": ("+13125550162", "", False)},
    "freeswitch/profile-no-transfer.xml": {"transfer_off": ('"true"', "", False)},
    "jambonz/dial-sip.json": {"no_refer_hook": PLAIN},
    "livekit/dispatch-flat.json": {"deprecated_form": ("rule", "", False)},
    "livekit/inbound-address-list-in-one.json": {
        "allowed_address_form": ("54.172.60.0/30, 54.244.51.0/30", "", False)
    },
    "livekit/inbound-address-with-port.json": {"allowed_address_form": ("54.172.60.1:5060", "", True)},
    "livekit/inbound-allows-own.json": {"allowed_numbers_is_own": ("+12025550148", "", False)},
    "livekit/inbound-auth.json": {"secrets_in_file": PLAIN},
    "livekit/inbound-half-auth.json": {"half_credentials": ("auth_username", "", False)},
    "livekit/inbound-open.json": {"trunk_open": PLAIN},
    "livekit/inbound-placeholder.json": {"placeholder": ("<sip_trunk_username>", "", False)},
    "livekit/legacy-trunk.json": {"deprecated_form": ("inbound_numbers_regex", "", True)},
    "livekit/outbound-no-numbers.json": {"outbound_no_numbers": PLAIN},
    "livekit/outbound-uri.json": {
        "outbound_address_form": ("sip:acme.pstn.twilio.com;transport=tcp", "", False)
    },
    "livekit/outbound.json": {"secrets_in_file": PLAIN},
    "livekit/transfer-agent.json": {"transfer_identity": ("agent-AJ_9", "", False)},
    "livekit/transfer-bare.json": {"transfer_to_form": ("+13125550162", "", True)},
    "livekit/transfer-national.json": {"transfer_to_form": ("tel:3125550162", "", False)},
    "retell/tool-cold-detection.json": {"detection_timeout_in_cold": PLAIN},
    "retell/tool-cut-off.json": {
        "unreadable": (
            "this text has no end (Unterminated string starting at)",
            "Retell transfer tool",
            False,
        )
    },
    "retell/tool-national.json": {"number_not_e164": ("3125550162", "", False)},
    "retell/tool-placeholder.json": {"placeholder": ("+1xxxxxxxxxx", "", False)},
    "retell/tool-refer-shows-caller.json": {"show_transferee_ignored": PLAIN},
    "retell/tool-unset.json": {"cold_mode_unset": ("INVITE", "", False)},
    "retell/tool-with-comment.json": {"read_with_repairs": ("left out a comment", "2", False)},
    "telnyx/connection-off.json": {"connection_off": ("Telnyx SIP connection", "", False)},
    "telnyx/connection-without-profile.json": {"no_outbound_profile": PLAIN},
    "telnyx/profile-off.json": {"connection_off": ("Telnyx outbound voice profile", "", False)},
    "twilio/bare-ampersand.xml": {"twiml_invalid": ("'&' must be written '&amp;' here", "", True)},
    "twilio/dial-livekit-wrong-password.xml": {"secrets_in_file": PLAIN},
    "twilio/dial-livekit-wrong-user.xml": {"secrets_in_file": PLAIN},
    "twilio/dial-livekit.xml": {"secrets_in_file": PLAIN},
    "twilio/origination-off.json": {"no_origination": PLAIN},
    "twilio/refer-url-conference.xml": {"refer_url_on_conference": PLAIN},
    "twilio/refer-url-on-sip.xml": {"refer_url_misplaced": ("referUrl", "Sip", False)},
    "twilio/trunk-no-auth.json": {"trunk_without_auth": PLAIN},
    "twilio/trunk-transfer-off.json": {"transfer_off": ('"disable-all"', "", False)},
    "twilio/wrong-case.xml": {"twiml_invalid": ("callerid", "callerId", False)},
    "vapi/refer-with-timeout.json": {"dial_timeout_idle": PLAIN},
    "vapi/trunk-without-plus.json": {"leading_plus_off": ("acme.pstn.twilio.com", "", False)},
    "vapi/warm-refer.json": {"warm_with_refer": PLAIN},
}
"""Of every other document nothing holds: it is in order, or says nothing without a second one."""
NAMELESS = "other/notes.txt"
"""Text that is no document; its own path stands for a value."""
FILES = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file())


def holding(name: str) -> dict[str, Said]:
    facts = context_of(Files(read_alone([str(SAMPLES / name)], PROVIDERS, DAY), PROVIDERS)).facts
    return {
        check: (str(facts[f"{check}_value"]), str(facts[f"{check}_other"]), facts[f"{check}_grave"] is True)
        for check in CHECKS
        if facts[check]
    }


@pytest.mark.parametrize("name", [one for one in FILES if one != NAMELESS])
def test_what_holds_of_a_document_alone(name: str) -> None:
    assert holding(name) == TRUTH.get(name, {})


def test_a_text_that_is_no_document() -> None:
    assert list(holding(NAMELESS)) == ["not_recognised"]


def test_every_truth_has_its_document() -> None:
    assert set(TRUTH) < set(FILES)
