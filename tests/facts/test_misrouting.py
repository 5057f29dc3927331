"""Lost messages that were not sent where their dialog asks for."""

from __future__ import annotations

import pytest

from sipdiag.facts.misrouting import misrouted
from tests.calls.dialogs import one_call, read, rules

UP = """
  - a INVITE
  - a 100
  - a 180 +0.3
  - a 200 +2
  - a ACK
"""
ELSEWHERE = '{start: "BYE sip:+12025550148@203.0.113.99 SIP/2.0"}'


def cause(ladder: str, until: float = 40.0) -> tuple[str, str, str]:
    """Rule, class of who has to act, and sentence of the root cause."""
    found = one_call(ladder, until=until).root_cause
    assert found is not None
    return found.rule, found.acts.as_, found.sentence


def test_a_bye_to_another_place_than_the_contact_is_its_senders_fault() -> None:
    rule, acts, sentence = cause(UP + f"  - a carrier BYE +9: {ELSEWHERE}\n  - a 481\n")
    assert (rule, acts) == ("signalling/dialog-lost", "caller")
    assert "Request-URI" in sentence
    assert "203.0.113.99" in sentence
    assert "Contact of the 200" in sentence
    assert "RFC 3261 §12.2.1.1" in sentence


def test_the_same_bye_that_is_taken_is_no_finding() -> None:
    """Outbound proxies and NAT depart from the dialog all day: only what got lost is told."""
    assert one_call(UP + f"  - a carrier BYE +9: {ELSEWHERE}\n  - a 200\n").root_cause is None


def test_a_lost_dialog_whose_request_was_right_accuses_no_header() -> None:
    _, _, sentence = cause(UP + "  - a carrier BYE +9\n  - a 481\n")
    assert "Request-URI" not in sentence


def test_a_bye_without_its_to_tag() -> None:
    bare = '{headers: {To: "<sip:+12025550148@example.com>"}}'
    _, acts, sentence = cause(UP + f"  - a carrier BYE +9: {bare}\n  - a 481\n")
    assert acts == "caller"
    assert "has no To tag" in sentence


def test_an_ack_to_another_place_than_the_contact() -> None:
    astray = '{start: "ACK sip:+12025550148@203.0.113.99 SIP/2.0"}'
    again = "".join(f"  - a 200 INVITE +{wait} again\n" for wait in (0.5, 1, 2, 4, 4, 4, 4, 4))
    ladder = (
        f"  - a INVITE\n  - a 100\n  - a 200 +2\n  - a ACK: {astray}\n{again}  - a agent BYE +4\n  - a 200\n"
    )
    rule, acts, sentence = cause(ladder)
    assert (rule, acts) == ("signalling/ack-not-accepted", "caller")
    assert "203.0.113.99" in sentence


@pytest.mark.parametrize(("sent", "told"), [(10, False), (11, True)])
def test_a_bye_sent_in_full_is_unanswered_though_the_capture_ends(sent: int, told: bool) -> None:
    """Ten repeats of a BYE take 31.5 s at T1 = 0.5 s (RFC 3261 §17.1.2.2), whatever the clock of the capture says."""
    ladder = UP + "  - a carrier BYE +9\n" + "  - a carrier BYE +0.2 again\n" * (sent - 1)
    ladder = ladder.replace("  - a ACK\n", "  - a ACK\n  - a carrier INFO +1\n  - a 200\n")
    found = rules(one_call(ladder, until=0.0).findings)
    assert ("signalling/bye-unanswered" in found) is told


@pytest.mark.parametrize(("sent", "told"), [(6, False), (7, True)])
def test_an_invite_sent_in_full_got_no_response_though_the_capture_ends(sent: int, told: bool) -> None:
    ladder = "  - a INVITE\n" + "  - a INVITE +0.2 again\n" * (sent - 1)
    assert ("signalling/no-response" in rules(one_call(ladder, until=0.0).findings)) is told


def refused(vias: str) -> tuple[str, str, list[str]]:
    """Who has to act on a refusal that is repeated because its ACK has another Via, in which words."""
    via = f"{{headers: {{Via: 'SIP/2.0/UDP 54.172.60.1:5060;branch=z9hG4bKown{vias}'}}}}"
    again = "".join(f"  - a 603 INVITE +{wait} again\n" for wait in (0.5, 1, 2))
    ladder = (
        f"  - a INVITE: {via}\n  - a 180: {via}\n  - a 603 +2: {via}\n"
        f"  - a ACK: {{headers: {{Via: 'SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKother'}}}}\n{again}"
    )
    found = one_call(ladder, until=40.0).findings
    told = next(one for one in found if one.rule == "signalling/retransmissions")
    return told.acts.who, told.sentence, [step.text for step in told.fix]


def test_an_ack_that_the_callers_own_stack_gives_another_via() -> None:
    who, sentence, _ = refused("")
    assert "Proxy" not in who
    assert "the Via of the ACK from" in sentence
    assert "the proxy" not in sentence


def test_an_ack_that_a_proxy_gives_another_via_is_the_proxys() -> None:
    """It goes hop by hop: the telephone behind the proxy has no part in it."""
    who, sentence, fix = refused(", SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKother")
    assert who.startswith("Proxy (")
    assert "the Via of the ACK from the proxy " in sentence
    assert fix[0].startswith("Correct how the proxy ")


@pytest.mark.parametrize(("repeats", "told"), [(1, False), (2, True)])
def test_an_answer_that_is_repeated_once_does_not_say_that_its_ack_was_lost(repeats: int, told: bool) -> None:
    astray = '{start: "ACK sip:+12025550148@203.0.113.99 SIP/2.0"}'
    again = "  - a 200 INVITE +1 again\n" * repeats
    view = read(f"  - a INVITE\n  - a 100\n  - a 200 +2\n  - a ACK: {astray}\n{again}").leg
    assert (misrouted(view, None, None) is not None) is told
