"""Which change of the code makes some test fail: tests are collected once, traced, and run again in a fork per change.

pytest collects the unit tests and the expectation files as ever.  Each is run once with a tracer that notes the
functions it calls; then every :class:`Change` is applied in a child process, which runs the tests that call a changed
function, the quickest first, until one fails.
"""

from __future__ import annotations

import ast
import functools
import gc
import hashlib
import itertools
import os
import pickle
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, settings
from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = str(ROOT / "sipdiag") + os.sep
TESTS = (
    "tests/facts",
    "tests/calls",
    "tests/media",
    "tests/pipeline",
    "tests/context",
    "tests/rules/test_edges.py",
    "tests/rules/test_files.py",
    "tests/test_lookalikes.py",
    "sample_pcaps",
)
CPU_S = 60
"""Processor time of a child: a change that makes the code loop is noticed by it."""
SLOW_S = 3.0
"""Tests that take longer are left out: they repeat what quicker ones say, over many inputs."""
MOST_S = 40.0
"""Time, as traced, of the tests that a change is held against: those of its module, then the quickest that execute it."""
_LEFT_OUT = ("tests/facts/test_table.py", "tests/calls/test_robustness.py", "tests/pipeline/test_jobs.py")
"""They take minutes, or start processes of their own."""
_EXPENSIVE = frozenset({"Rulebook", "Providers", "tuple[Catalogue, Providers]"})
"""What a cached helper of the tests returns that no change of Python code touches."""


class Change(Struct, frozen=True):
    """One change, and where it acts."""

    where: str
    """``sipdiag/facts/holds.py:40``."""
    what: str
    """``AT_ONCE_NS 1000000000 → 500000000``."""
    lines: frozenset[tuple[str, int]]
    """The lines that act differently: path from the repository's root, and number."""
    apply: Callable[[], None]
    tests: frozenset[str] = frozenset()
    """Tests to run first, whatever lines they execute: parts of their ids."""


class Held(Struct, frozen=True):
    """What became of a change."""

    change: Change
    by: str
    """The test that failed; empty where none did."""
    tests: int
    """How many tests could have failed."""


class Holder:
    """The plugin: traces the tests, then tries the changes."""

    def __init__(self, changes: Sequence[Change], jobs: int) -> None:
        self._changes = changes
        self._jobs = jobs
        self._tests: dict[tuple[str, int], set[int]] = defaultdict(set)
        self._durations: dict[int, float] = {}
        self.results: list[Held] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running the tests once."""
        items = session.items
        print(f"\n{len(items)} tests are traced …", flush=True)
        self._trace(items)
        gc.unfreeze()
        print(f"{len(self._changes)} changes are tried …", flush=True)
        for done in _forked(self._changes, lambda change: self._outcome(change, items), self._jobs):
            self.results.append(done)
            if not done.by:
                print(f"SURVIVED {done.change.where}: {done.change.what} ({done.tests} tests)", flush=True)
        return True

    def _trace(self, items: Sequence[pytest.Item]) -> None:
        cache = ROOT / "build" / f"traced-{_digest(item.nodeid for item in items)}"
        if cache.exists():
            self._tests, self._durations = pickle.loads(cache.read_bytes())
            return
        cache.parent.mkdir(exist_ok=True)
        parts = [cache.with_suffix(f".{part}") for part in range(self._jobs)]
        children = [_traced_by_child(items, part, self._jobs, file) for part, file in enumerate(parts)]
        statuses = [os.waitpid(child, 0)[1] for child in children]
        if any(statuses):
            raise pytest.UsageError("a test fails before anything was changed: run pytest")
        for file in parts:
            tests, durations = pickle.loads(file.read_bytes())
            file.unlink()
            self._durations |= durations
            for function, indices in tests.items():
                self._tests[function] |= indices
        cache.write_bytes(pickle.dumps((self._tests, self._durations)))

    def _that_execute(self, line: tuple[str, int]) -> set[int]:
        """The tests that call the function a line stands in; all that call any of its file if it stands in none."""
        file, number = line
        name = file.removeprefix("sipdiag/")
        first = max(
            (one for one in _functions(ROOT / file) if number in one), key=lambda one: one.start, default=None
        )
        if first is None:
            return set().union(*(tests for (path, _), tests in self._tests.items() if path == name))
        return self._tests.get((name, first.start), set())

    def _outcome(self, change: Change, items: Sequence[pytest.Item]) -> Held:
        """In the child: apply the change, and run what may fail of it."""
        by_line: set[int] = set().union(*map(self._that_execute, change.lines))
        named = {i for i, item in enumerate(items) if any(part in item.nodeid for part in change.tests)}
        chosen = [i for i in by_line | named if self._durations[i] < SLOW_S]
        mirrors = tuple({_mirror(file) for file, _ in change.lines})
        named |= {i for i in by_line if items[i].nodeid.startswith(mirrors)}
        chosen.sort(key=lambda i: (i not in named, self._durations[i]))
        spent = itertools.accumulate(self._durations[i] for i in chosen)
        chosen = [i for i, seconds in zip(chosen, spent, strict=True) if i in named or seconds < MOST_S]
        if not chosen:
            return Held(change, "", 0)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
        forget()
        change.apply()
        for index in chosen:
            reports = runtestprotocol(items[index], log=False, nextitem=None)
            if any(report.failed for report in reports):
                return Held(change, items[index].nodeid, len(chosen))
        return Held(change, "", len(chosen))


def _mirror(file: str) -> str:
    """Where the unit tests of a module stand."""
    folder, _, name = file.removeprefix("sipdiag/").rpartition("/")
    return f"tests/{folder}/test_{name}"


def _traced_by_child(items: Sequence[pytest.Item], part: int, parts: int, file: Path) -> int:
    """A process that runs every so many-th test, and writes down which functions each calls."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        _silence()
        tests: dict[tuple[str, int], set[int]] = {}
        durations: dict[int, float] = {}
        for index in range(part, len(items), parts):
            forget()
            seen: set[CodeType] = set()
            began = time.process_time()
            sys.settrace(_noting(seen))
            # Every fixture is set up anew, so that its functions count for each test that uses it.
            reports = runtestprotocol(items[index], log=False, nextitem=None)
            sys.settrace(None)
            durations[index] = time.process_time() - began
            if any(report.failed for report in reports):
                file.with_suffix(".failed").write_text(items[index].nodeid)
                os._exit(1)
            for code in seen:
                if code.co_filename.startswith(PACKAGE):
                    name = code.co_filename[len(PACKAGE) :]
                    tests.setdefault((name, code.co_firstlineno), set()).add(index)
        file.write_bytes(pickle.dumps((tests, durations)))
        status = 0
    finally:
        os._exit(status)


def _silence() -> None:
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)


def _noting(seen: set[CodeType]) -> Callable[[FrameType, str, Any], None]:
    """A tracer that notes every function called."""
    return lambda frame, event, argument: seen.add(frame.f_code)


@functools.cache
def _functions(path: Path) -> tuple[range, ...]:
    """The lines of each function of a file, from its first decorator on, as code objects count them."""
    return tuple(
        range(min([node.lineno, *(one.lineno for one in node.decorator_list)]), (node.end_lineno or 0) + 1)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    )


def _digest(names: Iterable[str]) -> str:
    """Of the tests and of all that decides what they execute."""
    sha = hashlib.sha256("\0".join(names).encode())
    for folder in ("sipdiag", "tests", "rules"):
        for path in sorted((ROOT / folder).rglob("*.[py]*")):
            if path.suffix in (".py", ".yaml") and path.parent != Path(__file__).parent:
                sha.update(_code(path))
    return sha.hexdigest()[:16]


def _code(path: Path) -> bytes:
    """What a file does: comments and docstrings may be reworded."""
    if path.suffix != ".py":
        return path.read_bytes()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return f"{ast.dump(tree)} {_functions(path)}".encode()


def forget() -> None:
    """Empty the caches of the tests' helpers, which would keep what the unchanged code said."""
    for wrapper in _caches():
        wrapper.cache_clear()


@functools.cache
def _caches() -> tuple[Any, ...]:
    return tuple(
        value
        for name, module in sorted(sys.modules.items())
        if name.startswith("tests.") and name != __name__
        for value in vars(module).values()
        if isinstance(value, functools._lru_cache_wrapper)
        and getattr(value, "__annotations__", {}).get("return") not in _EXPENSIVE
    )


def _forked(changes: Sequence[Change], outcome: Callable[[Change], Held], jobs: int) -> Iterator[Held]:
    """The outcomes in the order of the changes, each from a child of its own."""
    waiting = list(enumerate(changes))
    running: dict[int, tuple[int, int]] = {}
    done: dict[int, Held] = {}
    given = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            index, change = waiting.pop(0)
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                _in_child(change, outcome, writer)
            os.close(writer)
            running[child] = (index, reader)
        child, _ = os.wait()
        index, reader = running.pop(child)
        with os.fdopen(reader) as pipe:
            said = pipe.read()
        # A child that ended without a word ran out of time or crashed: its change was noticed.
        number, by = said.split(" ", 1) if said else ("1", "a child that crashed or ran out of time")
        done[index] = Held(changes[index], by, int(number))
        while given in done:
            yield done.pop(given)
            given += 1


def _in_child(change: Change, outcome: Callable[[Change], Held], writer: int) -> None:
    _silence()
    try:
        held = outcome(change)
        os.write(writer, f"{held.tests} {held.by}".encode())
    finally:
        os._exit(0)


def try_changes(changes: Sequence[Change], jobs: int) -> list[Held]:
    """What became of each change: see :class:`Holder`."""
    holder = Holder(changes, jobs)
    # Slow under the tracer, or beside other work, is no failure.
    settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("unhurried")
    ignored = [f"--ignore={ROOT / name}" for name in _LEFT_OUT]
    arguments = [
        *ignored,
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--rootdir",
        str(ROOT),
        "-c",
        str(ROOT / "pyproject.toml"),
    ]
    status = pytest.main([*arguments, *(str(ROOT / test) for test in TESTS)], plugins=[holder])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(int(status))
    return holder.results
