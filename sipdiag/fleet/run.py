"""A run: what there is to do, who does it, and how it went."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from sipdiag import __version__, processes
from sipdiag.fleet import journal, manifest, slots, sources
from sipdiag.fleet.manifest import DatasetError, Entry, Provenance
from sipdiag.fleet.sources import Input
from sipdiag.fleet.task import ALWAYS_READ, Options, Task, do, rulebook_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Engine = Callable[[Sequence[Task]], Iterable[Entry]]
"""Does tasks in any order, each at least once, and gives their entries."""
Progress = Callable[["Tally"], None]


COMPACT_EVERY = 20_000
"""Inputs after which their rows go into Parquet, so that the spool does not grow without end."""


class Tally(Struct):
    """How a run goes."""

    inputs: int = 0
    """Of all sources, or of the shard."""
    skipped: int = 0
    """Done before, with the same result."""
    done: int = 0
    failed: int = 0
    calls: int = 0
    unread: list[str] = field(default_factory=list)
    """Of each file that could not be opened, why."""
    reasons: list[tuple[str, str]] = field(default_factory=list)
    """Of each input that failed, its name and why."""

    @property
    def left(self) -> int:
        """Inputs not yet done."""
        return self.inputs - self.skipped - self.done - self.failed


def run(
    wanted: Sequence[str],
    options: Options,
    *,
    engine: Engine | None = None,
    jobs: int = 1,
    shard: tuple[int, int] | None = None,
    rings: bool = True,
    on_progress: Progress = lambda tally: None,
) -> Tally:
    """Bring the dataset up to date with the sources ``wanted``.

    ``shard``: only this part, (index from 0, count), of the inputs.  Without an ``engine`` the inputs are done in
    ``jobs`` processes of this machine.

    :raises sipdiag.capture.payload.CaptureError: a source does not exist.
    :raises sipdiag.fleet.manifest.DatasetError: the dataset's folder holds something else, or is damaged.
    """
    dataset = Path(options.dataset)
    manifest.begin(dataset)
    inputs, unread = sources.inputs_of(wanted, rings=rings)
    if shard is not None:
        inputs = sources.shard_of(inputs, *shard)
    else:
        manifest.clean(dataset)
    alike = _alike(options)
    beside = {path: sources.beside(path) for path in {path for one in inputs for path in one.paths}}
    tasks = [_task(one, options, alike, beside) for one in inputs]
    known = manifest.compacted(dataset)
    known.update((name, entry) for name, (entry, _) in journal.newest(dataset).items())
    waiting = [task for task in tasks if not _is_done(known.get(task.input), task)]
    tally = Tally(inputs=len(tasks), skipped=len(tasks) - len(waiting), unread=unread)
    on_progress(tally)
    names = {task.input: task.name for task in waiting}
    for number, entry in enumerate((engine or _local(jobs))(waiting), 1):
        _count(tally, entry, names)
        on_progress(tally)
        if shard is None and number % COMPACT_EVERY == 0:
            _compacted(dataset)
    if shard is None:
        _compacted(dataset)
    return tally


def _local(jobs: int) -> Engine:
    return lambda tasks: slots.run(tasks, do, min(jobs, len(tasks)))


def _task(one: Input, options: Options, alike: Provenance, beside: Mapping[str, Sequence[str]]) -> Task:
    return Task(
        input=one.id,
        name=one.name,
        paths=one.paths,
        contents=one.contents,
        judged=_judged(one, alike, beside),
        options=options,
        first=one.first,
        size=one.size,
    )


def _alike(options: Options) -> Provenance:
    """By what every input is judged."""
    said = (
        options.expect,
        *(line for named in options.context for line in sources.contents_of(named)),
        options.messages,
        hashlib.sha256(options.key).hexdigest() if options.key is not None else None,
    )
    return Provenance(__version__, rulebook_of(options.rule_dirs).catalogue.digest, _digest(said))


def _judged(one: Input, alike: Provenance, beside: Mapping[str, Sequence[str]]) -> Provenance:
    """… and one of them, with the files beside it."""
    own = [line for path in one.paths for line in beside[path]]
    return replace(alike, options=_digest([alike.options, one.first, *own]))


def _digest(parts: Iterable[object]) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _is_done(entry: Entry | None, task: Task) -> bool:
    """Whether the same files would be looked at again, and judged by the same."""
    if entry is None or entry.judged != task.judged:
        return False
    needed = len(task.contents) if entry.open else min(len(task.contents), ALWAYS_READ)
    return len(entry.contents) >= needed and entry.contents == task.contents[: len(entry.contents)]


def _count(tally: Tally, entry: Entry, names: dict[str, str]) -> None:
    tally.calls += entry.calls
    if entry.status == "ok":
        tally.done += 1
    else:
        tally.failed += 1
        tally.reasons.append((names[entry.input], entry.reason))


class _Compacting(Struct, frozen=True):
    """The work of a process of its own: Arrow's threads do not survive the forks that follow."""

    dataset: Path

    def __call__(self, pipe: Connection) -> None:
        from sipdiag.fleet.compact import compact

        try:
            compact(self.dataset)
        except (DatasetError, OSError) as error:
            pipe.send(str(error))
        else:
            pipe.send(None)


def _compacted(dataset: Path) -> None:
    journal.closed()
    process = processes.start(_Compacting(dataset))
    try:
        trouble: str | None = process.pipe.recv()
    except (EOFError, OSError):
        trouble = (
            f"{dataset}: the process that writes Parquet ended without a result; is there memory enough?"
        )
    finally:
        process.wait()
    if trouble is not None:
        raise DatasetError(trouble)
