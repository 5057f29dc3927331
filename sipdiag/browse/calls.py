"""The list of calls, a line each with its verdict, filtered as one types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from sipdiag.browse.filter import Filter
from sipdiag.browse.flow import FlowScreen
from sipdiag.browse.help import HelpScreen
from sipdiag.browse.lines import Lines, Piece
from sipdiag.browse.source import Source
from sipdiag.pipeline.results import CallSummary, Party
from sipdiag.report.labels import LABELS
from sipdiag.report.text import plural, shorten, visible
from sipdiag.report.times import clock, date_and_time, duration
from sipdiag.report.wording import Tone, outcome_words

STYLES: dict[Tone, str] = {"bad": "bold red", "warn": "yellow", "good": "green", "calm": "cyan"}
_ENDS = 18
"""Columns of a party."""
_WIDE = 110
"""Columns from which on the whole date and the duration have room."""


class CallsScreen(Screen[None]):
    """All calls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", "Help"),
        Binding("enter", "", "Ladder"),
        Binding("f3,slash", "filter", "Filter"),
        Binding("f5", "clear", "Clear filter"),
        Binding("f7", "failed", "Failed only"),
        Binding("f10,q", "app.quit", "Quit"),
        Binding("escape", "back", show=False),
    ]

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._filter = Filter(source.calls)
        self._places: list[int] = []
        self._failed = False

    def compose(self) -> ComposeResult:
        """What is seen, from the top."""
        yield Static(id="about", markup=False)
        yield Input(placeholder="filter: words of a number, address, Call-ID, outcome or rule", id="filter")
        yield Static(id="head", markup=False)
        yield Lines("calls")
        yield Static(id="verdict", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Begin with all calls."""
        self._choose("")
        self.query_one("#calls").focus()

    def on_resize(self) -> None:
        """Name the columns that there is room for."""
        heads = ("Call", "Start", "From", "To", "Outcome", "Talk", LABELS.cause)
        columns = _columns(self.size.width >= _WIDE, *((head, "") for head in heads))
        self.query_one("#head", Static).update("".join(text for text, _ in columns))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another letter was typed."""
        self._choose(event.value)

    def on_input_submitted(self) -> None:
        """Enter leads to the list."""
        self.query_one("#calls").focus()

    def on_lines_moved(self, event: Lines.Moved) -> None:
        """Say what is known of the call that the cursor stands on."""
        call = self._at(event.line)
        self.query_one("#verdict", Static).update(_verdict(call) if call is not None else "No call.")

    def on_lines_chosen(self, event: Lines.Chosen) -> None:
        """Show a call's ladder."""
        call = self._at(event.line)
        if call is not None:
            self.app.push_screen(FlowScreen(self._source, self._source.detail(call)))

    def action_filter(self) -> None:
        """Type what calls must hold."""
        self.query_one("#filter").focus()

    def action_clear(self) -> None:
        """All calls again."""
        self._failed = False
        self.query_one("#filter", Input).value = ""
        self._choose("")
        self.query_one("#calls").focus()

    def action_failed(self) -> None:
        """Those alone that went wrong, or all again."""
        self._failed = not self._failed
        self._choose(self.query_one("#filter", Input).value)

    def action_back(self) -> None:
        """From the filter to the list; from there to nowhere: q ends."""
        self.query_one("#calls").focus()

    def action_help(self) -> None:
        """The keys."""
        self.app.push_screen(HelpScreen())

    def _choose(self, typed: str) -> None:
        calls = self._source.calls
        self._places = self._filter.places(typed, failed=self._failed)
        about = f"{self._source.name}: {plural(len(calls), 'call')}"
        if len(self._places) < len(calls):
            about += f", {len(self._places):,} shown"
        if self._failed:
            about += " (failed only)"
        self.query_one("#about", Static).update(visible(about))
        self.query_one("#calls", Lines).show(len(self._places), self._line)

    def _at(self, line: int) -> CallSummary | None:
        return self._source.calls[self._places[line]] if line < len(self._places) else None

    def _line(self, line: int) -> Sequence[Piece]:
        call = self._source.calls[self._places[line]]
        words = outcome_words(call.outcome)
        wide = self.size.width >= _WIDE
        start = date_and_time(call.began_ns) if wide else clock(call.began_ns, digits=0)
        cause = call.root_cause.rule if call.root_cause is not None else ""
        return _columns(
            wide,
            (call.id, ""),
            (start, ""),
            (_end(call.from_), ""),
            (_end(call.to), ""),
            (words.label, STYLES[words.tone]),
            (duration(call.talk_s), ""),
            (visible(cause), ""),
        )


def _columns(wide: bool, *cells: Piece) -> Sequence[Piece]:
    """The cells of a line, each as wide as its column; where there is little room, without the duration."""
    widths = (7, 23 if wide else 8, _ENDS, _ENDS, 20 if wide else 15, 11 if wide else 0, 0)
    last = len(cells) - 1
    return [
        (f"{shorten(text, width):<{width}} " if place < last else text, style)
        for place, ((text, style), width) in enumerate(zip(cells, widths, strict=True))
        if width or place == last
    ]


def _end(party: Party) -> str:
    return visible(party.number or party.uri or "")


def _verdict(call: CallSummary) -> str:
    words, root = outcome_words(call.outcome), call.root_cause
    if root is None:
        return f"{call.id}: {words.label}. No cause of trouble was found.\nCall-ID {visible(call.call_id)}"
    return (
        visible(f"{call.id}: {root.sentence}")
        + "\n"
        + visible(f"{LABELS.acts}: {root.acts.who}   {root.rule}")
    )
