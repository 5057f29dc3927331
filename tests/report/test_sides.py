"""Facts of the legs side by side: who they say they are, what media they agreed on."""

from __future__ import annotations

from sipdiag.calls.model import Leg
from sipdiag.pipeline.results import CallDetail, LegResult
from sipdiag.report.flow import flow
from sipdiag.report.sides import identities, sdp_rows, transfer_table
from tests.report import fixtures

OFFER = fixtures.SDP.format(port=16000, formats="0 8")
ANSWER = fixtures.SDP.format(port=50010, formats="0")


def call(leg: Leg) -> CallDetail:
    return fixtures.result([LegResult(leg, "answered", 200, "OK", None)])


def parts(result: CallDetail) -> list[tuple[int, str]]:
    return [(row.number, row.part) for row in sdp_rows(flow(result))]


def test_request_offers_and_response_answers() -> None:
    assert parts(fixtures.healthy().details[0]) == [(1, "offer"), (4, "answer")]


def test_offer_forwarded_unchanged_is_listed_once_and_rewritten_stays_an_offer() -> None:
    leg = fixtures.inbound_leg()
    wire = fixtures.Wire(leg)
    wire.send("INVITE sip:b", fixtures.TWILIO, fixtures.TRUNK, body=OFFER)
    wire.send("INVITE sip:b", fixtures.TRUNK, fixtures.LIVEKIT, body=OFFER)
    wire.send("INVITE sip:b", fixtures.LIVEKIT, fixtures.HUMAN, body=OFFER.replace("16000", "17000"))
    wire.send("SIP/2.0 200 OK", fixtures.HUMAN, fixtures.LIVEKIT, body=ANSWER)
    assert parts(call(leg)) == [(1, "offer"), (3, "offer"), (4, "answer")]


def test_late_offer_is_in_the_response_and_answered_in_the_ack() -> None:
    leg = fixtures.inbound_leg()
    wire = fixtures.Wire(leg)
    wire.send("INVITE sip:b", fixtures.TWILIO, fixtures.LIVEKIT)
    wire.send("SIP/2.0 200 OK", fixtures.LIVEKIT, fixtures.TWILIO, body=OFFER)
    wire.send("ACK sip:b", fixtures.TWILIO, fixtures.LIVEKIT, cseq="1 ACK", body=ANSWER)
    assert parts(call(leg)) == [(2, "offer"), (3, "answer")]


def test_stream_with_port_zero_is_refused() -> None:
    leg = fixtures.inbound_leg()
    wire = fixtures.Wire(leg)
    wire.send("SIP/2.0 200 OK", fixtures.LIVEKIT, fixtures.TWILIO, body=ANSWER.replace("50010", "0"))
    assert [row.address for row in sdp_rows(flow(call(leg)))] == ["refused (port 0)"]


def test_header_that_only_one_leg_sends_is_a_change() -> None:
    table = {row.header: row.cells for row in identities(fixtures.refused_second_invite().details[0])}
    assert [cell.changed for cell in table["P-Asserted-Identity"]] == [False, True]
    assert table["P-Asserted-Identity"][1].text == "not sent"
    assert [cell.changed for cell in table["From"]] == [False, False]
    assert "Remote-Party-ID" not in table


def test_steps_of_a_transfer_count_from_the_refer() -> None:
    result = fixtures.refer_transfer().details[0]
    (view,) = transfer_table(result, flow(result))
    assert view.target == "+15550001111 (United States)"
    assert [step.text for step in view.steps] == [
        "REFER to +15550001111",
        "202 Accepted (REFER)",
        "NOTIFY 100 Trying",
        "NOTIFY 200 OK",
    ]
    assert [step.since for step in view.steps] == ["0.00 s", "0.04 s", "0.10 s", "6.10 s"]
