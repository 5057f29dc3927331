"""Why a leg was refused, in the order of evidence: code, text, Reason, status."""

from __future__ import annotations

import pytest

from sipdiag.facts.enums import CauseSource
from sipdiag.facts.known import Known
from sipdiag.knowledge.causes import Cause
from tests.calls.dialogs import read
from tests.facts.views import facts_of_leg


def refused(line: str, retry: bool = True) -> Known:
    challenge = "- o 407\n- o ACK\n- o INVITE\n" if retry else ""
    return facts_of_leg(read(f"- o INVITE\n{challenge}- {line} +0.4\n- o ACK"))


def test_a_code_of_the_provider_first() -> None:
    facts = refused_with('"Forbidden"', {"X-Twilio-Error": "32205 Geo permission", "Reason": "Q.850;cause=1"})
    assert (facts["cause"], facts["cause_source"], facts["cause_code"]) == (
        Cause.geo,
        CauseSource.code,
        "32205",
    )
    assert facts["q850"] == 1


def refused_with(phrase: str, headers: dict[str, str], status: int = 403) -> Known:
    written = ", ".join(f"{name}: '{value}'" for name, value in headers.items())
    return facts_of_leg(read(f"- o INVITE\n- o {status} {phrase} +0.4: {{headers: {{{written}}}}}\n- o ACK"))


def test_then_a_text_it_is_known_for() -> None:
    facts = refused_with('"Caller ID is unauthorized"', {"Reason": "Q.850;cause=1"})
    assert (facts["cause"], facts["cause_source"]) == (Cause.caller_id, CauseSource.text)


def test_then_a_telling_reason() -> None:
    facts = refused_with("", {"Reason": "Q.850;cause=1"}, 503)
    assert (facts["cause"], facts["cause_source"]) == (Cause.unknown_number, CauseSource.q850)


def test_a_reason_that_only_pictures_the_status() -> None:
    """404 is what a gateway makes of cause 1 (RFC 3398 §8.2.6.1), and the other way round."""
    facts = refused_with("", {"Reason": "Q.850;cause=1"}, 404)
    assert facts["cause"] is Cause.unknown
    assert (facts["q850_known"], facts["q850"]) == (True, 1)


@pytest.mark.parametrize("cause", [0, 16, 31, 127])
def test_causes_that_tell_nothing(cause: int) -> None:
    facts = refused_with('"Forbidden"', {"Reason": f"Q.850;cause={cause}"})
    assert facts["cause"] is Cause.unknown


def test_default_phrases_are_no_text() -> None:
    facts = refused("o 403")
    assert (facts["cause"], facts["cause_source"]) == (Cause.unknown, CauseSource.unknown)


def test_a_mere_challenge_names_no_cause() -> None:
    facts = refused("o 407", retry=False)
    assert facts["cause"] is Cause.unknown
    assert facts["challenged"] is True


def test_who_refused_and_in_which_words() -> None:
    facts = refused_with('"Nope"', {}, 403)
    assert (facts["refuser"], facts["refused_by_carrier"], facts["refused_by_platform"]) == (
        "twilio",
        True,
        False,
    )
    assert facts["refuser_wording"] == "403 Nope"


def test_an_answered_leg_was_not_refused() -> None:
    facts = facts_of_leg(read("- o INVITE\n- o 200\n- o ACK"))
    assert facts["cause"] is Cause.unknown
    assert "refuser_wording" not in facts


def test_the_feedback_of_a_proxy_is_no_reason() -> None:
    own = refused_with(
        "", {"Warning": '392 203.0.113.84:5060 "Noisy feedback tells: pid=9563 in_uri=sip:a@b"'}, 404
    )
    assert own["refuser_wording"] == "404 Not Found"
    told = refused_with("", {"Warning": '399 203.0.113.84 "Trunk group full"'}, 503)
    assert told["refuser_wording"] == '503 Service Unavailable ("Trunk group full")'


def test_a_long_remark_is_seen_to_be_cut() -> None:
    wording = refused_with("", {"Warning": f'399 203.0.113.84 "{"a" * 161}"'}, 503)["refuser_wording"]
    assert wording == f'503 Service Unavailable ("{"a" * 160}…")'
