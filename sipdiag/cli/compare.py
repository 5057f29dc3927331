"""``compare``: a working and a failing call."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sipdiag.capture.names import stem
from sipdiag.cli.options import reading_options, rules_option
from sipdiag.cli.output import SUFFIXES, Destination, free, or_stdout, overwrite_option, save
from sipdiag.cli.selection import Selection, run_analysis
from sipdiag.cli.streams import say

if TYPE_CHECKING:
    from sipdiag.pipeline.results import Analysis, CallDetail
    from sipdiag.redaction.reading import Redaction

_FORMATS = ("text", "markdown", "json", "html")


@click.command()
@click.argument("good", metavar="GOOD")
@click.argument("bad", metavar="BAD")
@click.option(
    "--call-good",
    metavar="TEXT",
    help="The working call: Call-ID, number or call SID (default: the longest call).",
)
@click.option("--call-bad", metavar="TEXT", help="The failing call (default: the longest call).")
@click.option("-f", "--format", "format_", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    callback=or_stdout,
    help="A file; '-' for stdout. Default: stdout, or reports/<BAD>-compared.html for html.",
)
@click.option(
    "--expect",
    type=click.Choice(["transfer", "refer", "answer"]),
    help="What should have happened in the failing call.",
)
@overwrite_option
@click.option("--redact", is_flag=True, help="Replace numbers, names, hosts and ids with pseudonyms.")
@rules_option
@reading_options
def compare(
    good: str,
    bad: str,
    call_good: str | None,
    call_bad: str | None,
    format_: str,
    output: str | None,
    expect: str | None,
    redact: bool,
    overwrite: bool,
    **common: Any,
) -> int:
    """Show what the working call in GOOD has that the failing call in BAD lacks."""
    from sipdiag.comparison.compare import compare as compared

    keys = _keys() if redact else (None, None)
    one = _call(good, Selection(call_filter=call_good, **common), "--call-good", keys[0])
    two = _call(bad, Selection(call_filter=call_bad, expect=expect, **common), "--call-bad", keys[1])
    render: Any = import_module(f"sipdiag.comparison.{format_}").render
    _write(render(compared(one, two)), _target(format_, output, bad, overwrite))
    return 0


def _keys() -> tuple[Redaction, Redaction]:
    """One redaction a trace, with one key: whoever is in both has one pseudonym."""
    from sipdiag.redaction.reading import Redaction

    first = Redaction()
    return first, Redaction(first.key)


def _call(
    capture: str, selection: Selection, option: str, redaction: Redaction | None
) -> tuple[Analysis, CallDetail]:
    from sipdiag.comparison.compare import longest

    analysis, _ = run_analysis([capture], selection, redaction, bounded=False, call_option=option)
    result = longest(analysis.details)
    if result is None:
        raise click.ClickException(
            f"{capture}: holds no call; 'sipdiag messages {capture}' lists what it holds"
        )
    return analysis, result


def _target(format_: str, output: str | None, bad: str, overwrite: bool) -> Destination:
    """Where it goes.  A page named by us overwrites another only if told to."""
    if output is not None or format_ != "html":
        return Destination(None if output in (None, "-") else Path(str(output)))
    return free(Path("reports") / f"{stem(bad)}-compared.{SUFFIXES['html']}", overwrite=overwrite)


def _write(text: str, place: Destination) -> None:
    if place.path is None:
        click.echo(text, nl=False)
        return
    save(place.path, [text], make_folder=True)
    say(place.told)
