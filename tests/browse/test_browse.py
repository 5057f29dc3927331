"""The terminal browser, driven by its keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

pytest.importorskip("textual")

from textual.pilot import Pilot
from textual.widgets import Input, Static

from sipdiag.browse.app import Browser
from sipdiag.browse.calls import CallsScreen
from sipdiag.browse.filter import Filter
from sipdiag.browse.flow import FlowScreen
from sipdiag.browse.help import HelpScreen
from sipdiag.browse.lines import Lines
from sipdiag.browse.message import DiffScreen, MessageScreen, differences
from sipdiag.browse.source import Source
from sipdiag.pipeline.opened import Opened
from sipdiag.pipeline.results import CallDetail, CallSummary
from sipdiag.pipeline.run import Settings, analyze

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
MISSING = SAMPLES / "transfer" / "refer-missing.pcap"
SEVERAL = [MISSING, SAMPLES / "healthy" / "challenged.pcap", SAMPLES / "target" / "busy-domestic.pcap"]


def source(*paths: Path, expect: str | None = None) -> Source:
    analysis = analyze([str(path) for path in paths], expect=expect)[0]

    def detail(call: CallSummary) -> CallDetail:
        assert isinstance(call, CallDetail)
        return call

    return Source("some.pcap", analysis, detail)


def drive(
    shown: Source, steps: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (130, 40)
) -> Browser:
    app = Browser(shown)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await steps(pilot)

    asyncio.run(run())
    return app


def lines(app: Browser, name: str) -> list[str]:
    """What a list shows."""
    found = app.screen.query_one(f"#{name}", Lines)
    return [found.render_line(y).text.rstrip() for y in range(found.size.height)]


def said(app: Browser, name: str) -> str:
    return str(app.screen.query_one(f"#{name}", Static).render())


def test_the_list_has_a_line_a_call_with_its_verdict() -> None:
    shown = source(*SEVERAL)

    async def steps(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, Browser)
        listed = [line for line in lines(app, "calls") if line]
        assert len(listed) == len(shown.calls) == 3
        for line, call in zip(listed, shown.calls, strict=True):
            assert line.startswith(call.id)
            assert (call.root_cause.rule if call.root_cause else "") in line
        busy = next(n for n, call in enumerate(shown.calls) if call.root_cause)
        await pilot.press(*["down"] * busy)
        await pilot.pause()
        root = shown.calls[busy].root_cause
        assert root is not None
        assert root.sentence[:40] in said(app, "verdict")

    drive(shown, steps)


def test_the_list_is_filtered_as_one_types() -> None:
    shown = source(*SEVERAL)
    wanted = next(call for call in shown.calls if call.root_cause)

    async def steps(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, Browser)
        await pilot.press("slash", *"target/bu")
        await pilot.pause()
        assert [line.split()[0] for line in lines(app, "calls") if line] == [wanted.id]
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, FlowScreen)
        await pilot.press("escape", "f5")
        await pilot.pause()
        assert len([line for line in lines(app, "calls") if line]) == 3
        assert app.screen.query_one("#filter", Input).value == ""
        await pilot.press("f7")
        await pilot.pause()
        assert not [line for line in lines(app, "calls") if line]
        await pilot.press("f7", "f3", *"nothing-like-it")
        await pilot.pause()
        assert not [line for line in lines(app, "calls") if line]
        await pilot.press("enter", "enter", "down", "end")
        assert isinstance(app.screen, CallsScreen)

    drive(shown, steps)


def test_a_call_has_its_ladder_its_messages_and_its_verdict() -> None:
    shown = source(MISSING, expect="transfer")
    (call,) = shown.analysis.details
    messages = [item.captured.message for leg in call.call.legs for item in leg.messages]

    async def steps(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, Browser)
        # A single call is shown at once.
        assert isinstance(app.screen, FlowScreen)
        assert "transfer/refer-missing" in said(app, "verdict")
        assert "Caller" in said(app, "heads") or "Twilio" in said(app, "heads")
        drawn = lines(app, "ladder")
        assert "INVITE" in drawn[0]
        assert messages[0].start_line in said(app, "message")
        await pilot.press("down")
        await pilot.pause()
        assert messages[1].start_line in said(app, "message")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, MessageScreen)
        assert messages[1].start_line in said(app, "whole")
        await pilot.press("escape", "n")
        await pilot.pause()
        assert isinstance(app.screen, FlowScreen)
        assert "◀ 1" in drawn[app.screen.query_one("#ladder", Lines).cursor]

    drive(shown, steps)


def test_two_messages_are_compared() -> None:
    async def steps(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, Browser)
        await pilot.press("space", "down", "down", "space")
        await pilot.pause()
        assert isinstance(app.screen, DiffScreen)
        assert "INVITE" in said(app, "about")
        assert any(left.plain != right.plain for left, right in app.screen.lines)
        await pilot.press("q")
        await pilot.press("space", "space")
        assert isinstance(app.screen, FlowScreen)

    drive(source(MISSING), steps)


def test_a_mark_outlasts_another_width() -> None:
    """The second Space on a message takes the mark away; it is not compared with itself."""

    async def steps(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, Browser)
        await pilot.press("space")
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert app.screen.query_one("#ladder", Lines).marked == {0}
        await pilot.press("space")
        await pilot.pause()
        assert isinstance(app.screen, FlowScreen)
        assert not app.screen.query_one("#ladder", Lines).marked

    drive(source(MISSING), steps)


def test_keys_are_listed_and_lead_back_and_out() -> None:
    async def steps(pilot: Pilot[None]) -> None:
        app = pilot.app
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(app.screen, FlowScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, CallsScreen)
        await pilot.press("q")

    assert drive(source(MISSING), steps).return_code == 0


def test_what_a_capture_says_acts_on_nothing() -> None:
    """Square brackets are no markup, controls are shown."""
    shown = source(MISSING)
    (call,) = shown.analysis.details
    first = call.call.legs[0].messages[0].captured
    evil = b"[bold red]x[/] \x1b[2J[@click=app.quit]y[/]"
    first.message.raw = first.message.raw.replace(b"\r\n\r\n", b"\r\nX-Evil: " + evil + b"\r\n\r\n", 1)

    async def steps(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, Browser)
        await pilot.press("down", "up")
        await pilot.pause()
        assert "[bold red]x[/] ⟨1B⟩[2J[@click=app.quit]y[/]" in said(app, "message")

    drive(shown, steps)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (250, 70)])
def test_terminals_of_every_size(size: tuple[int, int]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("down", "enter")
        await pilot.pause()
        await pilot.press("escape", "escape", "end", "enter")
        await pilot.pause()

    drive(source(MISSING), steps, size)


def test_25_000_calls_cost_what_is_looked_at() -> None:
    """Filtering and moving through them take no time that one notices."""
    few = source(*SEVERAL)
    calls = list(few.calls) * 8334
    many = Source("many.pcap", few.analysis, few.detail)
    many.analysis.calls[:] = calls

    async def steps(pilot: Pilot[None]) -> None:
        app = pilot.app
        begun = time.monotonic()
        await pilot.press("end", "pageup", "home", "slash", *"busy")
        await pilot.pause()
        assert time.monotonic() - begun < 5
        assert app.screen.query_one("#calls", Lines).count == 8334
        await pilot.press("enter", "end", "enter")
        await pilot.pause()
        assert isinstance(app.screen, FlowScreen)

    drive(many, steps)


def test_failed_is_what_the_board_counts_as_failed() -> None:
    calls = source(*SEVERAL, SAMPLES / "transfer" / "refer-not-enabled-32218.pcap").calls
    failing = [place for place, call in enumerate(calls) if call.outcome == "transfer-failed"]
    assert {call.outcome for call in calls} > {"busy", "transfer-failed"}
    assert len(failing) == 1
    assert Filter(calls).places("", failed=True) == failing


def test_all_words_must_be_found() -> None:
    calls = source(*SEVERAL).calls
    chosen = Filter(calls)
    assert chosen.places("", failed=False) == [0, 1, 2]
    busy = chosen.places("busy", failed=False)
    assert len(busy) == 1
    assert chosen.places(f"busy {calls[busy[0]].call_id.upper()}", failed=False) == busy
    assert chosen.places("busy nobody", failed=False) == []


def test_differences_stand_beside_each_other() -> None:
    pairs = differences(
        "INVITE a\nVia: x\nFrom: me\nX-A: 1\n", "INVITE a\nVia: x\nContact: y\nFrom: you\nX-A: 1\n"
    )
    told = [(left.plain, right.plain) for left, right in pairs]
    assert ("From: me", "From: you") in told
    assert ("X-A: 1", "X-A: 1") in told
    assert ("", "Contact: y") in told


def test_a_call_that_was_summarised_is_told_in_full_when_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sipdiag.pipeline.lead.DETAILED_CALLS", 1)
    monkeypatch.setattr("sipdiag.pipeline.select.DETAILED_CALLS", 1)
    paths = [str(path) for path in SEVERAL]
    whole = {call.id: call for call in analyze(paths)[0].details}
    with Opened(paths, Settings(bounded=True)) as opened:
        brief = [call for call in opened.analysis.calls if not isinstance(call, CallDetail)]
        assert len(brief) == 2
        for call in brief:
            told = opened.detail(call)
            assert [one.sentence for one in told.findings] == [
                one.sentence for one in whole[call.id].findings
            ]
            assert len(told.call.legs) == len(whole[call.id].call.legs)
            assert opened.detail(call) is told
