from __future__ import annotations

import pytest
from msgspec.structs import replace

from sipdiag.calls.leg import NEWEST, LegTable
from sipdiag.calls.model import Leg
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.position import Frame
from sipdiag.sip.message import Message
from tests.calls.dialogs import HEALTHY, SECOND, book, build, captured, one_leg

DAY_NS = 86_400 * SECOND


def legs(messages: list[CapturedMessage]) -> list[Leg]:
    return [leg for call in build(messages).calls for leg in call.legs]


def later(messages: list[CapturedMessage], by_ns: int) -> list[CapturedMessage]:
    return [replace(one, time_ns=one.time_ns + by_ns) for one in messages]


def test_requests_of_a_dialog_in_order() -> None:
    leg = one_leg(
        """
        - p INVITE
        - p 183 sdp reliable
        - p PRACK
        - p 200 PRACK
        - p UPDATE sdp
        - p 200 UPDATE
        - p 200 INVITE +2
        - p ACK
        - p bob INVITE hold +4
        - p 200
        - p ACK
        - p INVITE resume +4
        - p 491
        - p ACK
        - p BYE +3
        - p 200
        """
    )
    assert [(one.method, one.from_caller, one.status) for one in leg.requests] == [
        ("INVITE", True, 200),
        ("PRACK", True, 200),
        ("UPDATE", True, 200),
        ("INVITE", False, 200),
        ("INVITE", True, 491),
        ("BYE", True, 200),
    ]
    assert len(leg.invites) == 1
    assert len(list(leg.in_dialog("INVITE"))) == 2


def test_retries_of_the_invite_are_one_leg() -> None:
    leg = one_leg(
        "- p INVITE\n- p 407\n- p ACK\n- p INVITE\n- p 422\n- p ACK\n- p INVITE\n- p 200 +1\n- p ACK"
    )
    assert [invite.status for invite in leg.invites] == [407, 422, 200]
    assert leg.answer is not None


def test_a_fresh_from_tag_on_the_retry_is_still_the_same_leg() -> None:
    messages = captured("- p INVITE\n- p 407\n- p ACK\n- p INVITE\n- p 200 +1\n- p ACK")
    tag = messages[0].message.from_tag.encode()
    retried = [
        replace(one, message=Message(one.message.raw.replace(tag, b"fresh"))) if index >= 3 else one
        for index, one in enumerate(messages)
    ]
    (leg,) = legs(retried)
    assert [invite.status for invite in leg.invites] == [407, 200]
    # Whatever tag it has, the INVITE is the caller's and its answer the callee's.
    assert [leg.sent_by_caller(one.message) for one in retried] == [True, False, True, True, False, True]


def test_every_branch_of_a_fork_leaves_its_to_tag() -> None:
    leg = one_leg(
        """
        - x INVITE
        - f INVITE
        - x 180
        - f 180
        - f 200 +2
        - f ACK
        - x CANCEL +0.05: {links: [1]}
        - x 200 CANCEL: {links: [1]}
        - x 487 INVITE: {links: [1]}
        - x ACK: {links: [1]}
        - f bob2 BYE +9
        - f 200
        """
    )
    assert len(leg.to_tags) == 2
    (bye,) = leg.in_dialog("BYE")
    assert bye.status == 200
    assert not bye.from_caller


def test_two_answers_of_a_fork_are_one_leg_and_two_byes() -> None:
    """Both phones pick up: the caller ends the second dialog with a BYE of its own (§13.2.2.4)."""
    leg = one_leg(
        """
        - x INVITE
        - f INVITE
        - x 200 +2
        - x ACK
        - f 200 +0.05
        - f ACK
        - f BYE +0.05
        - f 200
        - x BYE +9
        - x 200
        """
    )
    assert len(leg.to_tags) == 2
    assert [bye.status for bye in leg.in_dialog("BYE")] == [200, 200]


def test_a_challenge_leaves_no_dialog() -> None:
    leg = one_leg("- p INVITE\n- p 407\n- p ACK\n- p INVITE\n- p 200 +1\n- p ACK")
    assert len(leg.to_tags) == 1


def test_cancel_crosses_the_answer() -> None:
    leg = one_leg(
        "- p INVITE\n- p 180\n- p CANCEL +6\n- p 200 INVITE +0.01\n- p 200 CANCEL\n- p ACK\n- p BYE\n- p 200"
    )
    assert [(one.method, one.status) for one in leg.requests] == [
        ("INVITE", 200),
        ("CANCEL", 200),
        ("BYE", 200),
    ]
    assert leg.answer is not None
    assert len(leg.invites[0].acks) == 1


def test_a_call_id_that_comes_back_days_later_is_a_new_call() -> None:
    """Also with the same tags and branches: a device that starts from the same seed."""
    first = captured(HEALTHY)
    found = build(first + later(first, 3 * DAY_NS))
    assert [len(call.legs) for call in found.calls] == [1, 1]
    assert [len(call.legs[0].messages) for call in found.calls] == [len(first), len(first)]
    assert not any(entry.retransmission for call in found.calls for entry in call.legs[0].messages)


@pytest.mark.parametrize(("silent_s", "of_one"), [(280, True), (320, False)])
def test_a_call_id_that_was_silent_for_five_minutes_may_come_back(silent_s: int, of_one: bool) -> None:
    first = captured(HEALTHY)
    again = later(first, first[-1].time_ns - first[0].time_ns + silent_s * SECOND)
    assert len(legs(first + again)) == (1 if of_one else 2)


def test_a_long_silence_inside_a_call_does_not_end_it() -> None:
    leg = one_leg("- p INVITE\n- p 200\n- p ACK\n- p INVITE +4000\n- p 200\n- p ACK\n- p BYE +4000\n- p 200")
    assert [one.status for one in leg.requests] == [200, 200, 200]


def test_a_bye_after_hours_still_belongs_to_its_call() -> None:
    messages = captured(HEALTHY)
    stretched = messages[:-2] + later(messages[-2:], 6 * 3600 * SECOND)
    (leg,) = legs(stretched)
    assert [one.method for one in leg.requests] == ["INVITE", "BYE"]


def test_without_the_beginning_the_sides_are_known_by_their_tags() -> None:
    messages = captured(HEALTHY)[5:]
    (leg,) = legs(messages)
    assert not leg.start_seen
    assert not leg.invites
    assert [(one.method, one.status) for one in leg.requests] == [("BYE", 200)]


def test_answers_without_their_invite() -> None:
    (leg,) = legs([one for one in captured(HEALTHY) if not one.message.is_request])
    assert not leg.start_seen
    assert leg.answer is not None
    assert leg.caller.address == "54.172.60.1"
    assert leg.callee.address == "161.115.160.20"


def test_an_ack_whose_invite_is_missing_is_kept() -> None:
    (leg,) = legs([one for one in captured(HEALTHY) if one.message.method == "ACK"])
    assert len(leg.stray_acks) == 1


def test_registrations_and_pings_are_no_calls() -> None:
    found = book(
        """
        - p REGISTER
        - p 401
        - p REGISTER
        - p 200
        - a OPTIONS +1
        - a 200
        """
    )
    assert not found.calls
    assert [(one.id, one.method, len(one.requests)) for one in found.exchanges] == [
        ("x1", "REGISTER", 2),
        ("x2", "OPTIONS", 1),
    ]


def test_a_notify_inside_a_dialog_is_no_exchange() -> None:
    found = book(HEALTHY + "  - a agent NOTIFY 100 +1\n  - a 481\n")
    assert not found.exchanges
    assert [one.method for one in found.calls[0].legs[0].requests] == ["INVITE", "BYE", "NOTIFY"]


def test_a_message_without_method_is_left_aside() -> None:
    """A response whose CSeq was cut off names no request."""
    messages = captured(HEALTHY)
    cut = replace(messages[2], message=Message(b"SIP/2.0 180 Ringing\r\n\r\n"))
    found = build([*messages[:2], cut, *messages[3:]])
    assert len(found.calls[0].legs[0].messages) == len(messages) - 1


def test_messages_without_call_id_are_not_one_call() -> None:
    """Cut by the snap length before it: they have nothing in common."""
    messages = [
        replace(one, message=Message(one.message.raw.split(b"Call-ID")[0]), truncated=True)
        for one in captured(HEALTHY)
    ]
    found = build(messages)
    assert not found.calls
    assert not found.exchanges


def plain(first: str, number: int, tags: tuple[str, str], *, by_callee: bool = False) -> CapturedMessage:
    """A message under the Call-ID that all share, each time from another caller."""
    caller, callee = Host(f"198.51.100.{number}", 5060), Host("192.0.2.1", 5060)
    method = first.split()[0] if not first.startswith("SIP") else "INVITE"
    own, other = (f";tag={tag}" if tag else "" for tag in tags)
    text = f"""{first}
Via: SIP/2.0/UDP {(callee if by_callee else caller).address};branch=z9hG4bK{number}{method}
From: <sip:a@example.com>{own}
To: <sip:b@example.com>{other}
Call-ID: the same
CSeq: 1 {method}

"""
    src, dst = (callee, caller) if by_callee or first.startswith("SIP") else (caller, callee)
    return CapturedMessage(Message(text.replace("\n", "\r\n").encode()), number, Frame(0, 1), src, dst, "udp")


def test_of_many_legs_of_one_call_id_each_gets_its_own_messages() -> None:
    callers = range(1, 3 * NEWEST)
    table = LegTable()
    for number in callers:
        table.receive(plain("INVITE sip:b@example.com SIP/2.0", number, (f"a{number}", "")))
    for number in callers:
        table.receive(plain("SIP/2.0 200 OK", number, (f"a{number}", f"b{number}")))
    for number in callers:
        bye = plain("BYE sip:a@example.com SIP/2.0", number, (f"b{number}", f"a{number}"), by_callee=True)
        table.receive(bye)
    assert [leg.from_tag for leg in table.legs()] == [f"a{number}" for number in callers]
    assert all(len(leg.messages) == 3 for leg in table.legs())
    assert [[request.method for request in leg.requests] for leg in table.legs()] == [
        ["INVITE", "BYE"]
    ] * len(callers)


@pytest.mark.parametrize(("others", "known"), [(14, True), (20, False)])
def test_a_refused_caller_with_a_fresh_tag_is_looked_for_among_the_newest_legs(
    others: int, known: bool
) -> None:
    table = LegTable()
    table.receive(plain("INVITE sip:b@example.com SIP/2.0", 1, ("a1", "")))
    table.receive(plain("SIP/2.0 486 Busy Here", 1, ("a1", "b1")))
    for number in range(2, 2 + others):
        table.receive(plain("INVITE sip:b@example.com SIP/2.0", number, (f"a{number}", "")))
    table.receive(plain("INVITE sip:b@example.com SIP/2.0", 1, ("fresh", "")))
    assert len(table.legs()) == 1 + others + (not known)
