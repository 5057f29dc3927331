"""The application: one screen for the calls, one for a call, one for a message."""

from __future__ import annotations

from textual.app import App

from sipdiag.browse.calls import CallsScreen
from sipdiag.browse.flow import FlowScreen
from sipdiag.browse.source import Source


class Browser(App[None]):
    """The terminal browser."""

    TITLE = "sipdiag"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #about { height: auto; background: $primary; color: $text; text-style: bold; padding: 0 1; }
    #head { height: 1; text-style: bold; background: $surface; }
    #filter { height: 1; border: none; padding: 0 1; background: $surface; }
    #filter:focus { background: $boost; }
    CallsScreen #verdict { height: 3; padding: 0 1; background: $surface; }
    Lines { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; }
    #heads { height: auto; text-style: bold; }
    #left { height: 1fr; }
    #right { width: 1fr; border-left: solid $primary; padding: 0 1; }
    #saying { height: 2fr; }
    #reading { height: 3fr; border-top: solid $primary; }
    #both { height: auto; }
    HelpScreen { align: center middle; }
    #keys { width: auto; height: auto; padding: 1 2; border: solid $primary; background: $surface; }
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source

    def on_mount(self) -> None:
        """Begin with the list; of a single call, with the call."""
        self.push_screen(CallsScreen(self._source))
        if len(self._source.calls) == 1:
            self.push_screen(FlowScreen(self._source, self._source.detail(self._source.calls[0])))
