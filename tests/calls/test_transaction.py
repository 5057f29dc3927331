from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from sipdiag.calls.model import Leg, Request
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.sip.message import Message
from tests.calls.dialogs import HEALTHY, book, build, captured, judge, one_leg

CHALLENGED = """
  - p INVITE
  - p INVITE again +0.5
  - p 407 +0.02
  - p ACK
  - p INVITE
  - p 100
  - p 180 +0.3
  - p 180 again +1
  - p 200 +2
  - p 200 again +0.5
  - p ACK
  - p bob BYE +20
  - p bob BYE again +0.5
  - p 200
"""
MS = 1_000_000


def request(leg: Leg, method: str) -> Request:
    (found,) = [one for one in leg.requests if one.method == method]
    return found


def marks(leg: Leg) -> list[str]:
    """What was sent again, and what was merely seen again."""
    return [
        f"{'again' if entry.retransmission else 'view'} {entry.captured.message.start_line[:11]}"
        for entry in leg.messages
        if entry.retransmission or entry.other_hop
    ]


def only_leg(messages: list[CapturedMessage]) -> Leg:
    (call,) = build(messages).calls
    (leg,) = call.legs
    return leg


def rewritten(messages: list[CapturedMessage], pattern: bytes, by: bytes) -> list[CapturedMessage]:
    return [replace(one, message=Message(re.sub(pattern, by, one.message.raw))) for one in messages]


def test_retransmissions_are_counted_by_transaction() -> None:
    leg = one_leg(CHALLENGED)
    assert marks(leg) == ["again INVITE sip:", "again SIP/2.0 200", "again BYE sip:ali"]
    first, second = leg.invites
    assert (len(first.own.requests), len(second.own.requests)) == (2, 1)
    assert [one.message.status for one in second.own.repeats] == [200]
    assert len(request(leg, "BYE").own.requests) == 2


def test_an_unreliable_provisional_may_be_repeated_at_will() -> None:
    assert not marks(one_leg("- p INVITE\n- p 180\n- p 180 again +1\n- p 180 again +1"))


def test_a_reliable_provisional_that_is_sent_again_waits_for_its_prack() -> None:
    leg = one_leg("- p INVITE\n- p 183 sdp reliable\n- p 183 again +0.5\n- p PRACK\n- p 200 PRACK")
    assert marks(leg) == ["again SIP/2.0 183"]


@pytest.mark.parametrize(
    ("pattern", "by"),
    [(rb";branch=[^;,\r\n]*", b""), (rb";branch=[^;,\r\n]*", b";branch=1")],
    ids=["no branch", "one branch for all"],
)
def test_rfc_2543_transactions_are_told_by_hop_and_cseq(pattern: bytes, by: bytes) -> None:
    leg = only_leg(rewritten(captured(CHALLENGED), pattern, by))
    assert [invite.status for invite in leg.invites] == [407, 200]
    assert marks(leg) == ["again INVITE sip:", "again SIP/2.0 200", "again BYE sip:ali"]
    assert request(leg, "BYE").status == 200


def test_the_same_message_behind_a_nat_is_another_view() -> None:
    """Captured on both sides of a NAT: no Via of its own, another address."""
    outside = captured(HEALTHY)

    def nat(host: Host) -> Host:
        return Host("10.0.0.5", 5060) if host.address == "161.115.160.20" else host

    inside = [
        replace(
            one,
            time_ns=one.time_ns + (MS if one.dst.address == "161.115.160.20" else -MS),
            src=nat(one.src),
            dst=nat(one.dst),
        )
        for one in outside
    ]
    leg = only_leg(sorted(outside + inside, key=lambda one: one.time_ns))
    assert len(leg.messages) == 2 * len(outside)
    assert [mark.split()[0] for mark in marks(leg)] == ["view"] * len(outside)
    assert len(leg.invites) == 1
    assert len(leg.requests) == 2
    assert [len(one.own.requests) for one in leg.requests] == [1, 1]


def test_a_request_whose_cseq_names_another_method_is_answered_under_that_name() -> None:
    """Responses copy the CSeq (RFC 3261 §8.2.6.2), whatever the first line said."""
    leg = only_leg(rewritten(captured(HEALTHY), rb"(CSeq: \d+) BYE", rb"\1 INFO"))
    assert request(leg, "BYE").status == 200


def test_a_proxy_adds_hops_not_requests() -> None:
    leg = one_leg("- x INVITE\n- x 100\n- x 180\n- x 200 +1\n- x ACK\n- x bob BYE +5\n- x 200")
    (invite,) = leg.invites
    assert len(invite.hops) == 2
    assert invite.own.src.address == "198.51.100.31"
    assert len(invite.acks) == 2
    assert not marks(leg)
    bye = request(leg, "BYE")
    assert not bye.from_caller
    assert (len(bye.hops), bye.own.src.address, bye.status) == (2, "198.51.100.32", 200)


def test_the_result_is_what_the_callers_own_hop_was_told() -> None:
    """Behind the proxy one branch is refused; the caller hears of the other's answer alone."""
    leg = one_leg(
        """
        - x INVITE
        - f INVITE
        - x 486 +0.3: {links: [1]}
        - x ACK: {links: [1]}
        - f 200 +2
        - f ACK
        """
    )
    (invite,) = leg.invites
    assert invite.status == 200
    assert leg.answer is not None
    assert leg.answer.dst.address == "198.51.100.31"


def test_a_copy_is_neither_a_message_nor_a_retransmission() -> None:
    leg = one_leg("- p INVITE copy\n- p 200 copy +1\n- p ACK copy\n- p BYE copy +1\n- p 200 copy")
    assert len(leg.messages) == 10
    assert not marks(leg)
    assert [len(one.own.requests) for one in leg.requests] == [1, 1]
    assert len(leg.invites[0].acks) == 1


def test_an_ack_of_a_refusal_belongs_to_the_hop_and_of_a_2xx_to_the_invite() -> None:
    refused = one_leg("- p INVITE\n- p 486\n- p ACK")
    assert (len(refused.invites[0].own.acks), len(refused.invites[0].acks)) == (1, 0)
    answered = one_leg("- p INVITE\n- p 200\n- p ACK")
    assert (len(answered.invites[0].own.acks), len(answered.invites[0].acks)) == (0, 1)


def test_loopback_calls_are_told_by_ports() -> None:
    dialog = "\n  l: {from: here, to: there, caller: alice, callee: bob}\n"
    ladder = HEALTHY.replace(" a ", " l ").replace("carrier", "there")
    leg = one_leg(ladder, dialogs=dialog)
    assert (leg.caller.port, leg.callee.port) == (5070, 5080)
    assert not request(leg, "BYE").from_caller
    assert request(leg, "BYE").status == 200
    assert not marks(leg)


def test_a_relay_that_keeps_its_via_is_matched_by_hop() -> None:
    """A relay that passes a response on without taking its own Via off."""
    messages = captured("- x INVITE\n- x 200 +1\n- x ACK")
    top = {one.src.address: one.message.raw for one in messages if one.message.is_request}
    proxied = top["198.51.100.5"]
    via = re.search(rb"Via: [^\r\n]*198\.51\.100\.5[^\r\n]*\r\n", proxied)
    assert via is not None
    kept = [
        replace(one, message=Message(one.message.raw.replace(b"Via:", via.group() + b"Via:", 1)))
        if one.message.status == 200 and one.src.address == "198.51.100.5"
        else one
        for one in messages
    ]
    leg = only_leg(kept)
    assert leg.answer is not None
    assert len(leg.invites[0].hops) == 2


def test_responses_on_which_a_proxy_piles_up_its_vias_are_matched_by_hop() -> None:
    """A proxy that copies the branch and puts its own Via on responses too."""
    messages = captured("- x INVITE\n- x 180 +1\n- x 200 +1\n- x ACK")
    via = re.compile(rb"Via: SIP/2.0/UDP 198\.51\.100\.5[^\r\n]*\r\n")
    top = next(found[0] for one in messages if (found := via.search(one.message.raw)))
    piled = [
        replace(one, message=Message(one.message.raw.replace(b"Via:", top + b"Via:", 1)))
        if not one.message.is_request and one.src.address == "198.51.100.5"
        else one
        for one in messages
    ]
    branch = re.search(rb"branch=[^;\r\n]*", piled[0].message.raw)
    assert branch is not None
    same = rewritten(piled, rb"branch=[^;\r\n]*", branch[0])
    for seen in (piled, same):
        leg = only_leg(seen)
        (invite,) = leg.invites
        assert [hop.status for hop in invite.hops] == [200, 200]
        assert [response.message.status for response in invite.own.responses] == [180, 200]


def test_bodies_and_calls_survive_a_second_reading() -> None:
    """Building twice from the same messages gives the same: nothing is kept in them."""
    messages = captured(CHALLENGED)
    first, second = judge(messages), judge(messages)
    assert [one.outcome for one in first.calls] == [one.outcome for one in second.calls]
    assert len(book(CHALLENGED).calls) == 1
