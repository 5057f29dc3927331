"""``messages``: every SIP message as a row."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sipdiag.cli.inputs import told
from sipdiag.cli.options import captures_argument, reading_options, redaction_options
from sipdiag.cli.screen import cores, progress
from sipdiag.cli.selection import new_redaction, save_map, shown_names
from sipdiag.cli.status import complain

if TYPE_CHECKING:
    from sipdiag.capture.engine import Engine


@click.command()
@captures_argument
@click.option(
    "-f", "--format", "format_", type=click.Choice(["tsv", "json"]), default="tsv", show_default=True
)
@reading_options
@redaction_options
def messages(
    captures: tuple[str, ...],
    format_: str,
    engine: Engine,
    keylog: str | None,
    log_format: str | None,
    jobs: int | None,
    redact: bool,
    redact_map: Path | None,
) -> int:
    """List every SIP message in order of time, whether or not it belongs to a call.

    In TSV, control characters and a leading =, +, - or @ are written as escapes (\\t, \\x1b, \\x3d), so that no cell
    drives a terminal or becomes a formula; JSON keeps values exactly. Secrets are masked in both.
    """
    from sipdiag.capture.engine import Choice
    from sipdiag.capture.payload import CaptureError
    from sipdiag.messages.read import read_messages
    from sipdiag.pipeline.run import load_providers
    from sipdiag.report.messagelist import json_lines, tsv_lines

    try:
        with progress() as bar:
            reading = read_messages(
                captures, choice=Choice(engine, keylog, log_format), on_progress=bar, jobs=jobs or cores()
            )
    except CaptureError as error:
        raise click.ClickException(told(error)) from None
    redaction = new_redaction(redact, redact_map)
    if redaction is not None:
        redaction.apply(reading, load_providers())
        save_map(redaction, redact_map)
    lines = tsv_lines if format_ == "tsv" else json_lines
    for line in lines(reading.messages, shown_names(captures, redacted=redaction is not None)):
        sys.stdout.write(line)
    return complain(reading.errors)
