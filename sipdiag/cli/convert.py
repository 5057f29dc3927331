"""``convert``: a text log as a capture, for the programs that read nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sipdiag.cli.inputs import told
from sipdiag.cli.options import captures_argument
from sipdiag.cli.output import output_option, refuse_input, save
from sipdiag.cli.screen import progress
from sipdiag.cli.status import complain
from sipdiag.cli.streams import complain as remark
from sipdiag.cli.streams import say

if TYPE_CHECKING:
    from sipdiag.messages.read import Reading


@click.command()
@captures_argument
@output_option("The capture to write", "PCAP")
@click.option("--log-format", metavar="NAME", help="Take text logs for this format; default: recognised.")
def convert(captures: tuple[str, ...], output: str, log_format: str | None) -> int:
    """Write the SIP messages of text logs as a capture that Wireshark opens.

    The packets are made anew around the messages. Where the log names no address, or no times, the capture has
    what the analysis takes in their place; what that is, is said. Nothing is masked: passwords, keys and dialled
    digits are copied as they are; use 'sipdiag scrub' for a capture to share.
    """
    from sipdiag.capture.engine import Choice
    from sipdiag.capture.payload import CaptureError
    from sipdiag.messages.read import read_messages

    refuse_input(captures, output)
    try:
        with progress() as bar:
            reading = read_messages(captures, choice=Choice(log_format=log_format), on_progress=bar)
    except CaptureError as error:
        raise click.ClickException(told(error)) from None
    if not reading.messages:
        hints = " ".join(reading.accounting.untraced)
        raise click.ClickException(f"{', '.join(captures)}: no SIP messages to convert. {hints}".strip())
    _write(reading, output)
    return complain(reading.errors)


def _write(reading: Reading, output: str) -> None:
    from sipdiag.redaction.scrub import scrubbed
    from sipdiag.report.text import plural

    if output == "-":
        sys.stdout.buffer.writelines(scrubbed(reading))
        return
    save(Path(output), scrubbed(reading))
    for note in reading.notes:
        remark(note.text)
    say(f"{output}: {plural(len(reading.messages), 'SIP message')}")
