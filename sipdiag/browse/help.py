"""The keys, as sngrep has them."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

KEYS = """\
List of calls
  ↑ ↓ PgUp PgDn Home End   move
  Enter                    ladder and messages of the call
  / or F3                  filter as you type: every word must be in the line, the Call-ID or the findings
  F5                       clear the filter
  F7                       only calls that failed; a busy line is no failure
  q or F10                 quit

Ladder
  ↑ ↓                      move; the message stands beside it, below the verdict
  Enter                    the message alone
  Space                    mark a message; Space on another one compares the two
  n                        next message that proves something
  Tab                      to the verdict or the message, to scroll them
  Esc, q or ←              back

Any key closes this."""


class HelpScreen(ModalScreen[None]):
    """All keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", show=False)]

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        yield Static(KEYS, id="keys", markup=False)

    def on_key(self) -> None:
        """Close."""
        self.dismiss()
