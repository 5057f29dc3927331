"""Several calls at a glance: everything counted, the headline's share said, the same in ten lines."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sipdiag.report import terminal
from sipdiag.report.triage import BUCKETS, board, failed, lines, scope
from sipdiag.report.verdict import verdict
from tests.report import fixtures


def test_every_call_is_in_one_bar_of_each_kind() -> None:
    seen = board(fixtures.many_calls(300))
    assert sum(bar.calls for bar in seen.outcomes) == 300
    assert sum(bar.calls for bar in seen.times) == 300
    assert sum(bar.failed for bar in seen.times) == seen.failed == 50
    assert len(seen.times) <= BUCKETS
    assert [(bar.value, bar.calls) for bar in seen.causes] == [("target/busy", 100)]


def test_a_cause_told_in_two_ways_names_both() -> None:
    made = fixtures.many_calls(12)
    told = [place for place, one in enumerate(made.calls) if one.root_cause is not None]
    root = made.calls[told[0]].root_cause
    assert root is not None
    made.calls[told[-1]] = replace(made.calls[told[-1]], root_cause=replace(root, title="It rang"))
    (bar,) = board(made).causes
    assert (bar.value, bar.calls, bar.label) == ("target/busy", len(told), f"{root.title} / It rang")


def test_a_busy_line_is_no_failure_and_what_somebody_has_to_act_on_is() -> None:
    calls = fixtures.many_calls(6).calls
    busy = next(one for one in calls if one.outcome == "busy")
    assert not failed(busy)
    assert failed(replace(busy, outcome="rejected"))
    cause = fixtures.refer_missing().details[0].root_cause
    assert failed(replace(busy, outcome="answered", root_cause=cause))
    assert failed(replace(busy, outcome="transfer-unknown", root_cause=None))


@pytest.mark.parametrize("seconds", [0, 1, 59, 3_600, 86_400, 40 * 86_400, 4_000 * 86_400])
def test_time_is_cut_in_few_round_pieces(seconds: int) -> None:
    made = fixtures.many_calls(30)
    begin = made.calls[0].start_ns
    made.calls[:] = [
        replace(one, start_ns=begin + seconds * fixtures.S * n // 29) for n, one in enumerate(made.calls)
    ]
    seen = board(made)
    assert 1 <= len(seen.times) <= BUCKETS
    assert sum(bar.calls for bar in seen.times) == 30
    assert {seen.bucket(one) for one in made.calls} == {bar.value for bar in seen.times if bar.calls}


def test_calls_without_times_have_no_bars_over_time() -> None:
    made = fixtures.many_calls(30)
    made.calls[:] = [replace(one, time_known=False) for one in made.calls]
    assert board(made).times == ()


def test_few_calls_are_not_counted_over_time() -> None:
    assert board(fixtures.many_calls(9)).times == ()
    assert board(fixtures.many_calls(10)).times != ()


def test_headline_says_of_how_many_calls() -> None:
    made = fixtures.many_calls(30)
    assert made.headline is not None
    assert scope(made, verdict(made)) == "This is the cause in 10 of 30 calls. 5 other calls failed."
    beside = replace(verdict(made), beside=True)
    assert scope(made, beside) == ""
    alone = fixtures.refer_missing()
    assert alone.headline is not None
    assert scope(alone, verdict(alone)) == ""


def test_terminal_has_the_board_in_ten_lines_before_the_verdict() -> None:
    made = fixtures.many_calls(300)
    assert len(list(lines(made))) <= 10
    text = terminal.render(made)
    assert text.startswith("Calls          300, of which 50 failed\n")
    assert text.index("By root cause") < text.index("The target was busy")
    assert len(text.splitlines()) <= 25
    assert not terminal.render(fixtures.refer_missing()).startswith("Calls")
