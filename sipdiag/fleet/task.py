"""One input from its files to its parts and its entry: what each process does, on one machine or many.

The functions here are importable by name: a cluster that ships a function by value would load the rules
anew for every task.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

from msgspec import Raw, Struct, field

from sipdiag import __version__
from sipdiag.capture.payload import CaptureError
from sipdiag.context.error import ContextError
from sipdiag.fleet import journal
from sipdiag.fleet.fetch import Files
from sipdiag.fleet.journal import Row, Rows
from sipdiag.fleet.manifest import Entry, Provenance
from sipdiag.fleet.ring import call_ids, counts, going_on
from sipdiag.fleet.rows import VERSION, rows_of, rows_of_no_call, time_of
from sipdiag.pipeline.opened import Opened
from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import Rulebook, Settings, load_rulebook
from sipdiag.redaction.reading import Redaction

LONGEST_REASON = 300
"""Characters of an error that the manifest keeps."""
ALWAYS_READ = 2
"""Files of a ring that are read in any case: the one at hand, and the next."""
CALLS_OF_A_PIECE = 100
"""Calls whose rows are held at once."""


class Options(Struct, frozen=True):
    """What is asked of every input alike."""

    dataset: str
    rule_dirs: tuple[str, ...] = ()
    expect: str | None = None
    context: tuple[str, ...] = ()
    key: bytes | None = None
    """Redact with this key; None: do not."""
    messages: bool = False
    """Write the table of messages too."""


class Task(Struct, frozen=True):
    """One input."""

    input: str
    """Its name in the dataset: the digest of its first file."""
    name: str
    """The name of its file below the source, as outputs show it."""
    paths: tuple[str, ...]
    """Its files, or URLs; of a ring one file and the next."""
    contents: tuple[str, ...]
    """Their digests."""
    judged: Provenance
    options: Options
    first: bool = True
    """No file of the ring comes before it."""
    size: int = 0
    """Bytes of all files."""

    @property
    def alone(self) -> bool:
        """It is of no ring, or nothing comes before or after it."""
        return self.first and len(self.paths) == 1


class _Told(Struct):
    """What an input gives."""

    read: int
    """Files that were read for it, from the first."""
    looked_at: int = 0
    """Files that were searched for what goes on."""
    open: bool = False
    """A call of it has not ended in any of them."""
    calls: int = 0
    pieces: list[Raw] = field(default_factory=list)
    """Rows, as they are written."""


@cache
def rulebook_of(rule_dirs: tuple[str, ...]) -> Rulebook:
    """Rules and provider tables, loaded once in a process."""
    return load_rulebook([Path(folder) for folder in rule_dirs])


def do(task: Task) -> Entry:
    """Analyse one input and write what it gives; an input that cannot be read is failed, and says why."""
    begin = time.perf_counter()
    with Files(task.paths) as files:
        try:
            told = _told(task, files)
        except (CaptureError, ContextError) as error:
            return fail(task, _said(task, files, error))
        except Exception as error:
            # Whatever it is, a fault of ours in one of fifty thousand inputs must not cost the others.
            return fail(task, _of_ours(task, error))
    return _keep(task, told, seconds=time.perf_counter() - begin)


def do_all(tasks: Sequence[Task]) -> list[Entry]:
    """Several inputs one after the other."""
    return [do(task) for task in tasks]


def fail(task: Task, reason: str) -> Entry:
    """Write down that an input could not be analysed; the dataset has a row of it and nothing else."""
    reason = reason[:LONGEST_REASON]
    row: Row = {"name": _name(task), "status": "failed", "reason": reason, "first": None}
    told = _Told(read=len(task.paths), looked_at=len(task.paths))
    told.pieces.append(journal.piece(_origin(task), {"inputs": [row]}))
    return _keep(task, told, reason)


def _said(task: Task, files: Files, error: Exception) -> str:
    """What is wrong with an input, by the names that it has in the dataset."""
    text = files.as_named(str(error))
    for path in sorted(task.paths, key=len, reverse=True):
        text = text.replace(path, _name(task) if path == task.paths[0] else "the next file of the ring")
    return text


def _of_ours(task: Task, error: Exception) -> str:
    """What failed in sipdiag itself, and where; its text may quote the input, and is left out of a redacted dataset."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    said = f": {error}" if task.options.key is None else ""
    return f"sipdiag itself failed ({Path(at.filename).name}, line {at.lineno}): {type(error).__name__}{said}"


def _told(task: Task, files: Files) -> _Told:
    """What there is to tell of an input; of a ring, from as many files as the calls that begin in the first need."""
    told = _Told(read=min(len(files), ALWAYS_READ))
    while True:
        told.looked_at = told.read
        paths = files.first(told.read)
        redaction = Redaction(task.options.key) if task.options.key is not None else None
        with Opened(paths, _settings(task, redaction)) as opened:
            ongoing = _tell(task, opened, told)
        if not ongoing or task.alone:
            return told
        told.open = True
        if told.read == len(files):
            return told
        told.looked_at = len(files)
        last = _last_mentioned(task, files, told.read, ongoing, redaction)
        if last is None:
            return told
        told = _Told(read=last)


def _settings(task: Task, redaction: Redaction | None) -> Settings:
    options = task.options
    return Settings(
        expect=options.expect,
        rulebook=rulebook_of(options.rule_dirs),
        redaction=redaction,
        bounded=True,
        context=options.context,
    )


def _last_mentioned(
    task: Task, files: Files, read: int, ongoing: Collection[str], redaction: Redaction | None
) -> int | None:
    """How many files there are up to the last that mentions one of these Call-IDs; None where no further one does."""
    paths = files.first(len(files))
    for place in range(len(paths) - 1, read - 1, -1):
        mentioned = call_ids(paths[place], task.contents[place])
        if redaction is not None:
            mentioned = [redaction.term(one) for one in mentioned]
        if not set(mentioned).isdisjoint(ongoing):
            return place + 1
    return None


def _tell(task: Task, opened: Opened, told: _Told) -> set[str]:
    """Add the rows of an analysis; returns the Call-IDs of the calls that go on at its end."""
    origin, messages = _origin(task), task.options.messages
    ongoing: set[str] = set()
    rows: Rows = defaultdict(list)
    for call in opened.in_full():
        if not task.alone and not counts(call, begins=task.first):
            continue
        ongoing |= going_on(call)
        told.calls += 1
        rows_of(call, rows, messages=messages)
        if len(rows["calls"]) == CALLS_OF_A_PIECE:
            told.pieces.append(journal.piece(origin, rows))
            rows.clear()
    rows_of_no_call(opened.analysis, rows)
    rows["inputs"].append(_input_row(task, opened.analysis))
    told.pieces.append(journal.piece(origin, rows))
    return ongoing


def _input_row(task: Task, analysis: Analysis) -> Row:
    frames = analysis.accounting
    return {
        "name": _name(task),
        "status": "ok",
        "reason": None,
        "frames": frames.seen,
        "sip": frames.sip,
        "rtp": frames.rtp,
        "undecoded": sum(frames.undecoded.values()),
        "warnings": len(analysis.notes),
        "sip_messages": analysis.sip_messages,
        "first": time_of(frames.first_ns),
        "last": time_of(frames.last_ns),
    }


def _origin(task: Task) -> Row:
    return {"input": task.input, "schema": VERSION, "tool": __version__, "rules": task.judged.rules}


def _name(task: Task) -> str:
    """A redacted dataset does not say how a file was called."""
    return task.name if task.options.key is None else f"input-{task.input[:12]}"


def _keep(task: Task, told: _Told, reason: str = "", seconds: float = 0.0) -> Entry:
    shown = task.options.key is None
    entry = Entry(
        input=task.input,
        names=task.paths[: told.read] if shown else (),
        contents=task.contents[: told.looked_at],
        judged=task.judged,
        status="failed" if reason else "ok",
        reason=reason,
        expect=task.options.expect,
        context=task.options.context if shown else (),
        open=told.open,
        calls=told.calls,
        seconds=round(seconds, 3),
        rss_mb=peak_mb(),
        at_ns=time.time_ns(),
    )
    journal.append(Path(task.options.dataset), entry, told.pieces)
    return entry


def peak_mb() -> int:
    """Most memory this process has used, MiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak // 1024 if sys.platform != "darwin" else peak // 1024**2)
