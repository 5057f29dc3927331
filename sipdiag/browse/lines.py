"""A list of any length with a cursor: a line is made when it is looked at, and not before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

Piece = tuple[str, str]
"""A text and its style."""
_CURSOR = Style(color="white", bgcolor="blue", bold=True)
_MARKED = Style(bold=True, underline=True)


class Lines(ScrollView, can_focus=True):
    """Lines, one of which the cursor stands on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("pagedown,ctrl+f", "page(1)", show=False),
        Binding("home,g", "go(0)", show=False),
        Binding("end,G", "go(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]
    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """The cursor stands on another line."""

        def __init__(self, lines: Lines, line: int) -> None:
            super().__init__()
            self.lines, self.line = lines, line

    class Chosen(Message):
        """Enter was pressed on a line."""

        def __init__(self, lines: Lines, line: int) -> None:
            super().__init__()
            self.lines, self.line = lines, line

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self.count = 0
        self.marked: set[int] = set()
        """Lines that are shown as marked."""
        self._line: Callable[[int], Sequence[Piece]] = lambda _: ()

    def show(self, count: int, line: Callable[[int], Sequence[Piece]], cursor: int = 0) -> None:
        """Show so many lines, each made by ``line``."""
        self.count, self._line = count, line
        self.virtual_size = Size(self.size.width, count)
        self.cursor = max(0, min(cursor, count - 1))
        self._keep_in_view()
        self.refresh()
        self.post_message(self.Moved(self, self.cursor))

    def render_line(self, y: int) -> Strip:
        """The line that stands ``y`` rows below the top of what is seen."""
        number, width = y + self.scroll_offset.y, self.size.width
        if number >= self.count:
            return Strip.blank(width, self.rich_style)
        base = self.rich_style
        if number == self.cursor:
            pieces = [Segment("".join(text for text, _ in self._line(number)), base + _CURSOR)]
        else:
            pieces = [Segment(text, base + Style.parse(style)) for text, style in self._line(number)]
        strip = Strip(pieces).adjust_cell_length(width, base + _CURSOR if number == self.cursor else base)
        return strip.apply_style(_MARKED) if number in self.marked else strip

    def watch_cursor(self, cursor: int) -> None:
        """Keep it in view, and say where it stands."""
        if self.count:
            self._keep_in_view()
            self.refresh()
            self.post_message(self.Moved(self, cursor))

    def _keep_in_view(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)

    def action_move(self, by: int) -> None:
        """Some lines down, or up."""
        self.cursor = max(0, min(self.cursor + by, self.count - 1))

    def action_page(self, by: int) -> None:
        """As many lines as are seen."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_go(self, line: int) -> None:
        """To the first line, or to the last (-1)."""
        self.cursor = line if line >= 0 else max(0, self.count - 1)

    def action_choose(self) -> None:
        """Enter."""
        if self.count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: Click) -> None:
        """A click moves the cursor; on the line it stands on, it is Enter."""
        line = event.y + self.scroll_offset.y
        if line >= self.count:
            return
        if line == self.cursor:
            self.action_choose()
        self.cursor = line
