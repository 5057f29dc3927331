"""One verdict, or several: the analyses of what was named, and where their reports go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from sipdiag.cli.output import Destination, render, target
from sipdiag.cli.screen import color, width
from sipdiag.cli.selection import (
    Selection,
    judged,
    new_redaction,
    nothing_selected,
    or_one_line,
    save_map,
    shown_names,
)
from sipdiag.cli.status import complain
from sipdiag.cli.streams import say

if TYPE_CHECKING:
    from sipdiag.capture.payload import CaptureError
    from sipdiag.pipeline.results import Analysis
    from sipdiag.pipeline.several import FileGroup, Taken
    from sipdiag.redaction.reading import Redaction

_HOW = {
    "ring": "{files} are parts of one capture: one verdict (--apart for one each)",
    "calls": "{files} saw the same calls: one verdict (--apart for one each)",
}


class WrittenReport(NamedTuple):
    """A document to write."""

    format_: str
    pieces: Iterable[str]
    target: Destination


def analyses_of(
    captures: Sequence[str], selection: Selection, taken: Taken
) -> tuple[list[FileGroup], list[CaptureError]]:
    """The analyses of files that are related or not; what cannot be worked with ends in one line and status 2."""
    from sipdiag.pipeline.call_filter import CALL_NAME
    from sipdiag.pipeline.several import analyze_several

    redactions: list[Redaction] = []

    def redacted(paths: Sequence[str]) -> tuple[Analysis, list[CaptureError]]:
        redaction = new_redaction(selection.redact, selection.redact_map)
        if redaction is not None:
            if redactions:
                # With one key: whoever is in several has one pseudonym.
                redaction.key = redactions[0].key
            redactions.append(redaction)
        return judged(paths, selection, redaction)

    if selection.call_filter is not None and CALL_NAME.fullmatch(selection.call_filter):
        # Calls are numbered as 'calls' lists them: over all files.
        taken = "together"
    parts, errors = or_one_line(
        lambda: analyze_several(
            captures,
            taken,
            lambda paths: judged(paths, selection, None),
            final=redacted if selection.redacted else None,
        )
    )
    complain(errors)
    if selection.wanted is not None:
        parts = [part for part in parts if part.analysis.calls]
        if not parts:
            raise click.ClickException(nothing_selected(captures, selection))
    _number_files(parts, selection)
    for redaction in redactions[:1]:
        save_map(redaction.with_others(redactions[1:]), selection.redact_map)
    return parts, errors


def _number_files(parts: Sequence[FileGroup], selection: Selection) -> None:
    """Redacted inputs are numbered over all analyses."""
    if not selection.redacted or len(parts) < 2:
        return
    files = [file for part in parts for file in part.analysis.files]
    for file, name in zip(files, shown_names([""] * len(files), redacted=True), strict=True):
        file.path = name


def reports(
    parts: Sequence[FileGroup],
    formats: Sequence[str],
    output: str | None,
    selection: Selection,
    *,
    overwrite: bool,
) -> list[WrittenReport]:
    """The documents to write: of several analyses one of each format that can hold them, or one an analysis."""
    if len(parts) == 1:
        analysis, names = parts[0].analysis, selection.names(parts[0].paths)
        return [
            WrittenReport(
                one, render(one, analysis), target(one, formats, output, names, overwrite=overwrite)
            )
            for one in formats
        ]
    from sipdiag.report.several import IN_ONE, iter_several

    found: list[WrittenReport] = []
    analyses = [part.analysis for part in parts]
    named = [selection.names(part.paths) for part in parts]
    taken: set[str] = set()
    for one in formats:
        if one in IN_ONE:
            pieces = iter_several(one, analyses, partial(render, one))
            found.append(
                WrittenReport(one, pieces, target(one, formats, output, named[0], overwrite=overwrite))
            )
            continue
        _refuse_one_file(len(parts), output)
        for analysis, names in zip(analyses, named, strict=True):
            place = target(one, formats, output, names, overwrite=overwrite, several=True, taken=taken)
            taken.add(str(place.path))
            found.append(WrittenReport(one, render(one, analysis), place))
    return found


def _refuse_one_file(count: int, output: str | None) -> None:
    from pathlib import Path

    if output == "-" or (output is not None and (Path(output).is_file() or Path(output).suffix)):
        raise click.UsageError(
            f"these files have nothing to do with each other: {count} verdicts are {count} pages; give a folder "
            "with -o, or --together"
        )


def tell(parts: Sequence[FileGroup], written: Sequence[WrittenReport], captures: Sequence[str]) -> None:
    """The verdicts on the terminal, and where the reports are."""
    from sipdiag.report import terminal
    from sipdiag.report.several import IN_FULL, heading, named, one_line

    analyses = [part.analysis for part in parts]
    for number, analysis in enumerate(analyses, 1):
        if len(analyses) > IN_FULL:
            say(one_line(analysis))
            continue
        if len(analyses) > 1:
            click.echo(heading(number, analyses, analysis), nl=False)
        click.echo(terminal.render(analysis, width=width(), color=color()), nl=False)
    if len(parts) > 1:
        say(
            f"{len(captures)} files, {len(parts)} verdicts: they have nothing to do with each other (--together "
            "takes them for one capture)"
        )
    elif parts[0].how in _HOW:
        say(_HOW[parts[0].how].format(files=named(parts[0].analysis)))
    for report in written:
        say(report.target.told)
