"""One call: its ladder, the message that the cursor stands on, and the verdict beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Footer, Static

from sipdiag.browse.help import HelpScreen
from sipdiag.browse.lines import Lines, Piece
from sipdiag.browse.message import DiffScreen, MessageScreen
from sipdiag.browse.source import Source
from sipdiag.pipeline.results import CallDetail
from sipdiag.report.flow import FlowRow, numbered
from sipdiag.report.terminal import render_verdict
from sipdiag.report.text import message_text, visible
from sipdiag.report.textladder import Drawn, drawn_ladder
from sipdiag.report.wording import outcome_words, party_text

KINDS = {
    "request": "bold cyan",
    "class1": "",
    "class2": "green",
    "class3": "magenta",
    "class4": "yellow",
    "class5": "red",
    "class6": "red",
}
"""Kind of a message → its style."""
_NARROWEST = 44
"""Columns of the panel beside the ladder."""
_LADDER, _LANE = 36, 24
"""Columns of the ladder without its lanes, and of a lane."""
_FRAME = 6
"""Columns around what the panel says."""


class FlowScreen(Screen[None]):
    """The ladder of a call."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", "Help"),
        Binding("enter", "", "Message"),
        Binding("space", "mark", "Mark, compare"),
        Binding("n", "evidence", "Next evidence"),
        Binding("tab", "app.focus_next", "Other panel", show=False),
        Binding("escape,q,left", "app.pop_screen", "Back"),
        Binding("f10", "app.quit", "Quit"),
    ]

    def __init__(self, source: Source, result: CallDetail) -> None:
        super().__init__()
        self._source, self._result = source, result
        self._lines: list[Drawn] = []
        self._marked: FlowRow | None = None
        self._cited = numbered(result.findings)

    def compose(self) -> ComposeResult:
        """What is seen, from the top."""
        yield Static(id="about", markup=False)
        with Horizontal():
            with Vertical(id="left"):
                yield Static(id="heads", markup=False)
                yield Lines("ladder")
            with Vertical(id="right"):
                with VerticalScroll(id="saying"):
                    yield Static(id="verdict", markup=False)
                with VerticalScroll(id="reading"):
                    yield Static(id="message", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Say which call this is."""
        result = self._result
        ends = f"{party_text(result.from_)} → {party_text(result.to)}"
        self.query_one("#about", Static).update(
            visible(f"{result.id}  {ends}  {outcome_words(result.outcome).label}")
        )
        self.query_one("#ladder").focus()

    def on_resize(self, event: Resize) -> None:
        """Draw for this width."""
        needed = _LADDER + _LANE * len(self._result.participants)
        left = max(20, min(needed, event.size.width - _NARROWEST))
        right = event.size.width - left
        self.query_one("#left").styles.width = left
        ladder = self.query_one("#ladder", Lines)
        heads, self._lines = drawn_ladder(self._result, limit=1_000_000, width=left - 1)
        self.query_one("#heads", Static).update("\n".join(heads).rstrip())
        ladder.show(len(self._lines), self._line, ladder.cursor)
        told = render_verdict(self._source.analysis, self._result, width=max(20, right - _FRAME), color=True)
        self.query_one("#verdict", Static).update(Text.from_ansi(told))

    def on_lines_moved(self, event: Lines.Moved) -> None:
        """Show the message of the line."""
        row = self._row(event.line)
        text = self._text(row) if row is not None else ""
        self.query_one("#message", Static).update(text)
        self.query_one("#reading").scroll_home(animate=False)

    def on_lines_chosen(self, event: Lines.Chosen) -> None:
        """Show the message alone."""
        row = self._row(event.line)
        if row is not None:
            self.app.push_screen(MessageScreen(row, self._text(row)))

    def action_mark(self) -> None:
        """Mark a message; with one marked already, compare the two."""
        ladder = self.query_one("#ladder", Lines)
        row = self._row(ladder.cursor)
        if row is None:
            return
        if self._marked is None:
            self._marked, ladder.marked = row, {ladder.cursor}
        else:
            first = self._marked
            # Rows are made anew when the width changes.
            if first.captured is not row.captured:
                self.app.push_screen(DiffScreen((first, self._text(first)), (row, self._text(row))))
            self._marked, ladder.marked = None, set()
        ladder.refresh()

    def action_evidence(self) -> None:
        """To the next message that a finding cites."""
        ladder = self.query_one("#ladder", Lines)
        count = len(self._lines)
        for step in range(1, count + 1):
            place = (ladder.cursor + step) % count
            row = self._row(place)
            if row is not None and row.captured in self._cited:
                ladder.cursor = place
                return

    def action_help(self) -> None:
        """The keys."""
        self.app.push_screen(HelpScreen())

    def _row(self, line: int) -> FlowRow | None:
        return self._lines[line].row if line < len(self._lines) else None

    def _text(self, row: FlowRow) -> str:
        return message_text(row.captured, show_digits=self._source.analysis.show_digits)

    def _line(self, line: int) -> Sequence[Piece]:
        drawn = self._lines[line]
        style = "dim" if drawn.row is None else KINDS.get(drawn.row.kind, "")
        if drawn.row is not None and drawn.row.captured in self._cited:
            style = f"{style} bold"
        return ((drawn.text, style.strip()),)
