"""``messages``: every SIP message as a row."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sipdiag.cli.shared import captures_argument, complain, progress, reading_options

if TYPE_CHECKING:
    from sipdiag.capture.engine import Engine


@click.command()
@captures_argument
@click.option(
    "-f", "--format", "format_", type=click.Choice(["tsv", "json"]), default="tsv", show_default=True
)
@reading_options
def messages(captures: tuple[str, ...], format_: str, engine: Engine, keylog: str | None) -> int:
    """Every SIP message, whether it belongs to a call or not, in the order of time."""
    from sipdiag.analysis import read_messages
    from sipdiag.capture.engine import Choice
    from sipdiag.capture.payload import CaptureError
    from sipdiag.report.messagelist import json_lines, tsv_lines

    try:
        reading = read_messages(captures, choice=Choice(engine, keylog), on_progress=progress())
    except CaptureError as error:
        raise click.ClickException(str(error)) from None
    lines = tsv_lines if format_ == "tsv" else json_lines
    for line in lines(reading.messages, list(captures)):
        sys.stdout.write(line)
    return complain(reading.errors)
