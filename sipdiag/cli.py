"""The command line: options in, one function called, text out.

Heavy modules are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from sipdiag import __version__

if TYPE_CHECKING:
    from sipdiag.capture.payload import CaptureError
    from sipdiag.progress import Bar
    from sipdiag.results import Analysis, CallResult
    from sipdiag.rules.catalogue import Catalogue

FORMATS = ("html", "json", "markdown", "text")
SUFFIXES = {"html": "html", "json": "json", "markdown": "md", "text": "txt"}
CAPTURE_SUFFIXES = frozenset({".pcap", ".pcapng", ".cap", ".dmp", ".gz", ".zst", ".xz", ".bz2"})
FAILED, UNUSABLE = 1, 2
"""Exit status: findings at or above ``--fail-on``; input or usage that cannot be worked with."""

F = TypeVar("F", bound=Callable[..., object])


def main() -> NoReturn:
    """Entry point of the console script."""
    try:
        status = cli.main(standalone_mode=False) or 0
        sys.stdout.flush()
    except click.exceptions.Abort:
        status = UNUSABLE
    except click.ClickException as error:
        error.show()
        status = UNUSABLE
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may be written to that pipe any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sipdiag")
def cli() -> None:
    """Tells from a capture why a SIP call or transfer failed, who has to act, and how to fix it."""


def _captures(function: F) -> F:
    return click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")(function)


def _selection(function: F) -> F:
    options = (
        click.option(
            "--call",
            "call_filter",
            metavar="TEXT",
            help="Only calls whose Call-ID, number or provider call SID contains TEXT.",
        ),
        click.option(
            "--expect",
            type=click.Choice(["transfer", "refer", "answer"]),
            help="What should have happened: a transfer of any kind, one by REFER, or an answer.",
        ),
        click.option(
            "--rules",
            "rule_dirs",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="More rules and providers (repeatable; the same id replaces).",
        ),
        click.option("--no-builtin-rules", is_flag=True, help="Only the rules of --rules."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@cli.command()
@_captures
@click.option(
    "-f", "--format", "formats", multiple=True, type=click.Choice(FORMATS), help="Repeatable; default html."
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="A file for one format, a folder for several; '-' is stdout. Default reports/<capture>.html.",
)
@_selection
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="never",
    show_default=True,
    help="Exit with status 1 on such a finding.",
)
@click.option("--open", "open_report", is_flag=True, help="Open the HTML report in the browser.")
def analyze(
    captures: tuple[str, ...],
    formats: tuple[str, ...],
    output: str | None,
    call_filter: str | None,
    expect: str | None,
    rule_dirs: tuple[Path, ...],
    no_builtin_rules: bool,
    fail_on: str,
    open_report: bool,
) -> int:
    """Find out what went wrong in CAPTURE... (several files are one trace) and write the report."""
    formats = tuple(dict.fromkeys(formats)) or ("html",)
    _check_output(formats, output)
    analysis, errors = _analyze(captures, call_filter, expect, rule_dirs, builtin=not no_builtin_rules)
    written = [_write(name, analysis, _target(name, formats, output, captures)) for name in formats]
    if output != "-":
        from sipdiag.report import terminal

        click.echo(terminal.render(analysis, width=_width(), color=_color()), nl=False)
        for path in written:
            click.echo(f"Report: {path}")
    if open_report and "html" in formats and output != "-":
        click.launch(str(written[formats.index("html")]))
    return UNUSABLE if errors else _verdict_status(analysis, fail_on)


def _verdict_status(analysis: Analysis, fail_on: str) -> int:
    if fail_on == "never":
        return 0
    from sipdiag.rules.finding import Severity

    findings = [*analysis.findings, *(finding for call in analysis.calls for finding in call.findings)]
    return FAILED if any(finding.severity >= Severity[fail_on] for finding in findings) else 0


@cli.command()
@_captures
@_selection
def calls(
    captures: tuple[str, ...],
    call_filter: str | None,
    expect: str | None,
    rule_dirs: tuple[Path, ...],
    no_builtin_rules: bool,
) -> int:
    """One line a call: time, from → to, outcome, root cause."""
    from sipdiag.report import terminal

    analysis, errors = _analyze(captures, call_filter, expect, rule_dirs, builtin=not no_builtin_rules)
    click.echo(terminal.render_calls(analysis, width=_width(), color=_color()), nl=False)
    return UNUSABLE if errors else 0


@cli.command()
@_captures
@_selection
def show(
    captures: tuple[str, ...],
    call_filter: str | None,
    expect: str | None,
    rule_dirs: tuple[Path, ...],
    no_builtin_rules: bool,
) -> int:
    """Ladder and messages of one call (--call) in the terminal."""
    from sipdiag.report import terminal

    analysis, errors = _analyze(captures, call_filter, expect, rule_dirs, builtin=not no_builtin_rules)
    result = _the_call(analysis, call_filter)
    click.echo(terminal.render_call(analysis, result, width=_width(), color=_color()), nl=False)
    return UNUSABLE if errors else 0


def _the_call(analysis: Analysis, call_filter: str | None) -> CallResult:
    if not analysis.calls:
        wanted = f" that matches {call_filter!r}" if call_filter else ""
        raise click.ClickException(f"the capture holds no call{wanted}; 'sipdiag calls' lists them")
    if len(analysis.calls) == 1:
        return analysis.calls[0]
    ids = ", ".join(result.call.id for result in analysis.calls[:10])
    raise click.ClickException(
        f"{len(analysis.calls)} calls match; name one with --call (Call-ID, number, SID, or its id: {ids} …)"
    )


@cli.command()
@_captures
@click.option(
    "-f", "--format", "format_", type=click.Choice(["tsv", "json"]), default="tsv", show_default=True
)
def messages(captures: tuple[str, ...], format_: str) -> int:
    """Every SIP message, whether it belongs to a call or not, in the order of time."""
    from sipdiag.analysis import read_messages
    from sipdiag.capture.payload import CaptureError
    from sipdiag.report.messagelist import json_lines, tsv_lines

    try:
        reading = read_messages(captures, on_progress=_progress())
    except CaptureError as error:
        raise click.ClickException(str(error)) from None
    lines = tsv_lines if format_ == "tsv" else json_lines
    for line in lines(reading.messages, list(captures)):
        sys.stdout.write(line)
    return _complain(reading.errors)


@cli.group()
def rules() -> None:
    """The rules: what there is, what one says, whether yours are sound."""


@rules.command("list")
@click.option("--rules", "rule_dirs", multiple=True, type=click.Path(path_type=Path), metavar="DIR")
def rules_list(rule_dirs: tuple[Path, ...]) -> None:
    """All rules: id, severity, subject, title."""
    from sipdiag.rules.catalogue_text import rows

    table = rows(_catalogue(rule_dirs))
    widths = [max(len(str(row[column])) for row in table) for column in range(3)] if table else []
    for row in table:
        first = "  ".join(str(row[column]).ljust(width) for column, width in enumerate(widths))
        click.echo(f"{first}  {row[3]}")


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@click.option("--rules", "rule_dirs", multiple=True, type=click.Path(path_type=Path), metavar="DIR")
def rules_show(rule_id: str, rule_dirs: tuple[Path, ...]) -> None:
    """One rule in full."""
    from sipdiag.rules.catalogue_text import show as show_rule
    from sipdiag.rules.problem import did_you_mean

    catalogue = _catalogue(rule_dirs)
    rule = catalogue.rules.get(rule_id)
    if rule is None:
        raise click.ClickException(
            f"there is no rule {rule_id}. {did_you_mean(rule_id, catalogue.rules)}".rstrip()
        )
    click.echo(show_rule(rule))


@rules.command("check")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def rules_check(folder: Path) -> int:
    """Check the rule and provider files below DIR in full."""
    from sipdiag.facts.table import EVIDENCE, FACTS
    from sipdiag.rules.catalogue_text import check

    if not folder.is_dir():
        raise click.ClickException(f"{folder}: expected a folder of rules, found none")
    report = check(folder, FACTS, EVIDENCE)
    for problem in report.problems:
        click.echo(str(problem), err=True)
    for note in report.notes:
        click.echo(note)
    if report.problems:
        return UNUSABLE
    click.echo(f"{report.rules} rules are sound.")
    return 0


@cli.command()
def doctor() -> None:
    """What is installed: tshark, scapy, rules."""
    from sipdiag.doctor import report

    for line in report():
        click.echo(line)


# -- shared by the commands --------------------------------------------------------------------


def _analyze(
    captures: Sequence[str],
    call_filter: str | None,
    expect: str | None,
    rule_dirs: Sequence[Path],
    *,
    builtin: bool,
) -> tuple[Analysis, list[CaptureError]]:
    from sipdiag.analysis import analyze as run
    from sipdiag.capture.payload import CaptureError
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.rules.problem import RuleError

    _check_rule_dirs(rule_dirs)
    try:
        analysis, errors = run(
            captures,
            expect=expect,
            call_filter=call_filter,
            rule_dirs=rule_dirs,
            builtin_rules=builtin,
            on_progress=_progress(),
        )
    except (CaptureError, RuleError, YamlError) as error:
        raise click.ClickException(str(error)) from None
    _complain(errors)
    return analysis, errors


def _check_rule_dirs(rule_dirs: Sequence[Path]) -> None:
    for folder in rule_dirs:
        if not folder.is_dir():
            raise click.ClickException(f"{folder}: --rules expects a folder with rules, found none")


def _catalogue(rule_dirs: Sequence[Path]) -> Catalogue:
    from sipdiag.analysis import load_catalogue
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.rules.problem import RuleError

    _check_rule_dirs(rule_dirs)
    try:
        return load_catalogue(rule_dirs)[0]
    except (RuleError, YamlError) as error:
        raise click.ClickException(str(error)) from None


def _complain(errors: Sequence[CaptureError]) -> int:
    for error in errors:
        click.echo(f"Error: {error}", err=True)
    return UNUSABLE if errors else 0


def _check_output(formats: Sequence[str], output: str | None) -> None:
    if output == "-" and len(formats) > 1:
        raise click.UsageError("'-o -' takes one format; give a folder for several")
    if output not in (None, "-") and len(formats) > 1 and Path(str(output)).is_file():
        raise click.UsageError(f"{output} is a file; give a folder for several formats")


def _target(format_: str, formats: Sequence[str], output: str | None, captures: Sequence[str]) -> Path | None:
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


def stem(capture: str) -> str:
    """The file's name without its capture suffixes; ``stdin`` for a pipe."""
    if capture == "-":
        return "stdin"
    path = Path(capture)
    while path.suffix.lower() in CAPTURE_SUFFIXES and path.stem:
        path = path.with_suffix("")
    return path.name


def _write(format_: str, analysis: Analysis, path: Path | None) -> Path | None:
    text = _render(format_, analysis)
    if path is None:
        click.echo(text, nl=False)
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(
            f"{path}: cannot be written ({error.strerror}); name another place with -o"
        ) from None
    return path


def _render(format_: str, analysis: Analysis) -> str:
    if format_ == "html":
        from sipdiag.report import html

        return html.render(analysis)
    if format_ == "json":
        from sipdiag.report import json

        return json.render(analysis)
    if format_ == "markdown":
        from sipdiag.report import markdown

        return markdown.render(analysis)
    from sipdiag.report import terminal

    return terminal.render(analysis)


def _width() -> int:
    import shutil

    return min(120, max(60, shutil.get_terminal_size((100, 24)).columns))


def _color() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _progress() -> Bar | None:
    """A progress bar on stderr for what takes over about a second; None where nobody watches."""
    if not sys.stderr.isatty():
        return None
    from sipdiag.progress import Bar

    return Bar()
