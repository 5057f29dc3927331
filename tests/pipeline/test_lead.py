"""From calls to verdicts: scope of expectations, one root cause, consequences, what is no call."""

from __future__ import annotations

import pytest

from sipdiag.pipeline.call_filter import matches
from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.rules.finding import Severity
from tests.calls.dialogs import HEALTHY, book, captured, diagnosis, judge, one_call, rules

DIALOGS = """
  b: {from: carrier, to: agent, caller: "+14155550199", callee: "+12025550148"}
  q: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148"}
  q1: {from: pbx, to: bob, caller: "+14155550137", callee: "201"}
  s: {from: here, to: pbx, caller: "100", callee: "900441234567890", headers: {User-Agent: friendly-scanner}}
"""
OUT = '\n  u: {from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550162"}\n'
UP = "- a INVITE\n- a 100\n- a 180 +0.3\n- a 200 +2\n- a ACK\n"
DOWN = "- a agent BYE +2\n- a 200\n"
OTHER = "- b INVITE\n- b 200 +1\n- b ACK\n- b agent BYE +9\n- b 200\n"
PHONES = "- p INVITE\n- p 200 +1\n- p ACK\n- p BYE +9\n- p 200\n"


def run(ladder: str, expect: str | None = None, call_filter: str | None = None) -> Analysis:
    return diagnosis(ladder, dialogs=DIALOGS, expect=expect, call_filter=call_filter)


def causes(analysis: Analysis) -> list[str | None]:
    return [call.root_cause.rule if call.root_cause else None for call in analysis.details]


@pytest.mark.parametrize(
    ("text", "rule", "responsible"),
    [
        ("Not relaying", "access/forbidden", "configuration"),
        ("Preload Route denied", "access/forbidden", "configuration"),
        ("Destination not allowed", "access/forbidden", "carrier-account"),
        ("Forbidden", "access/forbidden", "carrier-account"),
        ("Stale Date", "caller-id/stir-shaken-rejected", "configuration"),
        ("Certificate missing", "access/forbidden", "carrier-account"),
    ],
)
def test_who_has_to_act_on_a_refusal_is_who_the_table_names(text: str, rule: str, responsible: str) -> None:
    cause = one_call(f'- u INVITE\n- u 403 "{text}"\n- u ACK', dialogs=OUT).root_cause
    assert cause is not None
    assert (cause.rule, cause.acts.as_) == (rule, responsible)


@pytest.mark.parametrize(
    ("wait", "ended_by", "confidence"),
    [(1.5, "agent", "certain"), (1.5, "carrier", "likely"), (9, "carrier", "certain")],
)
def test_a_challenged_refer_has_failed_when_the_call_is_over(
    wait: float, ended_by: str, confidence: str
) -> None:
    ladder = f"{UP}- a agent REFER tel:+13125550162 +9\n- a 407\n- a {ended_by} BYE +{wait}\n- a 200"
    cause = one_call(ladder).root_cause
    assert cause is not None
    assert (cause.rule, cause.confidence.name) == ("transfer/refer-challenged", confidence)


def test_a_refer_that_met_another_request_may_still_be_sent_again() -> None:
    ladder = UP + "- a agent REFER tel:+13125550162 +9\n- a 491"
    assert one_call(ladder, until=2).root_cause is None
    for until, end in ((9.0, ""), (2.0, "\n- a agent BYE +1\n- a 200")):
        cause = one_call(ladder + end, until=until).root_cause
        assert cause is not None
        assert cause.rule == "transfer/refer-rejected"


# -- expectations ----------------------------------------------------------------------------------


def test_nothing_expected_nothing_missed() -> None:
    found = run(HEALTHY)
    assert causes(found) == [None]
    assert found.expect_scope is None


def test_the_only_call() -> None:
    found = run(PHONES, expect="transfer")
    assert causes(found) == ["transfer/refer-missing"]
    assert found.expect_scope == "the only call of the capture"


def test_every_call_between_a_platform_and_a_carrier() -> None:
    found = run(UP + DOWN + OTHER + PHONES, expect="transfer")
    assert causes(found) == ["transfer/refer-missing", "transfer/refer-missing", None]
    assert found.expect_scope is not None
    assert "2" in found.expect_scope


def test_the_selected_calls() -> None:
    found = run(UP + DOWN + OTHER, expect="transfer", call_filter="+14155550199")
    assert [call.from_.number for call in found.details] == ["+14155550199"]
    assert causes(found) == ["transfer/refer-missing"]
    assert found.left_out


def test_an_answer_was_expected() -> None:
    assert causes(
        run("- p INVITE\n- p 180\n- p CANCEL +3\n- p 200 CANCEL\n- p 487 INVITE\n- p ACK", expect="answer")
    ) == ["call/answer-missing"]
    assert causes(run(HEALTHY, expect="answer")) == [None]


def test_a_bridge_does_for_a_transfer_and_not_for_a_refer() -> None:
    bridge = UP + "- o INVITE +9\n- o 180\n- o 200 +3\n- o ACK\n- o carrier BYE +9\n- o 200\n" + DOWN
    assert causes(run(bridge, expect="transfer")) == [None]
    (call,) = run(bridge, expect="refer").details
    (note,) = [one for one in call.findings if one.rule == "transfer/invite-instead-of-refer"]
    assert note.severity == Severity.warning


def test_a_missing_refer_is_judged_once_a_call() -> None:
    """Though a PBX stands between the carrier and the platform, on two answered legs."""
    dialogs = DIALOGS + '  q2: {from: pbx, to: agent, caller: "+14155550137", callee: "+12025550148"}\n'
    ladder = """
      - q INVITE
      - q2 INVITE +0.1
      - q2 200 +1
      - q2 ACK
      - q 200
      - q ACK
      - q2 agent BYE +20
      - q2 200
      - q pbx BYE
      - q 200
    """
    (call,) = diagnosis(ladder, dialogs=dialogs, expect="transfer").details
    assert [one.rule for one in call.findings].count("transfer/refer-missing") == 1


def test_a_missing_refer_is_not_judged_on_a_recording() -> None:
    dialogs = DIALOGS + (
        '  rec: {from: agent, to: pbx, caller: "+12025550148", callee: "+13125550111", '
        "headers: {Require: siprec}}\n"
    )
    ladder = UP + "- rec INVITE +1\n- rec 200\n- rec ACK\n" + DOWN + "- rec BYE\n- rec 200\n"
    (call,) = diagnosis(ladder, dialogs=dialogs, expect="transfer").details
    subjects = {one.subject for one in call.findings if one.rule == "transfer/refer-missing"}
    assert subjects == {"c1.1"}


# -- root cause ------------------------------------------------------------------------------------


def test_information_is_never_a_root_cause() -> None:
    (call,) = run("- a INVITE\n- a 100\n- a 180 +1\n- a CANCEL +3\n- a 200\n- a 487 INVITE\n- a ACK").details
    assert rules(call.findings) == {"call/cancelled-by-caller"}
    assert call.root_cause is None


def test_one_root_cause_the_first_of_the_findings() -> None:
    call = one_call(
        UP + "- a agent REFER tel:+13125550162 +9\n- a 202\n- a carrier NOTIFY 486 +3\n- a 200\n" + DOWN
    )
    assert call.root_cause is not None
    assert [one.role for one in call.findings].count("cause") == 1
    assert call.findings[0] is call.root_cause
    assert call.root_cause.rule == "transfer/target-failed"


def test_consequences_name_a_rule_that_is_there() -> None:
    for ladder in (
        UP + "- a agent REFER tel:07123456789 +9\n- a 400 +1\n" + DOWN,
        UP + "- a agent REFER tel:+13125550162 +9\n- a 202\n- a agent BYE +0.2\n- a 200\n",
    ):
        for call in run(ladder).details:
            for one in call.findings:
                assert one.consequence_of is None or one.consequence_of in rules(call.findings)


def test_a_relayed_failure_is_told_once() -> None:
    (call,) = run("- q INVITE\n- q1 INVITE +0.1\n- q1 404 +1\n- q1 ACK\n- q 503 +0.1\n- q ACK").details
    assert [(one.rule, one.subject) for one in call.findings] == [("target/unknown-number", "c1.2")]
    assert call.outcome == "failed"


def test_a_refer_that_a_pbx_passes_on_is_explained_by_who_refused_it() -> None:
    dialogs = """
  front: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148"}
  back: {from: pbx, to: agent, caller: "+14155550137", callee: "+12025550148"}
"""
    ladder = """
      - front INVITE
      - back INVITE +0.1
      - back 200 +1
      - back ACK
      - front 200
      - front ACK
      - back agent REFER tel:+13125550162 +9
      - front pbx REFER tel:+13125550162 +0.05
      - front 403: {headers: {X-Twilio-Error: "32218 Call transfer is not enabled"}}
      - back 403
      - back agent BYE +1
      - back 200
      - front pbx BYE
      - front 200
    """
    (call,) = diagnosis(ladder, dialogs=dialogs).details
    assert call.root_cause is not None
    assert (call.root_cause.rule, call.root_cause.confidence.name) == (
        "transfer/refer-not-enabled",
        "certain",
    )
    assert call.outcome == "transfer-failed"


def test_cancelled_on_both_legs_is_the_callers_doing_told_once() -> None:
    (call,) = run(
        """
        - q INVITE
        - q1 INVITE +0.1
        - q1 180 +0.2
        - q 180
        - q CANCEL +7
        - q 200 CANCEL
        - q 487 INVITE
        - q ACK
        - q1 CANCEL +0.02
        - q1 200 CANCEL
        - q1 487 INVITE
        - q1 ACK
        """
    ).details
    assert (call.outcome, call.root_cause) == ("cancelled", None)
    assert [one.rule for one in call.findings] == ["call/cancelled-by-caller"]


def test_the_same_said_of_several_tries_is_said_once() -> None:
    dialogs = DIALOGS + '  o2: {from: agent, to: carrier, caller: "+12025550148", callee: "+13125550162"}\n'
    ladder = UP + "".join(
        f"- {name} INVITE +5\n- {name} 180\n- {name} 486 +2\n- {name} ACK\n" for name in ("o", "o2")
    )
    (call,) = diagnosis(ladder + DOWN, dialogs=dialogs).details
    (busy,) = [one for one in call.findings if one.rule == "target/busy"]
    assert len({one.captured.message.call_id for one in busy.evidence if one.captured}) == 2


def test_the_headline_is_the_failed_transfer() -> None:
    busy = "- p INVITE\n- p 486 +1\n- p ACK\n"
    found = run(busy + UP + "- a agent REFER tel:+13125550162 +9\n- a 405\n" + DOWN)
    assert found.headline is not None
    assert (found.headline[0], found.headline[1].rule) == ("c2", "transfer/refer-not-enabled")


# -- the result ------------------------------------------------------------------------------------


def parties(call: CallDetail) -> tuple[str | None, str | None]:
    return call.from_.number, call.to.number


def test_who_called_whom() -> None:
    call = one_call(HEALTHY)
    assert parties(call) == ("+14155550137", "+12025550148")
    assert call.from_.country == "United States"
    assert call.ended_by == "twilio"
    assert [one.provider for one in call.participants] == ["twilio", "livekit"]


def test_times_are_those_of_the_try_that_was_answered() -> None:
    """A route that was out of order, then the next one."""
    dialogs = (
        DIALOGS
        + """
  d1: {from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550161"}
  d2: {from: pbx, to: telnyx, caller: "+12025550148", callee: "+13125550161"}
"""
    )
    ladder = "- d1 INVITE\n- d1 503 +1\n- d1 ACK\n- d2 INVITE +0.1\n- d2 180 +1\n- d2 200 +2\n- d2 ACK"
    (call,) = diagnosis(ladder + "\n- d2 telnyx BYE +9\n- d2 200", dialogs=dialogs).details
    assert (call.outcome, call.ended_by) == ("answered", "telnyx")
    assert call.ring_s == pytest.approx(2.0, abs=0.05)
    assert call.talk_s == pytest.approx(9.0, abs=0.05)


@pytest.mark.parametrize("skip", [1, 5])
def test_who_called_whom_without_the_beginning(skip: int) -> None:
    (call,) = judge(captured(HEALTHY)[skip:]).details
    assert parties(call) == ("+14155550137", "+12025550148")


def test_who_called_whom_when_only_the_callees_bye_was_captured() -> None:
    """From and To change places in it; which of them called, nobody can tell."""
    (call,) = judge(captured(UP + DOWN)[-2:]).details
    assert set(parties(call)) == {"+14155550137", "+12025550148"}


def test_calls_are_numbered_by_time() -> None:
    found = run(UP + "- b INVITE +1\n- b 486 +1\n- b ACK\n" + DOWN)
    assert [call.call.id for call in found.details] == ["c1", "c2"]
    assert found.details[0].call.start_ns < found.details[1].call.start_ns


def test_no_message_at_all() -> None:
    found = judge([])
    assert (found.details, found.headline) == ([], None)
    assert rules(found.findings) == {"capture/no-sip"}


def test_a_registration_is_judged_and_is_no_call() -> None:
    found = run("- p REGISTER\n- p 401\n- p REGISTER\n- p 403 +1")
    assert found.details == []
    assert any(one.severity > Severity.info and one.subject == "x1" for one in found.findings)


def test_a_ping_is_nothing_to_worry_about() -> None:
    found = run("- a OPTIONS\n- a 404\n")
    assert found.details == []
    assert all(one.severity == Severity.info for one in found.findings)


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("+14155550137", True),
        ("4155550137", True),
        ("55501", True),
        ("c1", True),
        ("+12025550148", True),
        ("+99", False),
        ("c2", False),
        ("7777777", False),
    ],
)
def test_what_call_selects(text: str, selected: bool) -> None:
    assert matches(book(HEALTHY).calls[0], text, ()) is selected


@pytest.mark.parametrize("header", ["X-Twilio-CallSid", "X-LK-CallID", "X-Telnyx-Leg-ID"])
def test_a_provider_s_own_id_selects_its_call(header: str) -> None:
    dialogs = (
        f'\n  z: {{from: alice, to: bob, caller: alice, callee: bob, headers: {{{header}: "SCL_0123"}}}}\n'
    )
    ladder = "- z INVITE\n- z 486 +1\n- z ACK\n"
    assert len(diagnosis(ladder, dialogs=dialogs, call_filter="SCL_0123").calls) == 1
    assert diagnosis(ladder, dialogs=dialogs, call_filter="SCL_0124").calls == []


def test_a_proxy_is_named_as_one_and_the_taker_as_the_called_side() -> None:
    """The far end took the call; the hop in between only passed it on."""
    call = run("- x INVITE\n- x 100\n- x 180 +0.3\n- x 200 +2\n- x ACK\n- x BYE +9\n- x 200\n").details[0]
    names = [participant.name for participant in call.participants]
    assert (names[0], names[-1], len(names)) == ("Caller alice", "Callee bob", 3)
