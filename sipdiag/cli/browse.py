"""``browse``: the calls of a capture, their ladders and messages, in the terminal."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import click

from sipdiag.cli.inputs import shown
from sipdiag.cli.options import captures_argument, digits_option, selection_options
from sipdiag.cli.screen import progress
from sipdiag.cli.selection import (
    Selection,
    new_redaction,
    nothing_selected,
    or_one_line,
    save_map,
    settings_of,
    show_times_in,
)
from sipdiag.cli.status import UNUSABLE, complain


@click.command()
@captures_argument
@selection_options
@digits_option
def browse(captures: tuple[str, ...], **selection: Any) -> int:
    """Browse the calls of CAPTURE... in the terminal: verdicts, ladders, messages.

    Keys are those of sngrep: arrows, Enter, / to filter, Space to compare two messages, Esc, q. F1 lists them.
    """
    if find_spec("textual") is None:
        raise click.ClickException("browse needs textual: pip install 'sipdiag[browse]'")
    if "-" in captures:
        raise click.UsageError("browse reads keys from standard input: save the capture to a file first")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.ClickException(
            "browse needs a terminal; 'sipdiag calls' and 'sipdiag show' print to a pipe"
        )
    from msgspec.structs import replace

    from sipdiag.pipeline.opened import Opened
    from sipdiag.report.several import named

    chosen = Selection(**selection)
    show_times_in(chosen.zone)
    redaction = new_redaction(chosen.redact, chosen.redact_map)
    with progress() as bar:
        opened = or_one_line(lambda: Opened(captures, settings_of(chosen, redaction, bar)))
    with opened:
        analysis = replace(opened.analysis, show_digits=chosen.show_digits)
        for file in analysis.files:
            file.path = shown(file.path)
        complain(opened.errors)
        if chosen.wanted is not None and not analysis.calls:
            raise click.ClickException(nothing_selected(captures, chosen))
        save_map(redaction, chosen.redact_map)
        from sipdiag.browse.app import Browser
        from sipdiag.browse.source import Source

        Browser(Source(named(analysis), analysis, opened.detail)).run()
    return UNUSABLE if opened.errors else 0
