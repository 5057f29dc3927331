"""The progress bar for inputs that take over about a second."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

SILENT_S = 1.0
EVERY_S = 0.1
WIDTH = 30


class Bar:
    """Draws on stderr; called with the bytes read and the total (None for a pipe)."""

    def __init__(self) -> None:
        self._begun = self._drawn = time.monotonic()
        self._shown = False

    def __call__(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        finished = total is not None and done >= total
        if now - self._begun < SILENT_S or (now - self._drawn < EVERY_S and not finished):
            return
        self._drawn = now
        with suppress(OSError):
            self._draw(done, total, finished=finished)

    def _draw(self, done: int, total: int | None, *, finished: bool) -> None:
        if finished:
            if self._shown:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
            return
        self._shown = True
        if total:
            filled = min(WIDTH, done * WIDTH // total)
            line = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {done * 100 // total} %"
        else:
            line = f"{done / 1e6:.0f} MB read"
        sys.stderr.write(f"\r{line}\x1b[K")
        sys.stderr.flush()
