"""One input from its files to its parts and its entry: what each process does, on one machine or many.

The functions here are importable by name: a cluster that ships a function by value would load the rules
anew for every task.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

from sipdiag import __version__
from sipdiag.capture.payload import CaptureError
from sipdiag.context.documents import ContextError
from sipdiag.fleet import journal
from sipdiag.fleet.fetch import local
from sipdiag.fleet.journal import Gave, Row, Rows
from sipdiag.fleet.manifest import Entry, Provenance
from sipdiag.fleet.ring import of_first_file
from sipdiag.fleet.rows import VERSION, rows_of, time_of
from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from sipdiag.redaction.reading import Redaction

LONGEST_REASON = 300
"""Characters of an error that the manifest keeps."""


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


@cache
def rulebook_of(rule_dirs: tuple[str, ...]) -> Rulebook:
    """Rules and provider tables, loaded once in a process."""
    return load_rulebook([Path(folder) for folder in rule_dirs])


def do(task: Task) -> Entry:
    """Analyse one input and write what it gives; an input that cannot be read is failed, and says why."""
    begin = time.perf_counter()
    try:
        with local(task.paths) as paths:
            analysis = _analysed(task, paths)
        rows = _rows(task, analysis)
    except (CaptureError, ContextError) as error:
        return fail(task, str(error))
    except Exception as error:
        # A fault of ours in one of fifty thousand inputs must not cost the others.
        return fail(task, f"sipdiag itself failed: {type(error).__name__}: {error}")
    return _keep(task, rows, calls=len(rows["calls"]), begin=begin)


def do_all(tasks: Sequence[Task]) -> list[Entry]:
    """Several inputs one after the other."""
    return [do(task) for task in tasks]


def fail(task: Task, reason: str) -> Entry:
    """Write down that an input could not be analysed; the dataset has a row of it and nothing else."""
    reason = reason[:LONGEST_REASON]
    row: Row = {"name": _name(task), "status": "failed", "reason": reason, "first": None}
    return _keep(task, {"inputs": [row]}, reason=reason)


def _analysed(task: Task, paths: Sequence[str]) -> Analysis:
    options = task.options
    analysis, _ = analyze(
        paths,
        expect=options.expect,
        rulebook=rulebook_of(options.rule_dirs),
        redaction=Redaction(options.key) if options.key is not None else None,
        context=options.context,
    )
    return analysis


def _rows(task: Task, analysis: Analysis) -> Rows:
    rows = rows_of(of_first_file(analysis, begins=task.first), messages=task.options.messages)
    frames = analysis.accounting
    first, last = time_of(frames.first_ns), time_of(frames.last_ns)
    rows["inputs"] = [
        {
            "name": _name(task),
            "status": "ok",
            "reason": None,
            "frames": frames.seen,
            "sip": frames.sip,
            "rtp": frames.rtp,
            "undecoded": sum(frames.undecoded.values()),
            "warnings": len(analysis.notes),
            "sip_messages": analysis.sip_messages,
            "first": first,
            "last": last,
        }
    ]
    return rows


def _name(task: Task) -> str:
    """A redacted dataset does not say how a file was called."""
    return task.name if task.options.key is None else f"input-{task.input[:12]}"


def _keep(task: Task, rows: Rows, *, calls: int = 0, reason: str = "", begin: float | None = None) -> Entry:
    entry = Entry(
        input=task.input,
        names=task.paths if task.options.key is None else (),
        contents=task.contents,
        judged=task.judged,
        status="failed" if reason else "ok",
        reason=reason,
        expect=task.options.expect,
        context=task.options.context if task.options.key is None else (),
        calls=calls,
        seconds=round(time.perf_counter() - begin, 3) if begin is not None else 0.0,
        rss_mb=peak_mb(),
        at_ns=time.time_ns(),
    )
    origin: Row = {"input": task.input, "schema": VERSION, "tool": __version__, "rules": task.judged.rules}
    journal.append(Path(task.options.dataset), entry, Gave(origin, rows))
    return entry


def peak_mb() -> int:
    """Most memory this process has used, MiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak // 1024 if os.uname().sysname != "Darwin" else peak // 1024**2)
