"""In a long call what proves, moves, refuses, begins and ends is shown; what repeats is folded and counted."""

from __future__ import annotations

import re
import time

from msgspec.structs import replace

from sipdiag.pipeline.results import CallDetail
from sipdiag.report import html
from sipdiag.report.excerpt import FOLDED, Fold, Item, excerpt, rows_of
from sipdiag.report.flow import FlowRow, flow
from tests.report import fixtures


def shown(result: CallDetail, limit: int = 400) -> tuple[list[FlowRow], list[Fold], list[Item]]:
    items = excerpt(result, flow(result), limit=limit)
    return [i for i in items if isinstance(i, FlowRow)], [i for i in items if isinstance(i, Fold)], items


def test_evidence_transfer_and_ends_are_shown_and_what_repeats_is_folded() -> None:
    result = fixtures.long_call().details[0]
    rows, folds, items = shown(result)
    methods = [row.title for row in rows]
    assert methods[:5] == ["INVITE", "100 Processing", "180 Ringing", "200 OK", "ACK"]
    assert "REFER" in methods
    assert "202 Accepted" in methods
    assert methods.count("NOTIFY 100 Trying") == methods.count("NOTIFY 200 OK") == 1
    assert methods[-2:] == ["BYE", "200 OK"]
    (fold,) = folds
    assert fold.total + len(rows) == len(flow(result))
    assert re.match(r"39\d messages folded: \d+ × OPTIONS, \d+ × 200 OK, \d\d:", fold.text)
    assert len({row.id for row in rows_of(items)}) == len(rows_of(items))


def test_a_short_call_is_shown_whole() -> None:
    rows, folds, _ = shown(fixtures.refer_transfer().details[0])
    assert folds == []
    assert len(rows) == len(flow(fixtures.refer_transfer().details[0]))


def test_few_routine_messages_stay_open() -> None:
    result = fixtures.long_call(3).details[0]
    assert shown(result)[1] == []
    assert len(shown(fixtures.long_call(12).details[0])[1]) == 1


def test_a_message_that_is_cited_is_never_folded() -> None:
    result = fixtures.long_call().details[0]
    middle = flow(result)[200]
    cause = fixtures.refused(middle.captured, "c1.1")
    rows, folds, _ = shown(replace(result, findings=(cause,)))
    assert middle.id in [row.id for row in rows]
    assert len(folds) == 2


def test_a_refusal_among_what_repeats_is_shown() -> None:
    result = fixtures.long_call().details[0]
    wire = fixtures.Wire(result.legs[0].leg, clock=flow(result)[100].captured.time_ns, frame=5000)
    wire.send("INFO sip:x", fixtures.TWILIO, fixtures.LIVEKIT, cseq="900 INFO", after=1)
    wire.send("SIP/2.0 481 Gone", fixtures.LIVEKIT, fixtures.TWILIO, cseq="900 INFO", after=1)
    assert "481 Gone" in [row.title for row in shown(result)[0]]


def test_a_flood_is_bounded_and_its_cost_linear() -> None:
    result = fixtures.long_call(20_000).details[0]
    rows = flow(result)
    begin = time.process_time()
    items = excerpt(result, rows)
    assert time.process_time() - begin < 2
    folds = [item for item in items if isinstance(item, Fold)]
    assert FOLDED <= sum(len(fold.rows) for fold in folds) <= FOLDED + len(folds)
    assert sum(fold.total for fold in folds) > 39_000
    assert len(rows_of(items)) <= 810


def test_cited_message_of_a_long_call_has_link_arrow_and_text() -> None:
    analysis = fixtures.long_call()
    page = html.render(analysis)
    refer = next(row.id for row in flow(analysis.details[0]) if row.title == "REFER")
    assert f'<a href="#{refer}" data-m="{refer}">frame {refer.rpartition("-")[2]}</a>' in page
    assert page.count(f'id="{refer}"') == 1
    assert re.search(rf'<a class="row marked" href="#{refer}"', page)
    assert page.count('<details class="fold">') == 2


def test_a_hold_is_no_new_call() -> None:
    result = fixtures.healthy().details[0]
    wire = fixtures.Wire(result.legs[0].leg, clock=result.legs[0].leg.messages[4].captured.time_ns, frame=60)
    held = fixtures.SDP.format(port=16000, formats="0").replace("sendrecv", "sendonly")
    for number, body in enumerate((held, fixtures.SDP.format(port=16000, formats="0")), 11):
        wire.send(
            "INVITE sip:x",
            fixtures.TWILIO,
            fixtures.LIVEKIT,
            cseq=f"{number} INVITE",
            within=True,
            body=body,
        )
    titles = [row.title for row in flow(result)]
    assert titles.count("INVITE") == 1
    assert "hold (re-INVITE)" in titles
    assert "resume (re-INVITE)" in titles
