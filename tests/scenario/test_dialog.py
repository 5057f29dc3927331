"""What RFC 3261 says follows from a ladder's line."""

from __future__ import annotations

from collections.abc import Callable

from sipdiag.scenario.ladder import SentMessage
from sipdiag.sip.message import Message

Messages = Callable[[str], list[Message]]


def test_tags_and_call_id_stay_and_the_answer_brings_the_to_tag(messages: Messages) -> None:
    invite, trying, ringing, ok, ack, bye, _ = messages(
        "a INVITE\na 100\na 180\na 200\na ACK\na agent BYE\na 200"
    )
    assert invite.to_tag == ""
    assert trying.to_tag == ""
    assert ringing.to_tag == ok.to_tag == ack.to_tag != ""
    assert ok.to_tag.startswith("SCL_")
    assert len(ok.to_tag) == 16
    assert (bye.from_tag, bye.to_tag) == (ok.to_tag, invite.from_tag)
    assert {m.call_id for m in (invite, trying, ok, ack, bye)} == {invite.call_id}


def test_ack_of_a_refusal_repeats_branch_and_uri_ack_of_a_2xx_does_not(messages: Messages) -> None:
    first, _, refusal_ack, second, _, answer_ack = messages("o INVITE\no 407\no ACK\no INVITE\no 200\no ACK")
    assert (refusal_ack.branch, refusal_ack.uri) == (first.branch, first.uri)
    assert answer_ack.branch not in (first.branch, second.branch)
    assert answer_ack.uri != second.uri
    assert (refusal_ack.cseq, answer_ack.cseq) == (first.cseq, second.cseq)


def test_each_side_counts_its_own_cseq(messages: Messages) -> None:
    ladder = "a INVITE\na 200\na ACK\na agent INFO\na 200\na carrier INFO\na 200\na agent BYE\na 200"
    requests = [m for m in messages(ladder) if m.is_request]
    assert [(m.method, m.cseq) for m in requests] == [
        ("INVITE", 1), ("ACK", 1), ("INFO", 1), ("INFO", 2), ("BYE", 2),
    ]  # fmt: skip


def test_cancel_is_of_the_invite(messages: Messages) -> None:
    invite, _, cancel, ok, terminated, ack = messages("a INVITE\na 180\na CANCEL\na 200\na 487\na ACK")
    assert (cancel.branch, cancel.cseq, cancel.uri) == (invite.branch, invite.cseq, invite.uri)
    assert ok.cseq_method == "CANCEL"
    assert terminated.cseq_method == "INVITE"
    assert ack.branch == invite.branch
    assert ack.to_tag == terminated.to_tag


def test_credentials_answer_the_challenge(messages: Messages) -> None:
    first, challenge, _, second, _, _ = messages("o INVITE\no 407\no ACK\no INVITE\no 200\no ACK")
    assert not first.credentials
    (asked,) = challenge.challenges
    (given,) = second.credentials
    assert (given.realm, given.nonce, given.proxy) == (asked.realm, asked.nonce, True)
    assert given.uri == second.uri


def test_noauth_leaves_the_challenge_unanswered(messages: Messages) -> None:
    assert not messages("o INVITE\no 407\no ACK\no INVITE noauth")[3].credentials


def test_a_second_realm_adds_its_own_credentials(messages: Messages) -> None:
    last = messages("o INVITE\no 407\no ACK\no INVITE\no 407 realm=core.example\no ACK\no INVITE")[-1]
    assert {c.realm for c in last.credentials} == {"sip.twilio.com", "core.example"}


def test_requests_go_back_over_the_carriers_edge(messages: Messages) -> None:
    invite, _, _, refer = messages("a INVITE\na 200\na ACK\na agent REFER tel:+13125550162")
    assert refer.values("Route") == invite.values("Record-Route")
    assert invite.contact is not None
    assert refer.uri == invite.contact.uri.raw
    assert refer.header("Refer-To") == "tel:+13125550162"


def test_notify_reports_on_the_refer(messages: Messages) -> None:
    ladder = 'a INVITE\na 200\na ACK\na agent REFER tel:+1\na 202\na carrier NOTIFY 100\na 200\na carrier NOTIFY 486 "Busy"'
    *_, refer, _, trying, _, final = messages(ladder)
    assert trying.event_id == final.event_id == str(refer.cseq)
    assert trying.subscription_state == "active"
    assert final.subscription_state == "terminated"
    assert trying.sipfrag is not None
    assert trying.sipfrag.status == 100
    assert final.sipfrag is not None
    assert (final.sipfrag.status, final.sipfrag.reason) == (486, "Busy")


def test_hold_is_answered_recvonly_and_resume_sendrecv(messages: Messages) -> None:
    found = messages(
        "a INVITE\na 200\na ACK\na agent INVITE hold\na 200\na agent ACK\na agent INVITE resume\na 200"
    )
    directions = [m.sdp.media[0].direction for m in found if m.sdp]
    assert directions == ["sendrecv", "sendrecv", "sendonly", "recvonly", "sendrecv", "sendrecv"]


def test_delayed_offer_is_answered_in_the_ack(messages: Messages) -> None:
    invite, ok, ack = messages("a INVITE nosdp\na 200\na ACK")
    assert invite.sdp is None
    assert ok.sdp is not None
    assert ack.sdp is not None


def test_prack_names_the_response(messages: Messages) -> None:
    invite, session, prack, _, ringing, prack2 = messages(
        "a INVITE\na 183 sdp reliable\na PRACK\na 200 PRACK\na 180 reliable\na PRACK"
    )
    assert session.header("RSeq") == "1"
    assert ringing.header("RSeq") == "2"
    assert prack.header("RAck") == f"1 {invite.cseq} INVITE"
    assert prack2.header("RAck") == f"2 {invite.cseq} INVITE"


def test_replaces_is_written_for_its_reader(messages: Messages) -> None:
    found = messages(
        "a INVITE\na 200\na ACK\no INVITE\no 200\no ACK\na agent REFER sip:x@y replaces=o\no INVITE replaces=a"
    )
    consultation, answer, refer, pickup = found[3], found[4], found[6], found[7]
    replaces = refer.refer_to
    assert replaces is not None
    assert replaces.uri.headers["replaces"] == (
        f"{consultation.call_id};to-tag={answer.to_tag};from-tag={consultation.from_tag}"
    )
    # The carrier reads this one; in dialog a it is the caller.
    assert pickup.replaces is not None
    assert (pickup.replaces.to_tag, pickup.replaces.from_tag) == (found[0].from_tag, found[1].to_tag)


def test_again_is_the_same_bytes(sent: Callable[[str], list[SentMessage]]) -> None:
    first, second = sent("a INVITE\na INVITE again +0.5")
    assert first.data == second.data
    assert 0.49e9 < second.time_ns - first.time_ns < 0.51e9


def test_continues_keeps_call_id_and_from_tag_and_counts_on(messages: Messages) -> None:
    first, _, _, second = messages("o INVITE\no 503\no ACK\nn INVITE")
    assert (first.call_id, first.from_tag) == (second.call_id, second.from_tag)
    assert second.cseq == (first.cseq or 0) + 1


def test_headers_are_added_replaced_and_removed(messages: Messages) -> None:
    (invite,) = messages(
        "'a INVITE: {headers: {X-Foo: [one, two], User-Agent: Mine}, remove: [Allow]}'".strip("'")
    )
    assert invite.values("X-Foo") == ["one", "two"]
    assert invite.values("User-Agent") == ["Mine"]
    assert invite.header("Allow") is None
    assert invite.header("Content-Length") == str(len(invite.body))


def test_references_are_filled_in(messages: Messages) -> None:
    invite, other = messages('a INVITE\no INVITE: {headers: {X-Call-ID: "{a.call_id}"}}')
    assert other.header("X-Call-ID") == invite.call_id


def test_raw_replaces_the_message(messages: Messages) -> None:
    (message,) = messages('a OPTIONS: {raw: "OPTIONS sip:x SIP/2.0\\nCall-ID: 1\\n\\n"}')
    assert message.raw == b"OPTIONS sip:x SIP/2.0\r\nCall-ID: 1\r\n\r\n"
