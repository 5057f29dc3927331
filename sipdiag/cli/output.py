"""Where reports go, and how each format is made."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sipdiag.capture.names import stem

if TYPE_CHECKING:
    from sipdiag.pipeline.results import Analysis

SUFFIXES = {
    "html": "html",
    "json": "json",
    "markdown": "md",
    "text": "txt",
    "sarif": "sarif",
    "junit": "xml",
}
"""Format → suffix of its file."""
_STDOUT = frozenset({"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})


def or_stdout(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The value of ``-o``, standard output by any name as ``-``: opened once more, it would overwrite itself."""
    if value == "":
        raise click.BadParameter("a path is expected")
    return "-" if value in _STDOUT else value


def refuse_input(inputs: Sequence[str], output: str) -> None:
    """An input must not be replaced by what is made of it."""
    place = Path(output).resolve()
    if output != "-" and any(one != "-" and Path(one).resolve() == place for one in inputs):
        raise click.UsageError(f"{output} is the input itself; name another file with -o")


def check_output(formats: Sequence[str], output: str | None) -> None:
    """Refuse what cannot be: several formats in one place."""
    if output == "-" and len(formats) > 1:
        raise click.UsageError("'-o -' takes one format; give a folder for several")
    if output in (None, "-") or len(formats) < 2:
        return
    place = Path(str(output))
    if place.is_file() or (
        place.suffix.lower().removeprefix(".") in SUFFIXES.values() and not place.is_dir()
    ):
        raise click.UsageError(f"{output} names one file; give a folder for several formats")


def target(format_: str, formats: Sequence[str], output: str | None, captures: Sequence[str]) -> Path | None:
    """Where a report goes; None is stdout.  A report named by us never overwrites another."""
    if output == "-":
        return None
    if output is not None and len(formats) == 1 and not Path(output).is_dir():
        return Path(output)
    folder = Path(output) if output is not None else Path("reports")
    name, suffix = stem(captures[0]), SUFFIXES[format_]
    path = folder / f"{name}.{suffix}"
    number = 2
    while output is None and path.exists():
        path = folder / f"{name}-{number}.{suffix}"
        number += 1
    return path


def write(format_: str, analysis: Analysis, path: Path | None) -> Path | None:
    """Write one report; returns where."""
    pieces = render(format_, analysis)
    if path is None:
        sys.stdout.writelines(pieces)
        return None
    save(path, pieces, make_folder=True)
    return path


def save(
    path: Path,
    pieces: Iterable[str] | Iterable[bytes],
    *,
    advice: str = "name another place with -o",
    make_folder: bool = False,
) -> None:
    """Write a file whole; where that fails, one line says so, with the advice."""
    from sipdiag.files import write_file

    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, pieces)
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be written ({error.strerror}); {advice}") from None


def render(format_: str, analysis: Analysis) -> Iterable[str]:
    """One report as text, in one piece or, where it may be large, in many."""
    if format_ == "json":
        from sipdiag.report import json

        return json.iter_json(analysis)
    if format_ == "sarif":
        from sipdiag.report import sarif

        return sarif.iter_sarif(analysis)
    if format_ == "junit":
        from sipdiag.report import junit

        return junit.iter_junit(analysis)
    return (_render(format_, analysis),)


def _render(format_: str, analysis: Analysis) -> str:
    if format_ == "html":
        from sipdiag.report import html

        return html.render(analysis)
    if format_ == "markdown":
        from sipdiag.report import markdown

        return markdown.render(analysis)
    from sipdiag.report import terminal

    return terminal.render(analysis)
