"""The whole pipeline as one function: captures in, verdicts out."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.capture.engine import Choice
from sipdiag.capture.names import folder_beside
from sipdiag.capture.payload import CaptureError
from sipdiag.capture.source import Progress
from sipdiag.facts.table import EVIDENCE, FACTS
from sipdiag.knowledge.providers import Providers
from sipdiag.memory import analysis_begins
from sipdiag.messages.point_notes import notes as point_notes
from sipdiag.messages.read import Reading, read_messages
from sipdiag.pipeline.call_filter import CallFilter
from sipdiag.pipeline.job import Job, Lane
from sipdiag.pipeline.lead import Tell, diagnose, silent
from sipdiag.pipeline.media import media_notes
from sipdiag.pipeline.results import Analysis
from sipdiag.processes import WorkerLostError
from sipdiag.rules.catalogue import Catalogue, catalogue_root
from sipdiag.rules.evaluate import Evaluator
from sipdiag.rules.load import load as load_rules

if TYPE_CHECKING:
    from sipdiag.context.documents import ContextSet
    from sipdiag.redaction.reading import Redaction


def load_catalogue(rule_dirs: Sequence[Path] = (), *, builtin: bool = True) -> tuple[Catalogue, Providers]:
    """The rules and provider tables of a run.

    :raises sipdiag.rules.problem.RuleError, sipdiag.knowledge.yamlfile.YamlError: a rule or provider file is broken.
    """
    return load_rules(list(rule_dirs), FACTS, EVIDENCE, builtin), load_providers(rule_dirs)


def load_providers(rule_dirs: Sequence[Path] = ()) -> Providers:
    """The provider tables alone.

    :raises sipdiag.knowledge.yamlfile.YamlError: a provider file is broken.
    """
    return Providers.load([catalogue_root(), *rule_dirs])


SHARED_FROM = 10_000
"""Messages; fewer are not worth starting another process for."""


class Rulebook(Struct, frozen=True):
    """Rules and provider tables for many analyses: loaded and compiled once."""

    catalogue: Catalogue
    providers: Providers
    evaluator: Evaluator


def load_rulebook(rule_dirs: Sequence[Path] = (), *, builtin: bool = True) -> Rulebook:
    """What :func:`analyze` takes as ``rulebook``; raises as :func:`load_catalogue` does."""
    catalogue, providers = load_catalogue(rule_dirs, builtin=builtin)
    return Rulebook(catalogue, providers, Evaluator(catalogue))


class Settings(Struct, frozen=True):
    """The options of a run: see :func:`analyze`."""

    expect: str | None = None
    call_filter: str | CallFilter | None = None
    rule_dirs: Sequence[Path] = ()
    builtin_rules: bool = True
    choice: Choice | None = None
    on_progress: Progress | None = None
    tell: Tell | None = None
    rulebook: Rulebook | None = None
    redaction: Redaction | None = None
    bounded: bool = False
    jobs: int = 1
    context: Sequence[str] = ()
    aliases: Mapping[str, str] | None = None
    lane: Lane = "auto"


def analyze(
    paths: Sequence[str],
    *,
    expect: str | None = None,
    call_filter: str | CallFilter | None = None,
    rule_dirs: Sequence[Path] = (),
    builtin_rules: bool = True,
    choice: Choice | None = None,
    on_progress: Progress | None = None,
    rulebook: Rulebook | None = None,
    redaction: Redaction | None = None,
    bounded: bool = False,
    jobs: int = 1,
    context: Sequence[str] = (),
    aliases: Mapping[str, str] | None = None,
    tell: Tell | None = None,
) -> tuple[Analysis, list[CaptureError]]:
    """Run the whole pipeline over ``paths`` taken as one trace.

    ``expect`` is ``transfer``, ``refer``, ``answer`` or None; ``call_filter`` keeps the calls that
    it describes; a text, those whose Call-ID, number or provider call id contains it.  A ``rulebook`` stands in place of ``rule_dirs`` and
    ``builtin_rules``.  With a ``redaction`` everything is judged and shown under pseudonyms, and
    ``call_filter`` is still given as the capture has it.  ``context`` names files and folders with configuration
    and events; a folder ``call.context`` beside ``call.pcap`` is read without being named.  ``bounded``: of many calls only the worst are
    kept in detail.  ``aliases``: names of hosts by address, or address and port.  ``jobs``: processes for a large capture; the result is the same.
    ``on_progress`` and ``tell`` are called while files are read and calls judged.  Returns the
    analysis and the files that could not be read while others could.

    :raises CaptureError: nothing could be read.
    :raises sipdiag.context.error.ContextError: a file of ``context`` has an unknown role.
    :raises sipdiag.rules.problem.RuleError, sipdiag.knowledge.yamlfile.YamlError: a rule or provider file is broken.
    """
    return run(
        paths,
        Settings(
            expect,
            call_filter,
            rule_dirs,
            builtin_rules,
            choice,
            on_progress,
            tell,
            rulebook,
            redaction,
            bounded,
            jobs,
            context,
            aliases,
        ),
    )


def run(paths: Sequence[str], settings: Settings) -> tuple[Analysis, list[CaptureError]]:
    """As :func:`analyze`."""
    job, errors = job_of(paths, settings)
    return _diagnosed(job, settings.tell or silent), errors


def job_of(paths: Sequence[str], settings: Settings) -> tuple[Job, list[CaptureError]]:
    """What a diagnosis is made from, and the files that could not be read; raises as :func:`analyze` does."""
    analysis_begins()
    rulebook = settings.rulebook or load_rulebook(settings.rule_dirs, builtin=settings.builtin_rules)
    reading = read_messages(
        paths, choice=settings.choice, on_progress=settings.on_progress, jobs=settings.jobs
    )
    wanted = settings.call_filter
    if isinstance(wanted, str):
        wanted = CallFilter(wanted)
    redaction = settings.redaction
    if redaction is not None:
        redaction.apply(reading, rulebook.providers)
        wanted = wanted.renamed(redaction.term) if wanted is not None else None
    beside = _context(paths, settings.context, reading, rulebook.providers, redaction)
    job = Job(
        catalogue=rulebook.catalogue,
        providers=rulebook.providers,
        evaluator=rulebook.evaluator.again(),
        accounting=reading.accounting,
        notes=reading.notes
        + point_notes(reading.points, reading.files, reading.messages)
        + media_notes(reading.media),
        messages=reading.messages,
        expect=settings.expect,
        wanted=wanted,
        media=reading.media,
        names={address: name for file in reading.files for address, name in file.names.items()},
        files=reading.files,
        points=reading.points,
        # Names given by the user would undo the pseudonyms.
        aliases=settings.aliases if settings.aliases is not None and redaction is None else {},
        bounded=settings.bounded,
        jobs=settings.jobs if len(reading.messages) >= SHARED_FROM else 1,
        context=beside,
        lane=settings.lane,
    )
    unread = [CaptureError(str(error)) for error in beside.errors] if beside is not None else []
    return job, [*reading.errors, *unread]


def _context(
    paths: Sequence[str],
    named: Sequence[str],
    reading: Reading,
    providers: Providers,
    redaction: Redaction | None,
) -> ContextSet | None:
    """The files that were named, and those in a folder beside each capture, as of the day of the first message."""
    if not named and not any(map(folder_beside, paths)):
        return None
    from sipdiag.pipeline.configuration import read_context

    wanted = [*named, *(str(folder) for path in paths if (folder := folder_beside(path)) is not None)]
    first = reading.messages[0].time_ns if reading.messages else reading.accounting.first_ns
    moment = datetime.datetime.now(datetime.UTC)
    if first is not None:
        moment = datetime.datetime.fromtimestamp(first / 1e9, datetime.UTC)
    return read_context(wanted, providers, moment.date(), redaction)


def _diagnosed(job: Job, tell: Tell) -> Analysis:
    try:
        return diagnose(job, tell)
    except WorkerLostError:
        # A process was killed, for want of memory most likely: one alone needs less.
        return diagnose(replace(job, jobs=1), tell)
