"""What holds for one vendor stands in its file under ``rules/providers``: no other rule names or links one."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from sipdiag.pipeline.run import load_catalogue
from sipdiag.rules.schema import Rule

CATALOGUE, PROVIDERS = load_catalogue()
RULES = list(CATALOGUE.rules.values())


class Subject(NamedTuple):
    """Rules whose very subject is a document of a vendor."""

    vendors: tuple[str, ...]
    why: str
    rules: tuple[str, ...]


OF_THEIR_DOCUMENTS = (
    Subject(
        ("livekit",),
        "LiveKit's trunks, dispatch rules and transfer requests, by the names of their fields",
        (
            *(
                "allowed-address-form",
                "allowed-addresses-lack-carrier",
                "allowed-numbers-is-own",
                "half-credentials",
            ),
            *(
                "deprecated-form",
                "dispatch-inbound-numbers-is-own",
                "dispatch-number-form",
                "no-dispatch-rule",
            ),
            *("dispatch-trunk-unknown", "outbound-address-form", "outbound-no-numbers", "trunk-open"),
            *("transfer-identity", "transfer-to-form"),
            "placeholder",  # of LiveKit's guide, among others: its only reference
        ),
    ),
    Subject(
        ("twilio", "twiml"),
        "Twilio's trunks, numbers, alerts and TwiML",
        (
            *("answer-on-bridge", "caller-id-not-owned", "foreign-caller-id-over-twilio", "no-origination"),
            *(
                "no-refer-url",
                "refer-answer-dialled-nothing",
                "refer-answer-dials-nothing",
                "refer-url-misplaced",
            ),
            *(
                "refer-url-never-fires",
                "refer-url-on-conference",
                "secure-mismatch",
                "sip-credentials-missing",
            ),
            *(
                "sip-only-for-pstn",
                "transfer-caller-id-idle",
                "trunk-without-auth",
                "twiml-invalid",
                "twiml-never-runs",
            ),
            *(
                "transfer/webhook-called",
                "transfer/webhook-failed",
            ),  # what Twilio posts to the webhook, and its alert
        ),
    ),
    Subject(
        ("twilio", "twiml", "livekit"),
        "TwiML held against the LiveKit trunk that it calls",
        ("digest-towards-twilio-origination", "sip-password-differs", "sip-user-differs"),
    ),
    Subject(
        ("retell",),
        "Retell's transfer tools and numbers, by the names of their fields",
        (
            *("cold-mode-unset", "country-not-allowed", "detection-timeout-in-cold", "dial-to-sip-uri"),
            "show-transferee-ignored",
        ),
    ),
    Subject(
        ("vapi",),
        "Vapi's trunks and transfer plans, by the names of their fields",
        ("dial-timeout-idle", "leading-plus-off", "warm-with-refer"),
    ),
    Subject(
        ("telnyx",),
        "Telnyx's connections and profiles, by the names of their fields",
        ("caller-id-overridden", "connection-off", "no-outbound-profile"),
    ),
    Subject(
        ("elevenlabs",),
        "ElevenLabs' transfer tools",
        ("refer-with-phone-target", "sip-headers-ignored"),
    ),
    Subject(("jambonz",), "jambonz' dial verb", ("no-refer-hook",)),
)
"""The only rules that may name a vendor, each those alone whose document it is about."""

ALLOWED = {
    rule if "/" in rule else f"config/{rule}": one.vendors for one in OF_THEIR_DOCUMENTS for rule in one.rules
}
ALSO = ("twiml", "baresip", "drachtio", "rtpengine")
"""Names of products that have no provider file of their own."""
VENDORS = sorted(
    {name for one in PROVIDERS if one.kind != "any" for name in (one.id, one.name.split()[0].lower())}
    - {"amazon", "microsoft"}
    | set(ALSO)
)


def named(text: str) -> set[str]:
    """The vendors that a text, or a link by its host or path, names."""
    return {name for name in VENDORS if re.search(rf"(?<![a-z]){name}", text.lower())}


def words(rule: Rule) -> list[str]:
    """All that a rule says, links and cites."""
    links = [step.url or "" for _, step in rule.steps()]
    return [rule.title, *rule.false_alarms, *rule.references, *links, *(text for _, text in rule.templates())]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_text_or_link_is_of_a_vendor(rule: Rule) -> None:
    found = {name for text in words(rule) for name in named(text)}
    assert found <= set(ALLOWED.get(rule.id, ())), "put it into the vendor's file, as advice by a name"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_condition_asks_for_a_vendor(rule: Rule) -> None:
    """What a provider does that others do not is a trait in its file, with a fact."""
    asked = [
        text for _, text in rule.expressions() for one in re.findall(r"\"([a-z]+)\"", text) if one in VENDORS
    ]
    assert asked == []


@pytest.mark.parametrize("rule", sorted(ALLOWED))
def test_the_list_holds_nothing_idle(rule: str) -> None:
    assert {name for text in words(CATALOGUE.rules[rule]) for name in named(text)}
