"""Lines for a terminal: with colours through rich, or plain.

Rich is imported only for colours: a pipe or a file gets the same lines at once.  What comes in is
made visible first and never interpreted, so that a capture cannot drive the terminal.
"""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Protocol

from sipdiag.report.text import visible

if TYPE_CHECKING:
    from rich.console import Console

LABEL = 15
"""Width of a field's label, columns."""


class TextPage(Protocol):
    """Collects lines."""

    def line(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """A line, wrapped to the width under its indent."""

    def parts(self, *pieces: tuple[str, str], wrap: bool = True) -> None:
        """A line of differently styled pieces."""

    def field(self, label: str, text: str) -> None:
        """A label in bold and a text wrapped beside it."""

    def item(self, mark: str, style: str, text: str) -> None:
        """A mark in ``style`` and a text wrapped beside it."""

    def raw(self, text: str) -> None:
        """Text that is visible already; its line ends stay and it is not wrapped."""

    def text(self) -> str:
        """Everything so far, without spaces at the ends of lines."""


def page(width: int, color: bool) -> TextPage:
    """An empty page of ``width`` columns."""
    return RichPage(width) if color else PlainPage(width)


class PlainPage:
    """Text alone."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[str] = []

    def line(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """A line, wrapped to the width under its indent; nothing is styled here."""
        self._wrap(visible(text), " " * indent, " " * indent)

    def parts(self, *pieces: tuple[str, str], wrap: bool = True) -> None:
        """The pieces' text as one line."""
        joined = "".join(visible(text) for text, _ in pieces)
        if wrap:
            self._wrap(joined, "", "")
        else:
            self._lines.append(joined)

    def field(self, label: str, text: str) -> None:
        """A label and a text wrapped beside it."""
        self._wrap(visible(text), f"{label:<{LABEL}}", " " * LABEL)

    def item(self, mark: str, style: str, text: str) -> None:
        """A mark and a text wrapped beside it."""
        self._wrap(visible(text), mark, " " * len(mark))

    def raw(self, text: str) -> None:
        """The text as it is."""
        self._lines += text.split("\n")

    def text(self) -> str:
        """Everything so far."""
        return "".join(f"{line.rstrip()}\n" for line in self._lines)

    def _wrap(self, text: str, first: str, others: str) -> None:
        # A long address stays whole, to be copied.  Leading space is part of a line's layout; the wrapper would take it for a gap.
        gap = text[: len(text) - len(text.lstrip(" "))]
        room = max(20, self._width - len(others))
        words = textwrap.wrap(
            text[len(gap) :], room, initial_indent=gap, break_long_words=False, break_on_hyphens=False
        )
        self._lines += [f"{first if not n else others}{words[n]}" for n in range(len(words))] or [first]


class RichPage:
    """Text in colours."""

    def __init__(self, width: int) -> None:
        from rich.console import Console

        self._buffer = io.StringIO()
        self._console: Console = Console(
            file=self._buffer,
            width=width,
            force_terminal=True,
            color_system="standard",
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def line(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """A line, wrapped to the width under its indent."""
        from rich.padding import Padding
        from rich.text import Text

        content = Text(visible(text), style)
        self._console.print(Padding(content, (0, 0, 0, indent), expand=False) if text else content)

    def parts(self, *pieces: tuple[str, str], wrap: bool = True) -> None:
        """A line of differently styled pieces."""
        from rich.text import Text

        joined = Text()
        for text, style in pieces:
            joined.append(visible(text), style)
        self._console.print(joined, soft_wrap=not wrap)

    def field(self, label: str, text: str) -> None:
        """A label in bold and a text wrapped beside it."""
        self._beside(LABEL, label, "bold", text)

    def item(self, mark: str, style: str, text: str) -> None:
        """A mark in ``style`` and a text wrapped beside it."""
        self._beside(len(mark), mark, style, text)

    def _beside(self, width: int, label: str, style: str, text: str) -> None:
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid()
        grid.add_column(width=width)
        grid.add_column()
        grid.add_row(Text(label, style), Text(visible(text)))
        self._console.print(grid)

    def raw(self, text: str) -> None:
        """Text that is visible already; its line ends stay and it is not wrapped."""
        from rich.text import Text

        self._console.print(Text(text), soft_wrap=True)

    def text(self) -> str:
        """Everything so far."""
        return "\n".join(line.rstrip() for line in self._buffer.getvalue().split("\n"))
