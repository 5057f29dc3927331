"""Answers that cannot be used, and their look-alikes."""

from __future__ import annotations

import pytest

from tests.calls.dialogs import one_call, rules

MALFORMED, MEDIA = "signalling/malformed-message", "media/codec-mismatch"
NO_C = "v=0\\r\\no=- 1 1 IN IP4 203.0.113.1\\r\\ns=-\\r\\nt=0 0\\r\\nm=audio 4000 RTP/AVP 0\\r\\n"
REFUSED = NO_C.replace("4000", "0").replace("t=0", "c=IN IP4 203.0.113.1\\r\\nt=0")
DTLS = REFUSED.replace("audio 0 RTP/AVP", "audio 4000 UDP/TLS/RTP/SAVP") + "a=fingerprint:sha-256\\r\\n"
OFFER = DTLS.replace("sha-256", "sha-256 AA:BB")


def body(text: str) -> str:
    return f': {{body: "{text}", content_type: application/sdp}}'


def ladder(answer: str, *, offer: str = "", ack: str = "", hang_up: float = 0.4) -> str:
    return f"  - a INVITE{offer}\n  - a 100\n  - a 200 +2{answer}\n  - a ACK{ack}\n  - a carrier BYE +{hang_up}\n  - a 200\n"


@pytest.mark.parametrize(
    ("calls", "rule"),
    [
        (ladder(" nosdp"), MALFORMED),
        (ladder(body(NO_C)), MALFORMED),
        (ladder(" sdp", offer=" nosdp", ack=" nosdp"), MALFORMED),
        (ladder(body(REFUSED)), MEDIA),
        (ladder(body(DTLS), offer=body(OFFER)), MEDIA),
    ],
    ids=["no answer", "no c=", "offer of the 200 unanswered", "all refused", "no fingerprint"],
)
def test_an_unusable_answer_is_why_the_caller_hung_up(calls: str, rule: str) -> None:
    found = one_call(calls).root_cause
    assert found is not None
    assert found.rule == rule
    assert found.acts.as_ == ("caller" if "nosdp\n  - a 100" in calls else "platform")


@pytest.mark.parametrize(
    "calls",
    [
        ladder(""),
        ladder(" nosdp", hang_up=20.0),
        ladder(" sdp", offer=" nosdp", ack=" sdp"),
        ladder(body(OFFER), offer=body(OFFER)),
        "  - a INVITE\n  - a 100\n  - a 183 +1 sdp reliable\n  - a PRACK\n  - a 200\n  - a 200 INVITE +2 nosdp\n"
        "  - a ACK\n  - a carrier BYE +0.4\n  - a 200\n",
    ],
    ids=["good answer", "the call lived on", "late offer", "DTLS", "answered in a reliable 183"],
)
def test_a_quick_hang_up_after_a_good_answer_is_nobodys_fault(calls: str) -> None:
    assert not {MALFORMED, MEDIA} & rules(one_call(calls).findings)


@pytest.mark.parametrize(("reason", "rule"), [("SIP;cause=488", MEDIA), ("SIP;cause=503", "call/dropped")])
def test_a_bye_says_that_the_media_did_not_fit(reason: str, rule: str) -> None:
    calls = ladder("").replace("BYE +0.4", f"BYE +0.4: {{headers: {{Reason: '{reason}'}}}}")
    found = one_call(calls).root_cause
    assert found is not None
    assert found.rule == rule


def test_a_body_without_content_type_that_is_hung_up_on_at_once() -> None:
    bare = ": {remove: [Content-Type]}"
    found = one_call(ladder(bare, hang_up=0.1)).root_cause
    assert found is not None
    assert (found.rule, found.acts.as_) == (MALFORMED, "platform")
    assert "RFC 3261 §20.15" in found.sentence
    assert one_call(ladder(bare, hang_up=20.0)).root_cause is None


SPEECH = NO_C.replace("t=0", "c=IN IP4 203.0.113.1\\r\\nt=0").replace("RTP/AVP 0", "RTP/AVP {}")
EVENTS = "a=rtpmap:101 telephone-event/8000\\r\\n"


@pytest.mark.parametrize(
    ("offered", "lost"), [("18 101", True), ("18", False), ("0 101", False)], ids=["events", "none", "tones"]
)
def test_digits_have_no_way_only_where_they_were_offered(offered: str, lost: bool) -> None:
    """The answer takes the codec alone; G.711 carries tones."""
    offer = SPEECH.format(offered) + (EVENTS if "101" in offered else "")
    answer = body(SPEECH.format(offered.split()[0]))
    facts = one_call(ladder(answer, offer=body(offer), ack=" nosdp")).legs[0].facts
    assert facts["digits_lost"] is lost
