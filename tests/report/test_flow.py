"""One order for the messages of all legs, with what is missing and what came twice."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from msgspec.structs import replace

from sipdiag.messages.captured import Host
from sipdiag.pipeline.results import CallDetail
from sipdiag.report.excerpt import excerpt
from sipdiag.report.expected import ghosts
from sipdiag.report.flow import LANES, few_lanes, flow, lanes, numbered, transfer_rows
from sipdiag.report.ladder import Ladder, draw
from sipdiag.report.pointlanes import is_column
from sipdiag.report.textladder import text_ladder
from tests.report import fixtures


def test_legs_merge_by_time_and_copies_fold() -> None:
    result = fixtures.refused_second_invite().details[0]
    rows = flow(result)
    times = [row.captured.time_ns for row in rows]
    assert times == sorted(times)
    assert 102 not in [row.captured.position.number for row in rows]
    folded = next(row for row in rows if row.captured.position.number == 100)
    assert [copy.position.number for copy in folded.copies] == [102]
    assert [row.captured.position.number for row in rows if row.retransmission] == [101]


def test_participants_come_in_order_of_first_appearance() -> None:
    result = fixtures.refused_second_invite().details[0]
    assert [p.host for p in lanes(result, flow(result))] == [
        fixtures.TWILIO,
        fixtures.LIVEKIT,
        fixtures.TRUNK,
    ]


def test_missing_refer_is_expected_from_the_platform_before_the_bye() -> None:
    result = fixtures.refer_missing().details[0]
    rows = flow(result)
    (missing,) = ghosts(result, rows)
    assert (missing.src, missing.dst) == (fixtures.LIVEKIT, fixtures.TWILIO)
    assert rows[missing.before].captured.message.method == "BYE"


def test_no_ghost_where_no_refer_was_expected() -> None:
    result = fixtures.refer_transfer().details[0]
    assert ghosts(result, flow(result)) == []


def test_rows_of_a_transfer_are_refer_answer_and_notifies() -> None:
    result = fixtures.refer_transfer().details[0]
    rows = transfer_rows(result.call.transfers[0], flow(result))
    assert [row.label for row in rows] == ["REFER", "202 Accepted (REFER)", "NOTIFY", "NOTIFY"]


def test_evidence_on_a_copy_marks_its_first_sighting() -> None:
    result = fixtures.refused_second_invite().details[0]
    marks = numbered(result.findings)
    first = next(row for row in flow(result) if row.captured.position.number == 100)
    assert marks[first.captured] == "1,2"


def test_a_notify_looks_like_what_it_reports() -> None:
    """The final status of the target's leg is what a reader looks for; 100 is no result."""
    result = fixtures.refer_transfer().details[0]
    notifies = [row for row in flow(result) if row.label == "NOTIFY"]
    assert [(row.title, row.kind) for row in notifies] == [
        ("NOTIFY 100 Trying", "request"),
        ("NOTIFY 200 OK", "class2"),
    ]


def test_request_without_any_response_is_said() -> None:
    result = fixtures.healthy().details[0]
    leg = result.legs[0].leg
    wire = fixtures.Wire(leg, clock=leg.last_ns, frame=50)
    wire.send("OPTIONS sip:x", fixtures.TWILIO, fixtures.LIVEKIT, cseq="9 OPTIONS")
    assert [row.label for row in flow(result) if row.unanswered] == ["OPTIONS"]


def test_text_ladder_shows_silence_ghost_and_marks() -> None:
    ladder = text_ladder(fixtures.refer_missing().details[0])
    text = "\n".join(ladder)
    assert "Twilio" in ladder[0]
    assert "54.172.60.1:5060" in ladder[1]
    assert "42.0 s without signalling" in text
    assert "REFER expected here" in text
    bye = next(line for line in ladder if " BYE " in line)
    assert bye.endswith("◀ 1,2")
    assert "▶" in bye
    assert next(line for line in ladder if "180 Ringing" in line).count("◀") == 1


def test_text_ladder_says_what_it_leaves_out() -> None:
    ladder = text_ladder(fixtures.long_call().details[0], limit=30)
    (line,) = [line for line in ladder if "folded" in line]
    assert re.search(r"39\d messages folded: \d+ × (OPTIONS|200 OK), \d+ × (OPTIONS|200 OK)", line)
    assert any("REFER" in line and "◀ 1" in line for line in ladder)
    assert " BYE " in ladder[-2]


def drawn(result: CallDetail) -> Ladder:
    return draw(result, excerpt(result, flow(result)))


def crowd(count: int) -> CallDetail:
    """A call that passes ``count`` hosts, one after the other."""
    result = fixtures.healthy().details[0]
    wire = fixtures.Wire(result.legs[0].leg, clock=result.call.end_ns + 20 * fixtures.S, frame=90)
    hosts = [Host(f"2001:db8:ffff:ffff:ffff:ffff:ffff:{n:x}", 50_000 + n) for n in range(count)]
    for src, dst in pairwise(hosts):
        wire.send(f"PING sip:{'x' * 90}", src, dst, cseq="9 PING")
    wire.send("SIP/2.0 486 " + "A long reason phrase " * 9, hosts[-1], hosts[0], cseq="9 PING")
    return result


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 60])
@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_text_ladder_keeps_to_the_width(count: int, width: int) -> None:
    lines = text_ladder(crowd(count), width=width)
    assert max(map(len, lines)) <= width
    sent = [line for line in lines if "PING" in line]
    assert len(sent) == count - 1
    assert all(("▶" in line or "◀" in line or "→" in line) and "#" in line for line in sent)


def test_participants_that_do_not_fit_get_letters() -> None:
    lines = text_ladder(crowd(30), width=100)
    assert lines[0] == "A  = Twilio 54.172.60.1:5060"
    assert lines[28].startswith("C1 = ")
    assert " A → B " in next(line for line in lines if "ACK" in line)


def test_missing_final_notify_is_expected_from_the_side_that_accepted() -> None:
    made = fixtures.refer_transfer().details[0]
    finding = replace(
        fixtures.refused(made.legs[0].leg.messages[0].captured, "t1"), rule="transfer/no-final-notify"
    )
    result = replace(made, findings=(finding,))
    (missing,) = ghosts(result, rows := flow(result))
    assert (missing.src, missing.dst) == (fixtures.TWILIO, fixtures.LIVEKIT)
    assert rows[missing.before].captured.message.method == "BYE"


def test_missing_ack_is_expected_behind_the_answer() -> None:
    made = fixtures.healthy().details[0]
    finding = replace(
        fixtures.refused(made.legs[0].leg.messages[0].captured, "c1.1"), rule="signalling/ack-missing"
    )
    result = replace(made, findings=(finding,))
    (missing,) = ghosts(result, rows := flow(result))
    assert (missing.src, missing.dst) == (fixtures.TWILIO, fixtures.LIVEKIT)
    assert rows[missing.before - 1].captured.message.status == 200


def test_of_many_hosts_the_busiest_are_drawn_apart() -> None:
    """A ladder with a line for each of them would have as many lines in each row."""
    few, many = (drawn(crowd(count)) for count in (LANES - 2, 300))
    assert "more host" not in few.head
    assert f"{302 - LANES} more hosts" in many.head
    pictures = [[str(picture) for part in one.parts for picture in part.pictures] for one in (few, many)]
    rows = [
        sum(picture.count('class="life') for picture in drawing) / one.rows
        for drawing, one in zip(pictures, (few, many), strict=True)
    ]
    assert rows[1] < rows[0] + 2
    assert sum(map(len, pictures[1])) < 20 * sum(map(len, pictures[0]))
    assert many.rows > 300


@pytest.mark.parametrize(("hosts", "points"), [(LANES - 2, 2), (LANES - 1, 0)])
def test_capture_points_have_lanes_where_there_is_room_for_all(hosts: int, points: int) -> None:
    """A point is no further host, and nothing is drawn beside the picture."""
    result = replace(crowd(hosts - 2), points=("a.pcap", "b.pcap"))
    rows = [replace(row, captured=replace(row.captured, seen_at=(0, 1))) for row in flow(result)]
    shown, places = few_lanes(result, rows)
    assert sum(is_column(one.host) for one in shown) == points
    assert len(shown) == hosts + points
    assert sorted(places.values()) == list(range(len(shown)))
