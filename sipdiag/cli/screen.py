"""The terminal: how wide it is, whether it takes colour, whether somebody watches it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sipdiag.cli.progress import ProgressBar


def width() -> int:
    """Columns of the terminal, within what reads well."""
    import shutil

    return min(120, max(60, shutil.get_terminal_size((100, 24)).columns))


def color() -> bool:
    """Colour only on a terminal, and never against NO_COLOR."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


@contextmanager
def progress() -> Iterator[ProgressBar | None]:
    """A progress bar on stderr for what takes over about a second; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from sipdiag.cli.progress import ProgressBar

    bar = ProgressBar()
    try:
        yield bar
    finally:
        bar.clear()


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
