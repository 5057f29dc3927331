"""One order for the messages of all legs, with what is missing and what came twice."""

from __future__ import annotations

from sipdiag.report.flow import flow, ghost, lanes, numbered, transfer_rows
from sipdiag.report.textladder import text_ladder
from tests.report import fixtures


def test_legs_merge_by_time_and_copies_fold() -> None:
    result = fixtures.refused_second_invite().calls[0]
    rows = flow(result)
    times = [row.captured.time_ns for row in rows]
    assert times == sorted(times)
    assert 102 not in [row.captured.frame for row in rows]
    folded = next(row for row in rows if row.captured.frame == 100)
    assert [copy.frame for copy in folded.copies] == [102]
    assert [row.captured.frame for row in rows if row.retransmission] == [101]


def test_participants_come_in_order_of_first_appearance() -> None:
    result = fixtures.refused_second_invite().calls[0]
    assert [p.host for p in lanes(result, flow(result))] == [
        fixtures.TWILIO,
        fixtures.LIVEKIT,
        fixtures.TRUNK,
    ]


def test_missing_refer_is_expected_from_the_platform_before_the_bye() -> None:
    result = fixtures.refer_missing().calls[0]
    rows = flow(result)
    missing = ghost(result, rows)
    assert missing is not None
    assert (missing.src, missing.dst) == (fixtures.LIVEKIT, fixtures.TWILIO)
    assert rows[missing.before].captured.message.method == "BYE"


def test_no_ghost_where_no_refer_was_expected() -> None:
    result = fixtures.refer_transfer().calls[0]
    assert ghost(result, flow(result)) is None


def test_rows_of_a_transfer_are_refer_answer_and_notifies() -> None:
    result = fixtures.refer_transfer().calls[0]
    rows = transfer_rows(result.call.transfers[0], flow(result))
    assert [row.label for row in rows] == ["REFER", "202 Accepted (REFER)", "NOTIFY", "NOTIFY"]


def test_evidence_on_a_copy_marks_its_first_sighting() -> None:
    result = fixtures.refused_second_invite().calls[0]
    marks = numbered(result.findings)
    first = next(row for row in flow(result) if row.captured.frame == 100)
    assert marks[id(first.captured)] == 1


def test_request_without_any_response_is_said() -> None:
    result = fixtures.healthy().calls[0]
    leg = result.legs[0].leg
    wire = fixtures.Wire(leg, clock=leg.last_ns, frame=50)
    wire.send("OPTIONS sip:x", fixtures.TWILIO, fixtures.LIVEKIT, cseq="9 OPTIONS")
    assert [row.label for row in flow(result) if row.unanswered] == ["OPTIONS"]


def test_text_ladder_shows_silence_ghost_and_marks() -> None:
    ladder = text_ladder(fixtures.refer_missing().calls[0])
    text = "\n".join(ladder)
    assert "Twilio" in ladder[0]
    assert "54.172.60.1:5060" in ladder[1]
    assert "42.0 s without signalling" in text
    assert "REFER expected here" in text
    bye = next(line for line in ladder if " BYE " in line)
    assert bye.endswith("◀ 1")
    assert "▶" in bye
    assert next(line for line in ladder if "180 Ringing" in line).count("◀") == 1


def test_text_ladder_says_what_it_leaves_out() -> None:
    ladder = text_ladder(fixtures.refer_missing().calls[0], limit=3)
    assert ladder[-1] == "… 4 more messages"
