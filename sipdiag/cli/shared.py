"""What several commands share: their options, running the pipeline, complaining in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from sipdiag.cli import streams

if TYPE_CHECKING:
    from sipdiag.capture.engine import Engine
    from sipdiag.capture.payload import CaptureError
    from sipdiag.cli.progress import Bar
    from sipdiag.pipeline.results import Analysis
    from sipdiag.redaction.reading import Redaction
    from sipdiag.rules.catalogue import Catalogue

FAILED, UNUSABLE = 1, 2
"""Exit status: findings at or above ``--fail-on``; input or usage that cannot be worked with."""
INTERRUPTED, TERMINATED = 130, 143
"""Exit status of whoever ends by SIGINT or SIGTERM, as shells count it."""

_FEW = 3
"""Captures that a hint names."""

F = TypeVar("F", bound=Callable[..., Any])


def captures_argument(function: F) -> F:
    """One or more captures or text logs, ``-`` for standard input."""
    return click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...", callback=_names_given)(
        function
    )


def _names_given(
    context: click.Context, argument: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    if not all(names):
        raise click.BadParameter("the name of a capture is empty")
    return names


def _folders_given(
    context: click.Context, option: click.Parameter, folders: tuple[Path, ...]
) -> tuple[Path, ...]:
    for folder in folders:
        if not folder.is_dir():
            raise click.ClickException(f"{folder}: --rules expects a folder with rules, found none")
    return folders


def rules_option(function: F) -> F:
    """``--rules DIR``, repeatable."""
    return click.option(
        "--rules",
        "rule_dirs",
        multiple=True,
        type=click.Path(path_type=Path),
        callback=_folders_given,
        metavar="DIR",
        help="Also use the rules and providers in DIR (repeatable); the same id replaces a built-in one.",
    )(function)


_READING: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--engine",
        type=click.Choice(["auto", "native", "tshark"]),
        default="auto",
        show_default=True,
        help="What decodes the capture; auto asks tshark for what only it can decrypt.",
    ),
    click.option(
        "--keylog",
        metavar="FILE",
        help="TLS keys (SSLKEYLOGFILE) to decrypt SIP with; needs tshark. Keys inside a pcapng file need no option.",
    ),
    click.option(
        "--log-format",
        metavar="NAME",
        help="Take text logs for this format; default: recognised. 'sipdiag doctor FILE' says as what.",
    ),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Worker processes for large captures (default: one per core).",
    ),
)


def reading_options(function: F) -> F:
    """The options that say how captures are decoded."""
    for option in reversed(_READING):
        function = option(function)
    return function


_REDACTION: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--redact",
        is_flag=True,
        help="Replace numbers, names, hosts and ids with pseudonyms in every output.",
    ),
    click.option(
        "--redact-map",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Redact, and save the mapping from originals to pseudonyms to FILE (readable only by you).",
    ),
)


def redaction_options(function: F) -> F:
    """The options that say whether outputs may name anybody."""
    for option in reversed(_REDACTION):
        function = option(function)
    return function


_SELECTION: tuple[Callable[[Any], Any], ...] = (
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
        "--context",
        "context",
        multiple=True,
        metavar="FILE|FOLDER|ROLE=FILE",
        help="Configuration or event records beside the capture (repeatable); a folder NAME.context is read by itself.",
    ),
    rules_option,
    click.option("--no-builtin-rules", is_flag=True, help="Use only the rules from --rules."),
    *_READING,
)


def judging_options(function: F) -> F:
    """The options that say what is judged, by which rules, and how it is decoded."""
    for option in reversed(_SELECTION):
        function = option(function)
    return function


def selection_options(function: F) -> F:
    """The options that say what is judged, and what may be shown."""
    return judging_options(redaction_options(function))


def digits_option(function: F) -> F:
    """``--show-digits``."""
    return click.option(
        "--show-digits",
        is_flag=True,
        help="Show the digits dialled during the call (DTMF); they are masked otherwise.",
    )(function)


def us_option(function: F) -> F:
    """``--us``."""
    return click.option(
        "--us",
        multiple=True,
        metavar="NAME|CIDR",
        help="We are NAME, or have these addresses (repeatable): what we have to do is a to-do list, not a message.",
    )(function)


class Selection(NamedTuple):
    """What :func:`selection_options`, :func:`digits_option` and :func:`us_option` gave."""

    call_filter: str | None = None
    expect: str | None = None
    rule_dirs: tuple[Path, ...] = ()
    no_builtin_rules: bool = False
    engine: Engine = "auto"
    keylog: str | None = None
    log_format: str | None = None
    jobs: int | None = None
    redact: bool = False
    redact_map: Path | None = None
    show_digits: bool = False
    context: tuple[str, ...] = ()
    us: tuple[str, ...] = ()

    def names(self, captures: Sequence[str]) -> list[str]:
        """The names that the inputs have in outputs."""
        return shown_names(captures, redacted=self.redact or self.redact_map is not None)


def shown_names(captures: Sequence[str], *, redacted: bool) -> list[str]:
    """The names that inputs have in outputs: numbers in redacted ones."""
    if not redacted:
        from sipdiag.report.text import file_text

        return [file_text(capture) for capture in captures]
    from sipdiag.redaction.reading import file_name

    return [file_name(number) for number in range(1, len(captures) + 1)]


def new_redaction(redact: bool, redact_map: Path | None) -> Redaction | None:
    """The redaction that was asked for; None if none was."""
    if not redact and redact_map is None:
        return None
    from sipdiag.redaction.reading import Redaction

    return Redaction()


def save_map(redaction: Redaction | None, path: Path | None) -> None:
    """Write the mapping, where that was asked for."""
    if redaction is None or path is None:
        return
    try:
        redaction.save(path)
    except OSError as error:
        raise click.ClickException(
            f"{path}: cannot be written ({error.strerror}); name another place with --redact-map"
        ) from None


def run_analysis(
    captures: Sequence[str],
    selection: Selection,
    redaction: Redaction | None = None,
    *,
    bounded: bool = True,
    call_option: str = "--call",
) -> tuple[Analysis, list[CaptureError]]:
    """The pipeline over ``captures``; what cannot be worked with ends in one line and status 2.

    A ``redaction`` that several analyses share stands in place of one of their own.  ``bounded``: of many
    calls only the worst are kept in detail.  ``call_option`` is the one that selected calls.
    """
    from msgspec.structs import replace

    from sipdiag.capture.engine import Choice
    from sipdiag.capture.payload import CaptureError
    from sipdiag.context.documents import ContextError
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.pipeline.run import analyze
    from sipdiag.rules.problem import RuleError

    redaction = redaction or new_redaction(selection.redact, selection.redact_map)
    try:
        analysis, errors = analyze(
            captures,
            expect=selection.expect,
            call_filter=selection.call_filter,
            rule_dirs=selection.rule_dirs,
            builtin_rules=not selection.no_builtin_rules,
            choice=Choice(selection.engine, selection.keylog, selection.log_format),
            on_progress=progress(),
            redaction=redaction,
            bounded=bounded,
            jobs=selection.jobs or cores(),
            context=selection.context,
        )
    except (CaptureError, ContextError, RuleError, YamlError) as error:
        raise click.ClickException(str(error)) from None
    if selection.call_filter is not None and not analysis.calls:
        complain(errors)
        raise click.ClickException(_nothing_selected(captures, call_option, selection.call_filter))
    analysis = replace(analysis, show_digits=selection.show_digits, us=selection.us)
    complain(errors)
    save_map(redaction, selection.redact_map)
    return analysis, errors


def _nothing_selected(captures: Sequence[str], option: str, call_filter: str) -> str:
    places = " ".join(captures[:_FEW]) + (" …" if len(captures) > _FEW else "")
    return f"{places}: no call matches {option} {call_filter!r}; 'sipdiag calls {places}' lists the calls"


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load_rules(rule_dirs: Sequence[Path]) -> Catalogue:
    """The rules alone."""
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.pipeline.run import load_catalogue
    from sipdiag.rules.problem import RuleError

    try:
        return load_catalogue(rule_dirs)[0]
    except (RuleError, YamlError) as error:
        raise click.ClickException(str(error)) from None


def complain(errors: Sequence[CaptureError]) -> int:
    """One line on stderr for each file that could not be read; the exit status."""
    for error in errors:
        streams.complain(f"Error: {error}")
    return UNUSABLE if errors else 0


def width() -> int:
    """Columns of the terminal, within what reads well."""
    import shutil

    return min(120, max(60, shutil.get_terminal_size((100, 24)).columns))


def color() -> bool:
    """Colour only on a terminal, and never against NO_COLOR."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def progress() -> Bar | None:
    """A progress bar on stderr for what takes over about a second; None where nobody watches."""
    if not sys.stderr.isatty():
        return None
    from sipdiag.cli.progress import Bar

    return Bar()
