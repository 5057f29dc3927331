"""Facts of legs, written down from the ladder: what each line of it must come to."""

from __future__ import annotations

import pytest

from sipdiag.facts.enums import AnswerFault, GaveUp, Role, State
from sipdiag.knowledge.causes import Cause
from tests.calls.dialogs import HEALTHY, one_call
from tests.facts.test_answers import NO_C, body
from tests.facts.test_answers import ladder as answered

ABSENT = object()
SETUP = "  - a INVITE\n  - a 100\n"
BYE = (
    SETUP
    + "  - a 180 +0.3\n  - a 200 +2\n  - a ACK\n  - a carrier BYE +20: {{headers: {{Reason: '{}'}}}}\n  - a 200\n"
)
CANCELLED = "  - a 200 CANCEL\n  - a 487 INVITE\n  - a ACK\n"

TRUTH: dict[str, tuple[str, dict[str, object]]] = {
    "healthy": (
        HEALTHY,
        {
            "state": State.answered,
            "role": Role.inbound,
            "cause": Cause.unknown,
            "gave_up": GaveUp.nobody,
            "status": 200,
            "reason": "OK",
            "tries": 1,
            "messages": 7,
            "ring_s": (1.99, 2.01),
            "setup_s": (2.3, 2.32),
            "talk_s": (20.0, 20.03),
            "hung_up_after_s": (20.0, 20.03),
            "quiet_s": (39.99, 40.01),
            "bye_cseq": 2,
            "ended_by": "twilio",
            "ended_by_caller": True,
            "ended_by_platform": False,
            "ended": True,
            "rang": True,
            "alerted": True,
            "early_media": False,
            "ack_seen": True,
            "judged": True,
            "most_repeats": 0,
            "both_directions": True,
            "transport": "UDP",
            "from_number": "+14155550137",
            "to_number": "+12025550148",
            "to_country": "United States",
            "international": False,
            "callee_is_platform": True,
            "callee_is_carrier": False,
            "bye_sip_cause": ABSENT,
            "bye_q850": ABSENT,
            "ended_by_name": "Twilio",
        },
    ),
    "SIP 400 in the BYE": (
        BYE.format("SIP;cause=400"),
        {"bye_abnormal": True, "bye_sip_cause": 400, "bye_q850": ABSENT},
    ),
    "SIP 399 in the BYE": (BYE.format("SIP;cause=399"), {"bye_abnormal": False, "bye_sip_cause": 399}),
    "normal clearing": (
        BYE.format("Q.850;cause=16"),
        {"bye_abnormal": False, "bye_q850": 16, "bye_sip_cause": ABSENT},
    ),
    "network out of order": (BYE.format("Q.850;cause=38"), {"bye_abnormal": True, "bye_q850": 38}),
    "no answer to the offer": (
        answered(" nosdp"),
        {"answer_fault": AnswerFault.missing, "answer_by_caller": False},
    ),
    "no answer in the ACK": (
        answered(" sdp", offer=" nosdp", ack=" nosdp"),
        {"answer_fault": AnswerFault.missing_in_ack, "answer_by_caller": True, "answer_by": "Twilio"},
    ),
    "no address in the answer": (answered(body(NO_C)), {"answer_fault": AnswerFault.no_connection}),
    "busy at once": (
        SETUP + "  - a 486 +1\n  - a ACK\n",
        {
            "state": State.refused,
            "status": 486,
            "rang": False,
            "reached": False,
            "talk_s": ABSENT,
            "ring_s": ABSENT,
            "verdict_s": (1.0, 1.02),
            "ended": True,
            "answered": False,
        },
    ),
    "cancelled after ringing for 4 s": (
        SETUP + "  - a 180 +0.4\n  - a CANCEL +4\n" + CANCELLED,
        {
            "state": State.cancelled,
            "cancelled": True,
            "rang": True,
            "ring_s": (3.99, 4.02),
            "trying_s": (4.4, 4.43),
            "waited_out": False,
            "ended_by_caller": True,
        },
    ),
    "the INVITE three times, and nothing": (
        "  - a INVITE\n  - a INVITE again +0.5\n  - a INVITE again +1\n",
        {
            "state": State.no_response,
            "tried": False,
            "progress": False,
            "invite_repeats": 2,
            "waited_out": True,
        },
    ),
    "the 200 three times without an ACK": (
        SETUP + "  - a 200 +1\n  - a 200 again +0.5\n  - a 200 again +1\n",
        {
            "answered": True,
            "ack_seen": False,
            "answer_repeats": 2,
            "answer_repeats_after_ack": 0,
            "ended": False,
        },
    ),
    "the 200 twice more after the ACK": (
        SETUP + "  - a 200 +1\n  - a ACK\n  - a 200 again +0.5\n  - a 200 again +1\n",
        {"ack_seen": True, "answer_repeats": 2, "answer_repeats_after_ack": 2},
    ),
    "the BYE twice more, unanswered": (
        SETUP + "  - a 200 +1\n  - a ACK\n  - a carrier BYE +5\n  - a BYE again +0.5\n  - a BYE again +1\n",
        {"bye_repeats": 2, "bye_unanswered": True, "bye_refused": False, "talk_s": (5.0, 5.03)},
    ),
    "the called end hangs up": (
        SETUP + "  - a 200 +1\n  - a ACK\n  - a agent BYE +5\n  - a 200\n",
        {"ended_by_caller": False, "ended_by_platform": True, "bye_repeats": 0, "bye_unanswered": False},
    ),
}


@pytest.mark.parametrize(
    ("name", "fact"), [(name, fact) for name, (_, facts) in TRUTH.items() for fact in facts]
)
def test_fact_of_a_leg(name: str, fact: str) -> None:
    ladder, wanted = TRUTH[name]
    facts, value = one_call(ladder).legs[0].facts, wanted[fact]
    if value is ABSENT:
        assert facts.get(fact) is None
    elif isinstance(value, tuple):
        found = facts[fact]
        assert isinstance(found, float)
        assert value[0] <= found <= value[1]
    else:
        assert facts[fact] == value


@pytest.mark.parametrize(
    "text",
    [
        "c1.1: rang 0.3 s after the INVITE; the called party was reached.",
        "c1.1: answered after 2.3 s.",
        "c1.1: ended by BYE, confirmed with 200.",
        "c1.1: both sides agreed on PCMU.",
    ],
)
def test_checks_of_a_healthy_call_name_its_values(text: str) -> None:
    assert text in [check.text for check in one_call(HEALTHY).passed]
