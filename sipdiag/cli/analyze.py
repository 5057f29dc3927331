"""``analyze``, ``calls`` and ``show``: the pipeline, and three ways to look at its result."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from sipdiag.cli.options import (
    audio_option,
    captures_argument,
    digits_option,
    selection_options,
    several_options,
    us_option,
)
from sipdiag.cli.output import SUFFIXES, check_output, or_stdout, overwrite_option, write
from sipdiag.cli.screen import color, progress, width
from sipdiag.cli.selection import Selection, run_analysis, the_call
from sipdiag.cli.status import FAILED, UNUSABLE
from sipdiag.cli.verdicts import analyses_of, reports, tell

if TYPE_CHECKING:
    from sipdiag.pipeline.results import Analysis
    from sipdiag.pipeline.several import Taken


@click.command()
@captures_argument
@click.option(
    "-f",
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(SUFFIXES)),
    help="Output format (repeatable; default: html).",
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    callback=or_stdout,
    help="A file for one format, a folder for several; '-' for stdout. Default: reports/<capture>.html.",
)
@overwrite_option
@several_options
@selection_options
@digits_option
@audio_option
@us_option
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="never",
    show_default=True,
    help="Exit with status 1 if there is a finding this severe, or more.",
)
@click.option("--open", "open_report", is_flag=True, help="Open the HTML report in the browser.")
def analyze(
    captures: tuple[str, ...],
    formats: tuple[str, ...],
    output: str | None,
    overwrite: bool,
    taken: Taken | None,
    audio: bool,
    fail_on: str,
    open_report: bool,
    **selection: Any,
) -> int:
    """Diagnose CAPTURE... and write the report.

    CAPTURE is a capture, a text log, a folder, a pattern, a zip or tar archive, or - for standard input. Parts of one
    capture, and captures of the same calls, get one verdict; files that have nothing to do with each other one each.
    """
    formats = tuple(dict.fromkeys(formats)) or ("html",)
    check_output(formats, output)
    chosen = Selection(**selection)
    if audio:
        from sipdiag.cli.audio import check, with_audio

        check(chosen, captures, formats)
    parts, errors = analyses_of(captures, chosen, taken or "as-related")
    if audio:
        parts = [with_audio(part) for part in parts]
    written = reports(parts, formats, output, chosen, overwrite=overwrite)
    with progress() as bar:
        for report in written:
            if bar is not None and report.target.path is not None:
                bar.writing(str(report.target.path))
            write(report.pieces, report.target.path)
    if output != "-":
        tell(parts, written, captures)
    if open_report and output != "-":
        for report in written:
            if report.format_ == "html":
                click.launch(str(report.target.path))
    return UNUSABLE if errors else max(_verdict_status(part.analysis, fail_on) for part in parts)


def _verdict_status(analysis: Analysis, fail_on: str) -> int:
    if fail_on == "never":
        return 0
    from sipdiag.rules.finding import Severity

    return FAILED if any(one.severity >= Severity[fail_on] for one in analysis.every_finding) else 0


@click.command()
@captures_argument
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="For people, a spreadsheet or a program.",
)
@selection_options
def calls(captures: tuple[str, ...], format_: str, **selection: Any) -> int:
    """List calls, one line per call: time, from → to, outcome, root cause."""
    analysis, errors = run_analysis(captures, Selection(**selection))
    if format_ == "table":
        from sipdiag.report import terminal

        click.echo(terminal.render_calls(analysis, width=width(), color=color()), nl=False)
    else:
        from sipdiag.report.calllist import csv_lines, json_lines

        lines = csv_lines if format_ == "csv" else json_lines
        sys.stdout.writelines(lines(analysis))
    return UNUSABLE if errors else 0


@click.command()
@captures_argument
@selection_options
@digits_option
def show(captures: tuple[str, ...], **selection: Any) -> int:
    """Show the ladder and the messages of one call (--call) in the terminal."""
    from sipdiag.report import terminal

    chosen = Selection(**selection)
    analysis, errors = run_analysis(captures, chosen)
    result = the_call(analysis)
    click.echo(terminal.render_call(analysis, result, width=width(), color=color()), nl=False)
    return UNUSABLE if errors else 0
