"""``extract``: one call out of a capture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from sipdiag.cli.inputs import shown
from sipdiag.cli.options import captures_argument, choosing_options, reading_options
from sipdiag.cli.output import output_option, refuse_input, save
from sipdiag.cli.selection import Selection, or_one_line, run_analysis
from sipdiag.cli.status import UNUSABLE
from sipdiag.cli.streams import say


@click.command()
@captures_argument
@output_option("The capture to write")
@choosing_options
@click.option(
    "--with-media/--no-media", default=True, show_default=True, help="Also the RTP and RTCP of the call."
)
@reading_options
def extract(captures: tuple[str, ...], output: str, with_media: bool, **selection: Any) -> int:
    """Write the packets of one call (--call) of CAPTURE... as a capture of its own.

    Their bytes, times and lengths are as they were captured; nothing is masked: use 'sipdiag scrub' on the result for
    a capture to share. A selection of several calls writes all of them.
    """
    from sipdiag.capture.extract import capture_file
    from sipdiag.pipeline.extract import packets_of
    from sipdiag.report.text import plural

    chosen = Selection(**selection)
    if chosen.wanted is None:
        raise click.UsageError(
            "which call? --call takes a Call-ID, a number, or the id that 'sipdiag calls' shows"
        )
    refuse_input(captures, output)
    if any(path == "-" or Path(path).is_fifo() for path in captures):
        raise click.UsageError(
            "a pipe cannot be read twice: save the capture to a file first (cat > call.pcap)"
        )
    analysis, errors = run_analysis(captures, chosen, bounded=False)
    for file in analysis.files:
        if file.log is not None:
            raise click.ClickException(
                f"{file.path}: is a text log and holds no packets; 'sipdiag convert' makes a capture of it"
            )
    packets = or_one_line(lambda: packets_of(analysis.details, captures, media=with_media))
    if output == "-":
        sys.stdout.buffer.writelines(capture_file(packets))
        return UNUSABLE if errors else 0
    save(Path(output), capture_file(packets))
    names = ", ".join(shown(path) for path in captures[:3])
    say(f"{output}: {plural(len(packets), 'packet')} of {plural(len(analysis.calls), 'call')} of {names}")
    return UNUSABLE if errors else 0
