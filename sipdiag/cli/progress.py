"""What is being done, and how far it is: on stderr, for runs that take over about a second."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

SILENT_S = 1.0
_BEGUN = time.monotonic()
"""The first bar is made when the work begins."""
EVERY_S = 0.1
WIDTH = 30


class ProgressBar:
    """Draws one line on stderr, over and over; called with the bytes read and the total (None for a pipe)."""

    def __init__(self) -> None:
        self._drawn = time.monotonic()
        self._shown = False

    def __call__(self, done: int, total: int | None) -> None:
        if total is not None and done >= total:
            self.clear()
        elif self._is_time():
            self._draw(f"Reading  {_bar(done, total)}" if total else f"Reading  {done / 1e6:.0f} MB")

    def stage(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` things are done; 0 of them: a step begins whose end cannot be foreseen."""
        if total and (done or self._shown or time.monotonic() - _BEGUN >= SILENT_S):
            self._drawn = time.monotonic()
            self._draw(f"{what}  {_bar(done, total)} of {total:,}" if done else f"{what} ({total:,}) …")

    def writing(self, what: str) -> None:
        """A report is being written."""
        if self._shown or time.monotonic() - _BEGUN >= SILENT_S:
            self._draw(f"Writing {what} …")

    def clear(self) -> None:
        """Nothing is left of the line."""
        if self._shown:
            self._put("\r\x1b[K")
            self._shown = False

    def _is_time(self) -> bool:
        now = time.monotonic()
        if now - _BEGUN < SILENT_S or now - self._drawn < EVERY_S:
            return False
        self._drawn = now
        return True

    def _draw(self, line: str) -> None:
        self._shown = True
        self._put(f"\r{line}\x1b[K")

    def _put(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


def _bar(done: int, total: int) -> str:
    filled = min(WIDTH, done * WIDTH // total)
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {done * 100 // total} %"
