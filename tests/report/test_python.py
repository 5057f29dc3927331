"""An analysis in Python: short to print, a card in a notebook, the reports by name."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

import sipdiag
from sipdiag.pipeline.results import Analysis
from sipdiag.report import html, markdown
from sipdiag.report.python import Report
from tests.report import fixtures


def test_the_card_has_the_verdict_and_no_script() -> None:
    card = Report.of(fixtures.refer_missing())._repr_html_()
    for part in (
        "Transfer failed",
        "LiveKit never sent a REFER",
        "LiveKit administrator",
        "call.pcap",
        "Certain",
    ):
        assert part in card
    assert "<script" not in card


@pytest.mark.parametrize("make", fixtures.ALL.values(), ids=fixtures.ALL)
def test_the_card_escapes_whatever_a_capture_carries(make: Callable[[], Analysis]) -> None:
    card = Report.of(make())._repr_html_()
    assert "<script" not in card
    assert "<img" not in card
    assert "\x1b" not in card


def test_reports_are_those_of_the_command_line() -> None:
    report = Report.of(fixtures.refer_missing())
    assert report.to_html() == html.render(fixtures.refer_missing())
    assert report.to_markdown() == markdown.render(fixtures.refer_missing())
    assert json.loads(report.to_json())["schema"] == "sipdiag/2"


def test_what_is_printed_is_short() -> None:
    report = Report.of(fixtures.many_calls(300))
    assert repr(report) == "<Report of 1 file: 300 calls, target/busy in c3>"
    assert repr(report.calls[2]) == "<CallDetail c3: transferred, target/busy>"
    assert repr(report.calls[2].root_cause) == "<Finding target/busy on c3.1: warning, likely>"


def test_analyze_returns_what_can_be_written() -> None:
    assert isinstance(sipdiag.analyze("sample_pcaps/transfer/refer-missing.pcap"), Report)
