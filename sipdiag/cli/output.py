"""Where reports go, and how each format is made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from sipdiag.capture.names import stem

if TYPE_CHECKING:
    from sipdiag.pipeline.results import Analysis

F = TypeVar("F", bound=Callable[..., Any])

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


def output_option(help_: str, metavar: str = "FILE") -> Callable[[F], F]:
    """``-o`` of a command that makes one file; ``help_`` says which, its place ``-`` is standard output."""
    return click.option(
        "-o", "--output", required=True, metavar=metavar, callback=or_stdout, help=f"{help_}; '-' is stdout."
    )


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


class Destination(NamedTuple):
    """Where a report goes."""

    path: Path | None
    """None is stdout."""
    kept: Path | None = None
    """The older report that has the name it would have had."""

    @property
    def told(self) -> str:
        """``Report: reports/call-2.html``, and why it is not ``call.html``."""
        if self.kept is None:
            return f"Report: {self.path}"
        return f"Report: {self.path} ({self.kept} is an older one and was kept; --overwrite replaces it)"


def target(
    format_: str,
    formats: Sequence[str],
    output: str | None,
    captures: Sequence[str],
    *,
    overwrite: bool = False,
    several: bool = False,
    taken: Container[str] = (),
) -> Destination:
    """Where a report goes.  One named by us overwrites another only if told to.

    ``several``: it is one of several, each with a file of its own; ``taken``: those of the others.
    """
    if output == "-":
        return Destination(None)
    if output is not None and len(formats) == 1 and not several and not Path(output).is_dir():
        return Destination(Path(output))
    folder = Path(output) if output is not None else Path("reports")
    path = folder / f"{stem(captures[0])}.{SUFFIXES[format_]}"
    return (
        Destination(path)
        if output is not None and not several
        else free(path, overwrite=overwrite, taken=taken)
    )


def free(path: Path, *, overwrite: bool, taken: Container[str] = ()) -> Destination:
    """The place, or the next one beside it where a report stands already, or one of this run is to stand."""

    def used(place: Path) -> bool:
        return str(place) in taken or (place.exists() and not overwrite)

    if not used(path):
        return Destination(path)
    number = 2
    while used(beside := path.with_name(f"{path.stem}-{number}{path.suffix}")):
        number += 1
    return Destination(beside, None if str(path) in taken else path)


overwrite_option = click.option(
    "--overwrite",
    is_flag=True,
    help="Replace an older report of the same name; without it the new one gets a number.",
)


def write(pieces: Iterable[str], path: Path | None) -> None:
    """Write one report."""
    if path is None:
        sys.stdout.writelines(pieces)
    else:
        save(path, pieces, make_folder=True)


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
