"""Relations between the legs of a call: upstream, healed, passed on, given up by whom."""

from __future__ import annotations

import gc
from weakref import ref

import pytest

from sipdiag.facts.callview import CallView
from sipdiag.facts.enums import GaveUp
from sipdiag.facts.timers import is_round
from tests.calls.dialogs import read

DIALOGS = """
  q: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148"}
  q1: {from: pbx, to: bob, caller: "+14155550137", callee: "201"}
  q2: {from: pbx, to: bob2, caller: "+14155550137", callee: "202"}
  in: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148", headers: {X-CID: joined-by-an-id}}
  out: {from: inside, to: bob, caller: anybody, callee: "201", headers: {X-CID: joined-by-an-id}}
  d1: {from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550161"}
  d2: {from: pbx, to: telnyx, caller: "+12025550148", callee: "+13125550161"}
  u: {from: agent, to: carrier, caller: "+12025550148", callee: "+13125550161"}
"""
HOSTS = "\n  inside: {address: 10.1.1.1, flavour: asterisk}\n"
CANCEL_Q = "\n- q CANCEL +7\n- q 200 CANCEL\n- q 487 INVITE\n- q ACK"
CANCEL_Q1 = "\n- q1 CANCEL +0.02\n- q1 200 CANCEL\n- q1 487 INVITE\n- q1 ACK"
RINGING = "- q INVITE\n- q1 INVITE +0.1\n- q1 180 +0.2\n- q 180"


def call(ladder: str) -> CallView:
    return read(ladder, dialogs=DIALOGS, hosts=HOSTS).call


def judged(view: CallView) -> list[bool]:
    return [view.related(leg).judged for leg in view.legs]


def test_the_leg_upstream() -> None:
    view = call(RINGING + "\n- q2 INVITE +1")
    upstream, first, second = view.legs
    assert view.related(upstream).upstream is None
    assert view.related(first).upstream is upstream
    assert view.related(second).upstream is upstream


def test_a_b2bua_with_a_side_in_each_network() -> None:
    view = call("- in INVITE\n- out INVITE +0.1\n- out 486 +1\n- out ACK\n- in 486\n- in ACK")
    assert view.related(view.legs[1]).upstream is view.legs[0]
    assert judged(view) == [False, True]


@pytest.mark.parametrize("passed_on", ["486", "480", "503"])
def test_a_refusal_that_is_passed_on_is_judged_where_it_arose(passed_on: str) -> None:
    view = call(RINGING + f"\n- q1 486 +3\n- q1 ACK\n- q {passed_on} +0.1\n- q ACK")
    assert [view.related(leg).relayed for leg in view.legs] == [True, False]
    assert judged(view) == [False, True]


@pytest.mark.parametrize(("wait", "passed_on"), [(0.2, False), (1.5, False), (2.5, True), (4, True)])
def test_silence_is_passed_on_once_it_was_waited_for(wait: float, passed_on: bool) -> None:
    view = call(f"- q INVITE\n- q1 INVITE +0.1\n- q1 INVITE again +0.1\n- q 403 +{wait}\n- q ACK")
    assert view.related(view.legs[0]).relayed is passed_on


@pytest.mark.parametrize(("wait", "passed_on"), [(2.5, True), (3.5, False)])
def test_a_refusal_is_passed_on_within_seconds(wait: float, passed_on: bool) -> None:
    view = call(RINGING + f"\n- q1 486 +3\n- q1 ACK\n- q 503 +{wait}\n- q ACK")
    assert view.related(view.legs[0]).relayed is passed_on


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("", True),
        ("\n- q CANCEL +9\n- q 200 CANCEL\n- q 487 INVITE\n- q ACK", True),
        ("\n- q 480 +0.1\n- q ACK", True),
    ],
    ids=["waits still", "gave up", "told at once"],
)
def test_a_refusal_onward_came_before_the_end_of_this_leg(rest: str, told: bool) -> None:
    view = call(RINGING + "\n- q1 486 +3\n- q1 ACK" + rest)
    assert view.related(view.legs[0]).onward_refused is told


def test_a_refusal_onward_after_this_leg_was_over_is_nothing_to_tell() -> None:
    view = call(RINGING + "\n- q 480 +1\n- q ACK\n- q1 486 +3\n- q1 ACK")
    assert view.related(view.legs[0]).onward_refused is False


def test_a_refusal_of_its_own() -> None:
    view = call("- q INVITE\n- q1 INVITE +0.1\n- q1 486 +1\n- q1 ACK\n- q 503 +20\n- q ACK")
    assert judged(view) == [True, True]


def test_cancelled_because_the_caller_left() -> None:
    view = call(RINGING + CANCEL_Q + CANCEL_Q1)
    upstream, downstream = view.legs
    assert view.related(downstream).cancelled_by_upstream
    assert judged(view) == [True, False]
    assert view.related(upstream).gave_up == view.related(downstream).gave_up == GaveUp.caller


@pytest.mark.parametrize(("wait", "caused"), [(0.8, True), (1.3, False)])
def test_a_cancel_is_passed_on_within_a_second(wait: float, caused: bool) -> None:
    view = call(RINGING + "\n- q CANCEL +7" + CANCEL_Q1.replace("+0.02", f"+{wait}"))
    assert view.related(view.legs[1]).cancelled_by_upstream is caused


def test_cancelled_because_the_caller_hung_up_the_queue() -> None:
    view = call("- q INVITE\n- q 200\n- q ACK\n- q1 INVITE +3\n- q1 180\n- q BYE +9\n- q 200 BYE" + CANCEL_Q1)
    assert view.related(view.legs[1]).gave_up == GaveUp.caller
    assert not view.related(view.legs[1]).judged


def test_a_timer_gave_up_while_the_caller_waited() -> None:
    view = call(
        RINGING + "\n- q1 CANCEL +17\n- q1 200 CANCEL\n- q1 487 INVITE\n- q1 ACK\n- q 480 +0.05\n- q ACK"
    )
    assert view.related(view.legs[1]).gave_up == GaveUp.timer
    assert judged(view) == [False, True]


@pytest.mark.parametrize(("waited", "who"), [(4, GaveUp.caller), (6, GaveUp.timer)])
def test_no_timer_is_shorter_than_five_seconds(waited: int, who: GaveUp) -> None:
    view = call(RINGING + CANCEL_Q1.replace("+0.02", f"+{waited}") + "\n- q 480 +3\n- q ACK")
    assert view.related(view.legs[1]).gave_up == who


def test_the_called_side_gave_up() -> None:
    view = call("- d1 INVITE\n- d1 180\n- d1 480 +25\n- d1 ACK")
    assert view.related(view.legs[0]).gave_up == GaveUp.callee


@pytest.mark.parametrize(
    ("dialog", "seconds", "who"),
    [
        ("d1", 30, GaveUp.timer),
        ("d1", 13, GaveUp.caller),
        ("d1", 37, GaveUp.caller),
        ("u", 37, GaveUp.timer),
        ("u", 17, GaveUp.timer),
        ("u", 8, GaveUp.caller),
    ],
    ids=[
        "round",
        "a person",
        "a patient person",
        "an automaton",
        "an impatient automaton",
        "an automaton told to stop",
    ],
)
def test_a_cancel_nothing_else_explains(dialog: str, seconds: int, who: GaveUp) -> None:
    view = call(
        f"- {dialog} INVITE\n- {dialog} 180 +0.4\n- {dialog} CANCEL +{seconds}\n- {dialog} 200 CANCEL"
        f"\n- {dialog} 487 INVITE\n- {dialog} ACK"
    )
    assert view.related(view.legs[0]).gave_up == who


def test_an_answered_leg_was_given_up_by_nobody() -> None:
    view = call("- d1 INVITE\n- d1 200\n- d1 ACK\n- d1 BYE +9\n- d1 200")
    assert view.related(view.legs[0]).gave_up == GaveUp.nobody


def test_healed_by_the_next_route() -> None:
    tried = "- d1 INVITE\n- d1 503 +1\n- d1 ACK\n- d2 INVITE +0.1\n- d2 200 +1\n- d2 ACK"
    view = call(tried + "\n- d2 BYE +9\n- d2 200")
    assert view.related(view.legs[0]).healed
    assert view.lead is view.legs[1]
    assert view.outcome.slug == "answered"
    assert call(tried).outcome.slug == "in-progress"
    unseen = call(tried.replace("d2 200 +1", "d2 200 +1 lost") + "\n- d2 BYE +9\n- d2 200")
    assert unseen.related(unseen.legs[0]).healed


def test_healed_by_the_next_member_of_the_group() -> None:
    view = call(
        RINGING + "\n- q1 486 +1\n- q1 ACK\n- q2 INVITE +0.1\n- q2 200 +2\n- q2 ACK\n- q 200\n- q ACK"
    )
    assert [view.related(leg).healed for leg in view.legs] == [False, True, False]


def test_healed_by_voicemail_of_the_pbx_itself() -> None:
    view = call(
        RINGING + "\n- q1 CANCEL +20\n- q1 200 CANCEL\n- q1 487 INVITE\n- q1 ACK\n- q 200 INVITE\n- q ACK"
    )
    assert view.related(view.legs[1]).healed


def test_an_answer_before_the_try_heals_nothing() -> None:
    """The queue took the call; then nobody was there."""
    view = call("- q INVITE\n- q 200\n- q ACK\n- q1 INVITE +3\n- q1 486 +1\n- q1 ACK")
    assert not view.related(view.legs[1]).healed
    assert view.related(view.legs[1]).background


@pytest.mark.parametrize(("wait", "background"), [(1.5, False), (2.5, True)])
def test_a_pbx_that_hangs_up_on_its_caller_at_once_gave_up_with_the_try(
    wait: float, background: bool
) -> None:
    view = call(
        f"- q INVITE\n- q 200\n- q ACK\n- q1 INVITE +3\n- q1 486 +1\n- q1 ACK\n- q pbx BYE +{wait}\n- q 200"
    )
    assert view.related(view.legs[1]).background is background


@pytest.mark.parametrize(("waited", "outcome"), [(8, "cancelled"), (12, "no-response")])
def test_a_cancel_after_ten_silent_seconds_means_that_nobody_was_there(waited: int, outcome: str) -> None:
    silent = f"- d1 INVITE\n- d1 100\n- d1 CANCEL +{waited}\n- d1 200 CANCEL\n- d1 487 INVITE\n- d1 ACK"
    assert call(silent).outcome.slug == outcome


def test_a_redirect_is_followed_within_five_seconds() -> None:
    followed = "- d1 INVITE\n- d1 302 sip:x@192.0.2.9\n- d1 ACK\n- d1 INVITE +{wait}\n- d1 200 +1\n- d1 ACK"
    for wait, expected in ((2, True), (4.5, True), (6, False)):
        view = call(followed.format(wait=wait))
        assert view.related(view.legs[0]).redirect_unfollowed is not expected


@pytest.mark.parametrize("duration", [19.8, 20.0, 30.4, 60.0, 120.1])
def test_round_times(duration: float) -> None:
    assert is_round(duration)


@pytest.mark.parametrize("duration", [None, 0.0, 10.0, 21.0, 31.0, 37.3])
def test_other_times(duration: float | None) -> None:
    assert not is_round(duration)


def test_a_transfer_is_judged_on_the_leg_that_faces_the_carrier() -> None:
    """A call forwarded by a PBX to a platform: the carrier's leg arrives at the PBX."""
    dialogs = """
  front: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148"}
  back: {from: pbx, to: agent, caller: "+14155550137", callee: "+12025550148"}
"""
    view = read(
        """
        - front INVITE
        - back INVITE +0.1
        - back 200 +1
        - back ACK
        - front 200
        - front ACK
        - back agent BYE +20
        - back 200
        - front pbx BYE
        - front 200
        """,
        dialogs=dialogs,
        expect="transfer",
    ).call
    assert view.missing_transfer
    assert view.transfer_leg is view.legs[1]
    facts = [leg is view.transfer_leg for leg in view.legs]
    assert facts.count(True) == 1


def test_no_leg_to_judge_a_transfer_on_where_none_was_answered() -> None:
    view = read("- a INVITE\n- a 486\n- a ACK", expect="transfer").call
    assert view.transfer_leg is None
    assert not view.missing_transfer


def test_a_call_that_nobody_asks_for_any_more_is_no_garbage() -> None:
    """It is gone at once: what has to be looked for costs time and memory."""
    view = call(RINGING)
    assert judged(view) == [True, True]
    gone = ref(view.legs[0])
    gc.disable()
    try:
        del view
        assert gone() is None
    finally:
        gc.enable()
