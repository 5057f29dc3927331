"""Standard input, output and error: whole when we begin, and what we say on them acts on nothing.

Whatever names a file or comes from a capture is made visible before a terminal gets it, secrets masked
(:func:`sipdiag.report.text.visible`).  A complaint that nobody can read is no reason for another ending.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress

import click


def prepare() -> None:
    """Open what is closed, so that no file of ours takes its place; text that does not fit becomes ``?``."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _nowhere() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8")


def say(text: str) -> None:
    """One line on standard output."""
    from sipdiag.report.text import visible

    click.echo(visible(text))


def complain(text: str) -> None:
    """A line on standard error, and indented ones that explain it; no name can begin a line of its own."""
    from sipdiag.report.text import visible

    shown = "".join(
        f"\n{visible(line)}" if line[:2] == "  " else visible(f"\n{line}") for line in text.split("\n")
    )
    with suppress(OSError):
        click.echo(shown.removeprefix(visible("\n")), err=True)


def abandon_stdout() -> None:
    """Nothing more may be written there, not even what is left in the buffer at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
