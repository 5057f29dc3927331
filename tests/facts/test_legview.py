from __future__ import annotations

import pytest
from msgspec.structs import replace

from sipdiag.calls.model import Request
from sipdiag.calls.parties import last_try, opener
from sipdiag.facts import refreshes
from sipdiag.facts.enums import State
from sipdiag.facts.timers import seconds
from sipdiag.sip.message import Message
from tests.calls.dialogs import HEALTHY, captured, read, read_captured
from tests.facts.views import facts_of_leg, leg_of

UP = "- p INVITE\n- p 180 +0.5\n- p 200 +2\n- p ACK\n"


def test_times_of_an_answered_leg() -> None:
    view = read(UP + "- p bob BYE +10\n- p 200").leg
    assert view.setup_s == pytest.approx(2.5, abs=0.01)
    assert view.ring_s == pytest.approx(2.0, abs=0.01)
    assert view.talk_s == pytest.approx(10.0, abs=0.05)
    assert view.state == State.answered
    assert view.ender is view.sides.callee


def test_times_of_a_refused_leg() -> None:
    view = read("- p INVITE\n- p 180 +0.5\n- p 486 +3\n- p ACK").leg
    assert (view.setup_s, view.talk_s) == (None, None)
    assert view.ring_s == pytest.approx(3.0, abs=0.01)
    assert view.verdict_s == pytest.approx(3.5, abs=0.01)
    assert (view.state, view.ended) == (State.refused, True)
    assert view.ender is view.sides.callee


def test_the_verdict_counts_from_the_last_try() -> None:
    view = read("- p INVITE\n- p 407 +2\n- p ACK\n- p INVITE\n- p 486 +0.4\n- p ACK").leg
    assert view.verdict_s == pytest.approx(0.4, abs=0.05)
    assert view.authenticated
    assert [one.message.status for one in view.challenges] == [407]
    assert not view.rejected_again


@pytest.mark.parametrize(
    ("second", "again"),
    [("- p 407", True), ("- p 407 stale", False), ("- p 407 realm=elsewhere", False), ("- p 401", True)],
)
def test_rejected_again(second: str, again: bool) -> None:
    """The same realm, and not for a nonce that was only too old."""
    view = read(f"- p INVITE\n- p 407\n- p ACK\n- p INVITE\n{second}\n- p ACK").leg
    assert view.rejected_again is again


@pytest.mark.parametrize(
    ("ladder", "rang", "alerted"),
    [
        ("- p INVITE\n- p 180", True, True),
        ("- p INVITE\n- p 183 sdp", True, False),
        ("- p INVITE\n- p 183 nosdp", False, False),
        ("- p INVITE\n- p 100", False, False),
        ("- p INVITE\n- p 181", False, False),
    ],
)
def test_what_ringing_is(ladder: str, rang: bool, alerted: bool) -> None:
    view = read(ladder).leg
    assert (view.ringing is not None, view.alerted) == (rang, alerted)


@pytest.mark.parametrize(("heard_s", "reached"), [(2, False), (4, True)])
def test_an_announcement_is_cut_short_by_the_refusal(heard_s: int, reached: bool) -> None:
    view = read(f"- p INVITE\n- p 183 sdp\n- p 480 +{heard_s}\n- p ACK").leg
    assert view.reached is reached


@pytest.mark.parametrize(("until", "is_open"), [(4, True), (6, False)])
def test_what_came_after_a_challenge_at_the_end_of_the_capture_is_open(until: int, is_open: bool) -> None:
    assert read("- p INVITE\n- p 407\n- p ACK", until=until).leg.challenge_open is is_open


def test_cancel() -> None:
    view = read("- p INVITE\n- p 180 +1\n- p CANCEL +5\n- p 200 CANCEL\n- p 487 INVITE\n- p ACK").leg
    assert (view.state, view.status) == (State.cancelled, 487)
    assert view.ring_s == pytest.approx(5.0, abs=0.05)
    assert view.ender is view.sides.caller


def test_a_proxys_cancel_is_not_the_callers() -> None:
    view = read(
        """
        - x INVITE
        - f INVITE
        - x 180
        - f 200 +2
        - f ACK
        - x CANCEL +0.05: {links: [1]}
        - x 200 CANCEL: {links: [1]}
        - x 487 INVITE: {links: [1]}
        - x ACK: {links: [1]}
        """
    ).leg
    assert view.cancel is None
    assert (view.state, view.status) == (State.answered, 200)


@pytest.mark.parametrize(
    ("reason", "elsewhere"),
    [
        ('SIP;cause=200;text="Call completed elsewhere"', True),
        ("SIP;cause=200", True),
        ("Q.850;cause=26", True),
        ('SIP;text="Answered elsewhere"', True),
        ("Q.850;cause=16", False),
        ("SIP;cause=487", False),
    ],
)
def test_answered_elsewhere(reason: str, elsewhere: bool) -> None:
    ladder = f"- p INVITE\n- p 180\n- p CANCEL +5: {{headers: {{Reason: '{reason}'}}}}"
    assert read(ladder).leg.answered_elsewhere is elsewhere


def test_an_ack_proves_a_refusal_that_was_not_captured() -> None:
    view = read("- p INVITE\n- p 100\n- p 486 +2 lost\n- p ACK", until=60).leg
    assert not view.waited_out
    assert [request.method for request in view.missed_answers] == ["INVITE"]


@pytest.mark.parametrize(
    ("transport", "rest", "until", "unanswered"),
    [
        ("udp", "- t bob BYE +9", 40, False),
        ("udp", "- t bob BYE +9\n- t bob BYE again +0.5", 40, True),
        ("udp", "- t bob BYE +9\n- t bob BYE again +0.5", 31, True),
        ("udp", "- t bob BYE +9\n- t bob BYE again +0.5", 5, False),
        ("udp", "- t bob BYE +9\n- t bob BYE again +0.5\n- t 200", 40, False),
        ("tcp", "- t bob BYE +9", 40, True),
    ],
)
def test_over_udp_a_bye_without_an_answer_is_sent_again(
    transport: str, rest: str, until: float, unanswered: bool
) -> None:
    dialogs = f"\n  t: {{from: alice, to: bob, caller: alice, callee: bob, transport: {transport}}}\n"
    facts = facts_of_leg(read(UP.replace("- p ", "- t ") + rest, dialogs=dialogs, until=until))
    assert facts["bye_unanswered"] is unanswered


def test_credentials_that_a_cut_may_have_taken_are_not_said_to_be_missing() -> None:
    whole = captured("- p INVITE\n- p 407\n- p ACK")
    invite = whole[0]
    raw = invite.message.raw
    cut = replace(invite, message=Message(raw[: raw.index(b"Content-Type")]), truncated=True)
    bodiless = replace(invite, message=Message(raw[:-20]), truncated=True)
    seen = {"whole": whole, "cut": [cut, *whole[1:]], "body cut": [bodiless, *whole[1:]], "missed": whole[1:]}
    known = {name: facts_of_leg(read_captured(some)).get("authenticated") for name, some in seen.items()}
    assert known == {"whole": False, "cut": None, "body cut": False, "missed": None}


@pytest.mark.parametrize("failure", ["491", "503"])
def test_a_failure_that_comes_first_in_a_capture_may_be_that_of_a_re_invite(failure: str) -> None:
    rest = f"- p bob INVITE +9 lost\n- p {failure}\n- p bob ACK"
    lost = UP.replace("+0.5", "+0.5 lost").replace("+2", "+2 lost").replace("INVITE", "INVITE lost")
    view = read(f"{lost.replace('ACK', 'ACK lost')}{rest}\n- p bob BYE +5\n- p 200").leg
    assert (view.start_seen, view.state) == (False, State.answered)
    refused = read(f"{lost.replace('ACK', 'ACK lost')}{rest}").leg
    assert refused.state == State.refused
    assert refused.verdict_s is None


@pytest.mark.parametrize(
    ("rest", "refused"),
    [
        ("- p 404", True),
        ("- p 503", True),
        ("- p 200", False),
        ("- p 481", False),
        ("- p 407", False),
        ("- p bob BYE again +0.5\n- p 500", False),
        ("- p 500", True),
    ],
)
def test_a_bye_that_is_refused_ends_nothing(rest: str, refused: bool) -> None:
    assert facts_of_leg(read(f"{UP}- p bob BYE +9\n{rest}"))["bye_refused"] is refused


@pytest.mark.parametrize(
    ("ladder", "lost"),
    [
        ("- p INVITE\n- p 180\n- p CANCEL +9\n- p 200\n- p 487\n- p ACK\n- p BYE +1\n- p 481", None),
        ("- p INVITE\n- p 180\n- p BYE +9\n- p 481 BYE\n- p 487 INVITE\n- p ACK", None),
        ("- p INVITE\n- p 180\n- p UPDATE +1\n- p 481 UPDATE\n- p 500 INVITE +1\n- p ACK", "UPDATE"),
        (UP + "- p BYE +9\n- p 481", "BYE"),
    ],
    ids=["after CANCEL", "of an early dialog", "while it rang", "in the call"],
)
def test_a_dialog_that_a_failed_invite_ended_was_not_lost(ladder: str, lost: str | None) -> None:
    assert facts_of_leg(read(ladder)).get("lost_method") == lost


def test_the_wording_of_a_refused_bye_is_that_of_the_refusal() -> None:
    """Not that of the challenge before it."""
    facts = facts_of_leg(read(f"{UP}- p bob BYE +9\n- p 407\n- p bob BYE\n- p 403"))
    assert (facts["bye_refused"], facts["bye_wording"]) == (True, "403 Forbidden")
    assert "bye_wording" not in facts_of_leg(read(f"{UP}- p bob BYE +9\n- p 407"))


def test_a_session_of_many_collisions_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time linear in the number of re-INVITEs."""
    looked_at = []
    succeeded = refreshes._succeeded

    def count(request: Request) -> bool:
        looked_at.append(request)
        return succeeded(request)

    monkeypatch.setattr(refreshes, "_succeeded", count)
    view = read(UP + "- p INVITE +1\n- p 491\n- p ACK\n" * 40 + "- p BYE +30\n- p 200").leg
    assert refreshes.Refreshes(view).failed is None
    assert len(looked_at) == 40


def test_answers_that_must_have_come_and_were_not_captured() -> None:
    assert [r.method for r in read(UP + "- p bob BYE +9", until=40).leg.missed_answers] == ["BYE"]
    assert not read(UP + "- p bob BYE +9", until=20).leg.missed_answers
    assert not read(UP + "- p bob BYE +9\n- p bob BYE again +0.5", until=40).leg.missed_answers
    refreshed = UP + "- p INVITE +9\n- p 100\n- p 200 lost\n- p ACK\n- p BYE +9\n- p 200"
    view = read(refreshed).leg
    assert [r.method for r in view.missed_answers] == ["INVITE"]
    assert facts_of_leg(read(refreshed))["refresh_failed"] is False


def test_waited_out_needs_the_whole_time() -> None:
    assert read("- p INVITE", until=33).leg.waited_out
    assert not read("- p INVITE", until=20).leg.waited_out
    assert not read("- p INVITE\n- p 486", until=60).leg.waited_out


@pytest.mark.parametrize(
    ("ladder", "gap", "proof"),
    [
        (UP + "- p BYE +9\n- p 200", False, True),
        (UP + "- p bob BYE +9\n- p 200", False, True),
        (UP + "- p INVITE +1\n- p 200\n- p ACK\n- p BYE +9\n- p 200", False, True),
        (UP + "- p bob INVITE +1\n- p 200\n- p ACK\n- p bob BYE +9\n- p 200", False, True),
        (UP + "- p INFO lost +1\n- p 200 lost\n- p BYE +9\n- p 200", True, False),
        (UP + "- p bob INFO lost +1\n- p 200 lost\n- p bob BYE +9\n- p 200", False, False),
        (
            UP + "- p bob INFO +1\n- p 200\n- p bob INFO lost\n- p 200 lost\n- p bob BYE +9\n- p 200",
            True,
            False,
        ),
        (UP, False, False),
    ],
    ids=[
        "BYE by the caller",
        "BYE by the callee, who had sent nothing",
        "after a re-INVITE",
        "after the callee's re-INVITE",
        "the caller's request is missing",
        "the callee's first request is missing",
        "the callee's second request is missing",
        "no BYE",
    ],
)
def test_cseq(ladder: str, gap: bool, proof: bool) -> None:
    view = read(ladder).leg
    assert (view.captured.cseq_gap, view.captured.cseq_proof) == (gap, proof)


def test_no_proof_without_the_beginning() -> None:
    view = leg_of(captured(UP + "- p BYE +9\n- p 200")[1:])
    assert not view.captured.cseq_proof


@pytest.mark.parametrize("cut", [b"\r\nCSeq", b" BYE\r\n"], ids=["before CSeq", "within its number"])
def test_a_number_that_was_cut_tells_nothing(cut: bytes) -> None:
    messages = list(captured(UP + "- p INVITE +1\n- p 200\n- p ACK\n- p BYE +9\n- p 200"))
    bye = messages[-2]
    rest = bye.message.raw.index(cut)
    messages[-2] = replace(bye, message=Message(bye.message.raw[:rest].replace(b"CSeq: 3", b"CSeq: 31")))
    view = leg_of(messages)
    assert (view.captured.cseq_gap, view.captured.cseq_proof) == (False, False)


def test_a_cancelled_number_is_no_gap() -> None:
    """ACK and CANCEL share the INVITE's number."""
    view = read(
        "- p INVITE\n- p 407\n- p ACK\n- p INVITE\n- p 180\n- p CANCEL +3\n- p 200 CANCEL\n- p 487 INVITE"
    ).leg
    assert not view.captured.cseq_gap


def test_both_directions() -> None:
    seen = captured(HEALTHY)
    assert leg_of(seen).both_directions
    assert not leg_of([one for one in seen if one.src.address == "54.172.60.1"]).both_directions
    assert not leg_of([one for one in seen if one.src.address != "54.172.60.1"]).both_directions


def test_an_answer_that_was_not_captured_follows_from_what_was() -> None:
    seen = captured(HEALTHY)
    view = leg_of([one for one in seen if one.message.status != 200])
    assert view.answered
    assert view.leg.answer is None
    assert (view.setup_s, view.talk_s) == (None, None)
    only_bye = leg_of(seen[-2:])
    assert only_bye.answered


def test_repeats_of_the_answer_before_and_after_its_ack() -> None:
    view = read(
        "- p INVITE\n- p 200 +1\n- p 200 again +0.5\n- p ACK\n- p 200 again +0.4\n- p 200 again +0.4\n- p 200 again +4"
    ).leg
    assert view.answer_repeats == 4
    assert view.answer_repeats_after_ack == 2


def test_the_first_bye_counts() -> None:
    view = read(UP + "- p BYE +5\n- p bob BYE +0.01\n- p 200\n- p 200").leg
    assert len(view.byes) == 2
    assert view.ender is view.sides.caller


def test_redirect() -> None:
    view = read("- p INVITE\n- p 302 sip:bob@198.51.100.33\n- p ACK").leg
    assert view.state == State.redirected
    assert view.redirect is not None


def test_nobody_has_an_empty_id() -> None:
    """So that "any other than Twilio" holds for one that nothing names."""
    facts = facts_of_leg(read("- p INVITE\n- p 486\n- p ACK"))
    assert (facts["caller_id"], facts["callee_id"]) == ("", "")


def test_an_ack_that_ends_at_a_proxy() -> None:
    hosts = (
        "- x INVITE\n- x 200 +1\n- x ACK: {links: [0]}\n"
        + "- x 200 INVITE +1\n- x ACK again: {links: [0]}\n" * 3
    )
    view = read(hosts).leg
    assert view.ack_stopped_at is not None


def test_an_ack_that_the_proxy_passes_on_late_is_one() -> None:
    late = "- x INVITE\n- x 200 +1\n- x ACK: {links: [0]}\n- x 200 INVITE +1\n- x 200 INVITE +1\n- x ACK"
    view = read(late).leg
    assert view.ack_stopped_at is None


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_leg_is_put_on_hold_by_either_method(method: str) -> None:
    ack = "- p ACK\n" if method == "INVITE" else ""
    held = f"- p {method} sdp hold +3\n- p 200 {method} sdp +0.1\n{ack}"
    read_held = read(f"{UP}{held}- p BYE +9\n- p 200")
    assert read_held.leg.hold is not None
    assert read_held.leg.hold.message.method == method
    assert facts_of_leg(read_held)["holds"] is True
    refused = held.replace(f"- p 200 {method} sdp", f"- p 488 {method}")
    assert facts_of_leg(read(f"{UP}{refused}- p BYE +9\n- p 200"))["holds"] is False


def test_headers_and_numbers_are_those_of_the_invite_as_it_was_last_sent() -> None:
    again = read("- p INVITE\n- p 407\n- p ACK\n- p INVITE\n- p 200 +1\n- p ACK\n- p BYE +9\n- p 200")
    first, last = opener(again.leg.leg), last_try(again.leg.leg)
    assert first is not None
    assert last is not None
    assert (first.cseq, last.cseq) == (1, 2)
    assert facts_of_leg(again).get("invite_headers")["cseq"] == "2 INVITE"


@pytest.mark.parametrize(("sent_by", "both"), [(("there", "here"), True), (("here",), False)])
def test_on_one_address_the_ports_tell_the_sides(sent_by: tuple[str, ...], both: bool) -> None:
    dialogs = "\n  l: {from: here, to: there, caller: alice, callee: bob}\n"
    seen = captured("- l INVITE\n- l 180\n- l 200 +1\n- l ACK", dialogs=dialogs)
    ports = {"here": 5070, "there": 5080}
    some = [one for one in seen if one.src.port in {ports[name] for name in sent_by}]
    assert leg_of(some).both_directions is both


@pytest.mark.parametrize(("contact", "told"), [(":5099", 5099), ("", 5099), (":5077", None)])
def test_an_ack_to_another_port_of_the_answering_host(contact: str, told: int | None) -> None:
    """The 2xx's Contact asks for it."""
    ladder = f"- p INVITE\n- p 200 +1: {{headers: {{Contact: '<sip:bob@198.51.100.32{contact}>'}}}}\n- p ACK"
    seen = [
        replace(one, dst=one.dst._replace(port=5099)) if one.message.method == "ACK" else one
        for one in captured(ladder)
    ]
    assert leg_of(seen).ack_port == told


@pytest.mark.parametrize(("answer", "open_"), [("", True), (": {remove: [Proxy-Authenticate]}", False)])
def test_credentials_refused_without_a_challenge_leave_nothing_open(answer: str, open_: bool) -> None:
    ladder = f"- p INVITE\n- p 407\n- p ACK\n- p INVITE\n- p 407 realm=elsewhere{answer}\n- p ACK"
    assert read(ladder, until=1.0).leg.challenge_open is open_


def test_times_are_told_to_the_microsecond() -> None:
    assert seconds(0, 1_234_567) == 0.001235
