"""One message in full, and what two messages differ in."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Static

from sipdiag.capture.payload import host_text
from sipdiag.position import short
from sipdiag.report.flow import FlowRow
from sipdiag.report.text import visible
from sipdiag.report.times import stamp

MOST_LINES = 2_000
"""Lines of a message that are compared."""
_KEYS: list[BindingType] = [
    Binding("escape,q,left,enter", "app.pop_screen", "Back"),
    Binding("f10", "app.quit", "Quit"),
]


def title(row: FlowRow) -> str:
    """``INVITE, frame 3, 2026-03-20T…, 192.0.2.1:5060 → 198.51.100.2:5060 (UDP)``."""
    captured = row.captured
    ends = f"{host_text(captured.src)} → {host_text(captured.dst)} ({captured.transport})"
    parts = (row.label, short(captured.position), stamp(captured.known_ns), ends)
    return visible(", ".join(part for part in parts if part))


class MessageScreen(Screen[None]):
    """A message alone, as wide as the terminal."""

    BINDINGS: ClassVar[list[BindingType]] = _KEYS

    def __init__(self, row: FlowRow, text: str) -> None:
        super().__init__()
        self._title, self._text = title(row), text

    def compose(self) -> ComposeResult:
        """What is seen, from the top."""
        yield Static(self._title, id="about", markup=False)
        with VerticalScroll():
            yield Static(self._text, id="whole", markup=False)
        yield Footer()


class DiffScreen(Screen[None]):
    """Two messages side by side, what differs in colour."""

    BINDINGS: ClassVar[list[BindingType]] = _KEYS

    def __init__(self, one: tuple[FlowRow, str], other: tuple[FlowRow, str]) -> None:
        super().__init__()
        self._titles = title(one[0]), title(other[0])
        self.lines = list(differences(one[1], other[1]))

    def compose(self) -> ComposeResult:
        """What is seen, from the top."""
        yield Static("\n".join(self._titles), id="about", markup=False)
        table = Table.grid(expand=True, padding=(0, 1))
        table.add_column(ratio=1, overflow="fold")
        table.add_column(ratio=1, overflow="fold")
        for left, right in self.lines:
            table.add_row(left, right)
        with VerticalScroll():
            yield Static(table, id="both", markup=False)
        yield Footer()


def differences(one: str, other: str) -> Iterator[tuple[Text, Text]]:
    """Both texts line beside line; lines that the other one lacks, or has differently, in colour."""
    for left, right, same in _pairs(one.splitlines()[:MOST_LINES], other.splitlines()[:MOST_LINES]):
        yield Text(left, "" if same else "bold red"), Text(right, "" if same else "bold green")


def _pairs(one: list[str], other: list[str]) -> Iterator[tuple[str, str, bool]]:
    # Headers with the same name are set beside each other, whatever they say.
    matcher = SequenceMatcher(
        None, [_name(line) for line in one], [_name(line) for line in other], autojunk=False
    )
    for _, begin, end, start, stop in matcher.get_opcodes():
        for left, right in zip_longest(one[begin:end], other[start:stop], fillvalue=""):
            yield left, right, left == right


def _name(line: str) -> str:
    """The name of a header, or the letter of a line of SDP; else the line."""
    name, colon, _ = line.partition(":")
    if colon and " " not in name:
        return name.lower()
    return line[:2] if line[1:2] == "=" else line
