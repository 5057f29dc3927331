"""What was chosen on the command line, and the pipeline run over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from sipdiag.cli.inputs import shown, told
from sipdiag.cli.screen import cores, progress
from sipdiag.cli.status import complain

if TYPE_CHECKING:
    from datetime import tzinfo

    from sipdiag.capture.engine import Engine
    from sipdiag.capture.payload import CaptureError
    from sipdiag.cli.progress import ProgressBar
    from sipdiag.pipeline.call_filter import AddressFilter, CallFilter, Moment
    from sipdiag.pipeline.job import Lane
    from sipdiag.pipeline.results import Analysis, CallDetail
    from sipdiag.pipeline.run import Settings
    from sipdiag.redaction.reading import Redaction
    from sipdiag.rules.catalogue import Catalogue

T = TypeVar("T")
_FEW = 3
"""Captures that a hint names."""


class Selection(NamedTuple):
    """What :func:`~sipdiag.cli.options.selection_options` and the options beside them gave."""

    call_filter: str | None = None
    number: str | None = None
    place: AddressFilter | None = None
    since: str | None = None
    until: str | None = None
    zone: tzinfo | None = None
    aliases: tuple[dict[str, str], ...] = ()
    expect: str | None = None
    rule_dirs: tuple[Path, ...] = ()
    no_builtin_rules: bool = False
    engine: Engine = "auto"
    keylog: str | None = None
    log_format: str | None = None
    jobs: int | None = None
    lane: Lane = "auto"
    redact: bool = False
    redact_map: Path | None = None
    show_digits: bool = False
    context: tuple[str, ...] = ()
    us: tuple[str, ...] = ()

    @property
    def redacted(self) -> bool:
        """Whether outputs may name nobody."""
        return self.redact or self.redact_map is not None

    def names(self, captures: Sequence[str]) -> list[str]:
        """The names that the inputs have in outputs."""
        return shown_names(captures, redacted=self.redacted)

    @property
    def wanted(self) -> CallFilter | None:
        """Which calls are asked for; None: all."""
        given = (self.call_filter, self.number, self.place, self.since, self.until)
        if all(one is None for one in given):
            return None
        from sipdiag.pipeline.call_filter import CallFilter

        return CallFilter(
            self.call_filter,
            self.number,
            self.place,
            _moment(self.since, self.zone),
            _moment(self.until, self.zone),
        )

    @property
    def names_of_hosts(self) -> Mapping[str, str]:
        """What ``--alias`` calls hosts, the last file first."""
        return {address: name for names in self.aliases for address, name in names.items()}


def _moment(text: str | None, zone: tzinfo | None) -> Moment | None:
    if text is None:
        return None
    from datetime import datetime, time

    from sipdiag.pipeline.call_filter import Moment

    zone = zone or UTC
    if text[2] == ":":
        return Moment(zone, of_day=time.fromisoformat(text))
    moment = datetime.fromisoformat(text)
    return Moment(zone, moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))


def shown_names(captures: Sequence[str], *, redacted: bool) -> list[str]:
    """The names that inputs have in outputs: numbers in redacted ones."""
    if not redacted:
        from sipdiag.report.text import file_text

        return [file_text(shown(capture)) for capture in captures]
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
    redaction = redaction or new_redaction(selection.redact, selection.redact_map)
    analysis, errors = or_one_line(lambda: judged(captures, selection, redaction, bounded=bounded))
    if selection.wanted is not None and not analysis.calls:
        complain(errors)
        raise click.ClickException(nothing_selected(captures, selection, call_option))
    complain(errors)
    save_map(redaction, selection.redact_map)
    return analysis, errors


def judged(
    captures: Sequence[str], selection: Selection, redaction: Redaction | None, *, bounded: bool = True
) -> tuple[Analysis, list[CaptureError]]:
    """The pipeline alone: nothing is said of what it found, or did not; raises as it does."""
    from msgspec.structs import replace

    from sipdiag.pipeline.run import run

    show_times_in(selection.zone)
    with progress() as bar:
        analysis, errors = run(captures, settings_of(selection, redaction, bar, bounded=bounded))
    for file in analysis.files:
        file.path = shown(file.path)
    return replace(analysis, show_digits=selection.show_digits, us=selection.us), errors


def settings_of(
    selection: Selection, redaction: Redaction | None, bar: ProgressBar | None, *, bounded: bool = True
) -> Settings:
    """What the pipeline is to do."""
    from sipdiag.capture.engine import Choice
    from sipdiag.pipeline.run import Settings

    return Settings(
        expect=selection.expect,
        call_filter=selection.wanted,
        rule_dirs=selection.rule_dirs,
        builtin_rules=not selection.no_builtin_rules,
        choice=Choice(selection.engine, selection.keylog, selection.log_format),
        on_progress=bar,
        tell=bar.stage if bar is not None else None,
        redaction=redaction,
        bounded=bounded,
        jobs=selection.jobs or cores(),
        context=selection.context,
        aliases=selection.names_of_hosts,
        lane=selection.lane,
    )


def show_times_in(zone: tzinfo | None) -> None:
    """Until the command has ended, times are shown in ``zone``."""
    if zone is None:
        return
    from sipdiag.report.times import shown_in

    click.get_current_context().with_resource(shown_in(zone))


def or_one_line(work: Callable[[], T]) -> T:
    """What the work results in; what is wrong with an input, a rule or a document ends in one line."""
    from sipdiag.capture.payload import CaptureError
    from sipdiag.context.error import ContextError
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.rules.problem import RuleError

    try:
        return work()
    except (CaptureError, ContextError, RuleError, YamlError) as error:
        raise click.ClickException(told(error)) from None


def nothing_selected(captures: Sequence[str], selection: Selection, call_option: str = "--call") -> str:
    """That no call is one of those asked for, and how to see which there are."""
    places = " ".join(map(shown, captures[:_FEW])) + (" …" if len(captures) > _FEW else "")
    wanted = selection.wanted
    options = wanted.options if wanted is not None else ()
    asked = f"{call_option} {selection.call_filter!r}" if options == ("--call",) else " and ".join(options)
    return f"{places}: no call matches {asked}; 'sipdiag calls {places}' lists the calls"


def load_rules(rule_dirs: Sequence[Path]) -> Catalogue:
    """The rules alone."""
    from sipdiag.pipeline.run import load_catalogue

    return or_one_line(lambda: load_catalogue(rule_dirs)[0])


def the_call(analysis: Analysis) -> CallDetail:
    """The one call that is left; with none, or several, one line says how to name it."""
    if not analysis.calls:
        raise click.ClickException("the capture holds no call; 'sipdiag messages' lists what it holds")
    if len(analysis.calls) == 1:
        return analysis.details[0]
    ids = ", ".join(result.id for result in analysis.calls[:10])
    raise click.ClickException(
        f"{len(analysis.calls)} calls match; name one with --call (Call-ID, number, SID, or its id: {ids} …)"
    )
