"""Facts of transfers: the target's form, accepted against completed, who hung up when."""

from __future__ import annotations

import pytest

from sipdiag.facts.enums import Method, Target, TargetHost, TransferOutcome
from sipdiag.facts.known import Known
from sipdiag.facts.target import form_of
from sipdiag.knowledge.causes import Cause
from sipdiag.sip.address import parse_name_addr
from tests.calls.dialogs import read
from tests.facts.views import facts_of_transfer

UP = "- a INVITE\n- a 100\n- a 200 +2\n- a ACK\n"
DIALOGS = """
  n: {from: carrier, to: telnyx, caller: "+12025550148", callee: "+13125550162"}
  r: {from: agent, to: carrier, caller: "+12025550148", callee: "+14155550137"}
"""


def refer(*lines: str, target: str = "tel:+13125550162", options: str = "", until: float = 40.0) -> Known:
    """The facts of a transfer by REFER to which ``lines`` are the sequel."""
    ladder = UP + f"- a agent REFER {target} +9{options}\n" + "\n".join(f"- {line}" for line in lines)
    return facts_of_transfer(read(ladder, dialogs=DIALOGS, until=until))


FORMS = {
    "tel:+13125550162": Target.e164,
    "<tel:+1-312-555-0162>": Target.e164,
    "<tel:+1(312)555.0162>": Target.e164,
    "<sip:+13125550162@acme.pstn.twilio.com>": Target.e164,
    "<sip:+13125550162@acme.pstn.twilio.com;user=phone>": Target.e164,
    '"Human" <sips:+442079460123@example.com>;method=INVITE': Target.e164,
    "<sip:%2B13125550162@example.com>": Target.e164,
    "<tel:13125550162>": Target.no_plus,
    "<sip:442079460123@example.com>": Target.no_plus,
    "<tel:07123456789>": Target.national,
    "<sip:3125550162@example.com>": Target.national,
    "<tel:00442079460123>": Target.national,
    "<sip:1234@example.com>": Target.extension,
    "1234": Target.extension,
    "<sip:911@example.com>": Target.extension,
    "<sip:alice@example.com>": Target.sip_name,
    "<sip:alice2@example.com>": Target.sip_name,
    "<sip:example.com>": Target.sip_name,
    "<tel:+0123456789>": Target.invalid,
    "<tel:+1312>": Target.invalid,
    "<tel:+1312555016212345678>": Target.invalid,
    "<tel:+1312555o162>": Target.invalid,
    "<tel:>": Target.invalid,
    "<tel:support>": Target.invalid,
    "<tel:+1312555016x>": Target.invalid,
}


@pytest.mark.parametrize(("text", "form"), FORMS.items(), ids=FORMS)
def test_the_form_of_a_target(text: str, form: Target) -> None:
    assert form_of(parse_name_addr(text)) == form


def test_no_target_at_all() -> None:
    assert form_of(None) == Target.invalid


def test_completed() -> None:
    facts = refer(
        "a 202",
        "a carrier NOTIFY 100",
        "a 200",
        "a carrier NOTIFY 200 +4",
        "a 200",
        "a agent BYE +1",
        "a 200",
    )
    assert facts["outcome"] == TransferOutcome.completed
    assert (facts["method"], facts["refer_status"], facts["result"]) == (Method.refer, 202, 200)
    assert (facts["accepted"], facts["result_known"], facts["bye_by_transferor"]) == (True, True, True)
    assert facts["bye_before_result"] is False
    assert facts["left_open_s"] == pytest.approx(1.0, abs=0.1)


def test_accepted_is_not_completed() -> None:
    facts = refer("a 202", "a carrier NOTIFY 100", "a 200", "a agent BYE +1", "a 200")
    assert facts["outcome"] == TransferOutcome.unknown
    assert (facts["accepted"], facts["result_known"], facts["bye_before_result"]) == (True, False, True)
    assert facts["last_notified"] == 100


def test_a_notify_proves_what_no_202_does() -> None:
    facts = refer("a 202 lost", "a carrier NOTIFY 486 +3", "a 200")
    assert facts["accepted"] is True
    assert facts["outcome"] == TransferOutcome.failed
    assert facts["result"] == 486


@pytest.mark.parametrize(
    ("options", "suppressed"),
    [
        (": {headers: {Refer-Sub: 'false'}}", True),
        (": {headers: {Require: nosub}}", True),
        ("", False),
    ],
)
def test_suppressed(options: str, suppressed: bool) -> None:
    """The answer must agree (RFC 4488 §4); ``nosub`` needs no word of it (RFC 7614)."""
    answer = "a 200" + (": {headers: {Refer-Sub: 'false'}}" if "Refer-Sub" in options else "")
    facts = refer(answer, options=options)
    assert facts["suppressed"] is suppressed


def test_a_wish_that_was_not_granted_suppresses_nothing() -> None:
    assert refer("a 202", options=": {headers: {Refer-Sub: 'false'}}")["suppressed"] is False


def test_refused() -> None:
    facts = refer('a 403: {headers: {X-Twilio-Error: "32218 Call transfer is not enabled"}}')
    assert facts["outcome"] == TransferOutcome.rejected
    assert (facts["accepted"], facts["cause"], facts["cause_code"]) == (False, Cause.refer_disabled, "32218")
    assert (facts["refuser"], facts["transferee_is_carrier"], facts["refer_switch"]) == ("twilio", True, True)


def test_unanswered_needs_its_timer_or_the_end_of_the_leg() -> None:
    assert refer(until=40)["refer_unanswered"] is True
    assert refer(until=5)["refer_unanswered"] is False
    assert refer("a agent BYE +5", "a 200", until=5)["refer_unanswered"] is True
    assert refer(until=5)["outcome"] == TransferOutcome.unknown


def test_of_a_refer_that_was_not_captured_no_target_is_known() -> None:
    facts = refer("a 202", "a carrier NOTIFY 100", "a 200", options=" lost")
    assert (facts["accepted"], facts["refer_status"]) == (True, 202)
    assert (facts["target_form"], facts["target_host"]) == (Target.unknown, TargetHost.unknown)
    assert not {"target", "target_is_uri"} & facts.keys()


def test_a_notify_that_was_answered_may_have_told_the_result() -> None:
    rest = (
        "a 202",
        "a carrier NOTIFY 100",
        "a 200",
        "a carrier NOTIFY 200 +3 lost",
        "a 200",
        "a agent BYE +1",
        "a 200",
    )
    missed = refer(*rest)
    assert (missed["report_missed"], missed["bye_before_result"]) == (True, False)
    captured = refer(*(line.replace(" lost", "") for line in rest))
    assert (captured["report_missed"], captured["bye_before_result"]) == (False, False)
    never = refer(*rest[:3], *rest[5:])
    assert (never["report_missed"], never["bye_before_result"]) == (False, True)


def test_a_notify_before_the_refer_told_nothing_of_it() -> None:
    early = "- a carrier NOTIFY 200 +1 lost\n- a 200\n"
    ladder = UP + early + "- a agent REFER tel:+13125550162 +9\n- a 202\n- a agent BYE +9\n- a 200"
    assert facts_of_transfer(read(ladder, dialogs=DIALOGS))["report_missed"] is False


def test_challenged_and_never_sent_again() -> None:
    facts = refer("a 407")
    assert (facts["refer_challenged"], facts["refer_tries"]) == (True, 1)
    again = refer("a 407", "a agent REFER tel:+13125550162", "a 202")
    assert (again["refer_challenged"], again["refer_tries"], again["refer_status"]) == (False, 2, 202)


def test_the_new_leg_stands_in_for_a_missing_result() -> None:
    facts = refer("a 202", "n INVITE +0.2", "n 180", "n 200 +3", "n ACK")
    assert (facts["new_leg_seen"], facts["new_leg_answered"]) == (True, True)
    assert facts["outcome"] == TransferOutcome.completed


def test_what_was_reported_goes_before_what_was_seen() -> None:
    facts = refer("a 202", "n INVITE +0.2", "n 486 +3", "n ACK", "a carrier NOTIFY 486", "a 200")
    assert (facts["outcome"], facts["result"]) == (TransferOutcome.failed, 486)


def test_the_first_final_sipfrag_is_the_result() -> None:
    facts = refer("a 202", "a carrier NOTIFY 486", "a 200", "a carrier NOTIFY 200 +1", "a 200")
    assert facts["result"] == 486


def test_the_transferee_hung_up() -> None:
    facts = refer("a 202", "a carrier NOTIFY 100", "a 200", "a carrier BYE +3", "a 200")
    assert (facts["caller_left"], facts["bye_by_transferor"]) == (True, False)
    dropped = refer("a 202", "a carrier BYE +0.1", "a 200")
    assert dropped["caller_left"] is False


def test_outside_the_dialog_the_sides_are_those_of_the_leg() -> None:
    named = "{headers: {Target-Dialog: '{a.call_id};local-tag={a.to_tag};remote-tag={a.from_tag}'}}"
    ladder = UP + f"- r REFER tel:+13125550162 +9: {named}\n- r 202\n- r carrier NOTIFY 200 +2\n- r 200\n"
    facts = facts_of_transfer(read(ladder + "- a agent BYE +1\n- a 200", dialogs=DIALOGS))
    assert (facts["transferor_id"], facts["transferee_id"]) == ("livekit", "twilio")
    assert facts["bye_by_transferor"] is True


def test_a_refused_notify_that_crossed_a_bye() -> None:
    crossed = refer("a 202", "a agent BYE +1", "a carrier NOTIFY 200 +0.1", "a 481 NOTIFY", "a 200 BYE")
    assert (crossed["notify_refused"], crossed["notify_crossed_bye"]) == (481, True)
    plain = refer("a 202", "a carrier NOTIFY 100", "a 405")
    assert (plain["notify_refused"], plain["notify_crossed_bye"]) == (405, False)


@pytest.mark.parametrize(("wait", "crossed"), [(0.4, True), (0.7, False)])
def test_a_notify_may_be_sent_shortly_before_the_bye_that_it_crosses(wait: float, crossed: bool) -> None:
    facts = refer("a 202", "a carrier NOTIFY 200 +1", f"a agent BYE +{wait}", "a 481 NOTIFY", "a 200 BYE")
    assert facts["notify_crossed_bye"] is crossed


@pytest.mark.parametrize(("wait", "crossed"), [(0.4, True), (0.7, False)])
def test_a_refer_that_crossed_the_callers_bye(wait: float, crossed: bool) -> None:
    facts = refer(f"a carrier BYE +{wait}", "a 481 REFER", "a 200 BYE")
    assert facts["caller_left"] is crossed


@pytest.mark.parametrize(("wait", "aborted"), [(0.8, True), (1.3, False)])
def test_a_failure_reported_at_once_after_the_transferors_bye(wait: float, aborted: bool) -> None:
    facts = refer("a 202", "a agent BYE +3", "a 200 BYE", f"a carrier NOTIFY 487 +{wait}", "a 481")
    assert facts["aborted_by_bye"] is aborted


@pytest.mark.parametrize(("wait", "unanswered"), [(1.5, False), (2.5, True)])
def test_a_refer_that_got_no_answer_before_the_dialog_ended(wait: float, unanswered: bool) -> None:
    facts = refer(f"a carrier BYE +{wait}", "a 200 BYE", until=5)
    assert facts["refer_unanswered"] is unanswered


@pytest.mark.parametrize(("stayed_s", "dropped"), [(1.5, False), (2.5, True)])
def test_a_target_is_dropped_while_the_caller_stays(stayed_s: float, dropped: bool) -> None:
    ladder = UP + "- o INVITE +9\n- o 180\n- o 200 +3\n- o ACK\n- o BYE +9\n- o 200\n"
    facts = facts_of_transfer(read(f"{ladder}- a carrier BYE +{stayed_s}\n- a 200", dialogs=DIALOGS))
    assert facts["dropped_by_platform"] is dropped


def test_on_hold_at_the_end_of_a_failed_transfer() -> None:
    ladder = UP + "- a agent INVITE hold +3\n- a 200\n- a ACK\n- a agent REFER tel:+13125550162 +2\n- a 202\n"
    failed = ladder + "- a carrier NOTIFY 486 +3\n- a 200\n"
    resumed = failed + "- a agent INVITE resume +1\n- a 200\n- a ACK\n"
    for text, held in ((failed, True), (resumed, False)):
        facts = facts_of_transfer(read(text + "- a carrier BYE +9\n- a 200", dialogs=DIALOGS))
        assert facts["held_at_end"] is held


def test_a_bridge_shows_a_number_of_its_own() -> None:
    ladder = (
        UP + "- o INVITE +9\n- o 180\n- o 200 +3\n- o ACK\n- o BYE +30\n- o 200\n- a carrier BYE +20\n- a 200"
    )
    facts = facts_of_transfer(read(ladder, dialogs=DIALOGS))
    assert (facts["method"], facts["outcome"]) == (Method.invite, TransferOutcome.completed)
    assert (facts["shows_own_number"], facts["shown_number"], facts["caller_number"]) == (
        True,
        "+12025550148",
        "+14155550137",
    )
    assert facts["dropped_by_platform"] is True
    assert facts["caller_stayed_s"] == pytest.approx(20.0, abs=0.1)
    assert facts["target_talk_s"] == pytest.approx(30.0, abs=0.1)


def test_only_one_transfer_is_the_best() -> None:
    ladder = (
        UP + "- a agent REFER tel:+13125550162 +9\n- a 405\n- a agent REFER tel:+13125550199 +1\n- a 202\n"
    )
    found = read(ladder + "- a carrier NOTIFY 200\n- a 200", dialogs=DIALOGS)
    assert [facts_of_transfer(found, index)["best"] for index in (0, 1)] == [False, True]


@pytest.mark.parametrize(
    ("notified", "rang"),
    [(["a carrier NOTIFY 180", "a 200"], True), ([], False)],
    ids=["ringing was reported", "nothing was reported"],
)
def test_whether_the_target_rang(notified: list[str], rang: bool) -> None:
    facts = refer("a 202", *notified, "a carrier NOTIFY 603 +2", "a 200")
    assert (facts["result"], facts["target_rang"]) == (603, rang)


@pytest.mark.parametrize(
    ("target", "is_tel"), [("tel:+13125550162", True), ("sip:+13125550162@example.com", False)]
)
def test_whether_the_target_is_a_tel_uri(target: str, is_tel: bool) -> None:
    assert refer("a 488", target=target)["target_is_tel"] is is_tel


def test_a_refer_was_tried_before_the_bridge() -> None:
    ladder = (
        UP + "- a agent REFER tel:+13125550162 +9\n- a 405\n- o INVITE +1\n- o 180\n- o 200 +2\n- o ACK\n"
    )
    read_it = read(ladder, dialogs=DIALOGS)
    assert facts_of_transfer(read_it)["method"] == Method.invite
    assert facts_of_transfer(read_it)["refer_tried"]
    assert not facts_of_transfer(read(UP + "- o INVITE +9\n- o 200 +2\n- o ACK\n"))["refer_tried"]


RINGS = ("n INVITE +0.2", "n 180 +0.3")
CANCELLED = ("n 200 CANCEL", "n 487 INVITE", "n ACK", "a carrier NOTIFY 487 +0.1", "a 200")


@pytest.mark.parametrize(("seconds", "left"), [(4, True), (20, False)])
def test_a_leg_cancelled_short_of_any_timer_was_given_up_by_the_transferee(seconds: int, left: bool) -> None:
    assert refer("a 202", *RINGS, f"n CANCEL +{seconds}", *CANCELLED)["caller_left"] is left
