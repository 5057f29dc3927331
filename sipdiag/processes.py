"""The same work shared by several processes, or done in this one.

Processes are forked, so that they begin with everything that was read; where that is not safe they are
spawned, and what they work on is pickled.  What they answer is pickled either way.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

W = TypeVar("W")
P = ParamSpec("P")
R = TypeVar("R")
Work = Callable[["Connection"], None]
"""The work of a process, given its end of a pipe."""


class WorkerLostError(Exception):
    """A process ended before its work did."""


def can_fork() -> bool:
    """Whether forking workers is safe here (macOS system libraries are not fork-safe)."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def limit_itself(**most: int) -> None:
    """Limit what this process may use, by the names of :mod:`resource`: ``AS`` (bytes), ``CPU`` (s), ``FSIZE`` (bytes).

    A limit that the system does not know (Windows) or refuses (macOS, of memory) is not set.
    """
    try:
        import resource
    except ImportError:
        return
    for name, value in most.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


class Process(Protocol):
    """Another process, and our end of the pipe to it."""

    pipe: Connection

    def kill(self) -> None:
        """End it at once."""

    def wait(self) -> None:
        """Wait until it has ended."""


def start(work: Work, others: Iterable[Process] = ()) -> Process:
    """Start a process that does ``work``, which is pickled where processes cannot be forked.

    ``others`` already run: a forked process would hold our ends of their pipes open.
    """
    return _Forked(work, [other.pipe for other in others]) if can_fork() else _Spawned(work)


class Crew(Generic[W]):
    """Workers 0 to ``jobs`` - 1, made by ``hire``: the first in this process, every other in its own."""

    def __init__(self, hire: Callable[[int], W], jobs: int) -> None:
        self._others: list[Process] = []
        self._frozen = jobs > 1
        if self._frozen:
            # What was read does not change, so no process needs to collect garbage in it.
            gc.freeze()
        for index in range(1, jobs):
            self._others.append(start(partial(_serve, hire, index), self._others))
        self._own = hire(0)

    def __enter__(self) -> Crew[W]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for other in self._others:
            other.pipe.close()
            if error is not None:
                other.kill()
        for other in self._others:
            other.wait()
        if self._frozen:
            gc.unfreeze()

    def all(self, step: Callable[Concatenate[W, P], R], *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """The answers of all workers to the same question."""
        return self._ask(step, [args] * (len(self._others) + 1), kwargs)

    def each(self, step: Callable[..., R], given: Sequence[tuple[Any, ...]]) -> list[R]:
        """The answers of all workers, each given arguments of its own."""
        return self._ask(step, given, {})

    def _ask(
        self, step: Callable[..., R], given: Sequence[tuple[Any, ...]], kwargs: dict[str, Any]
    ) -> list[R]:
        try:
            for other, args in zip(self._others, given[1:], strict=True):
                other.pipe.send((step, args, kwargs))
            answers = [step(self._own, *given[0], **kwargs)]
            answers += [other.pipe.recv() for other in self._others]
        except (EOFError, OSError) as error:
            raise WorkerLostError from error
        return answers


def _serve(hire: Callable[[int], object], index: int, pipe: Connection) -> None:
    worker = hire(index)
    while True:
        step, args, kwargs = pipe.recv()
        pipe.send(step(worker, *args, **kwargs))


class _Forked:
    """A process that begins as a copy of this one."""

    def __init__(self, work: Work, inherited: Iterable[Connection]) -> None:
        from multiprocessing import Pipe

        self.pipe, theirs = Pipe()
        # An interrupt goes to the parent, which then ends its children.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if _in_main_thread() else None
        self._id = os.fork()
        if not self._id:
            try:
                for pipe in (self.pipe, *inherited):
                    pipe.close()
            finally:
                _do(work, theirs)
        if before is not None:
            signal.signal(signal.SIGINT, before)
        theirs.close()

    def kill(self) -> None:
        os.kill(self._id, signal.SIGKILL)

    def wait(self) -> None:
        os.waitpid(self._id, 0)


class _Spawned:
    """A spawned process: it starts from nothing."""

    def __init__(self, work: Work) -> None:
        from multiprocessing import get_context

        spawning = get_context("spawn")
        self.pipe, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_do_spawned, args=(work, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> None:
        self._process.join()


def _do(work: Work, pipe: Connection) -> None:
    """Do the work of a process, which ends with it."""
    try:
        work(pipe)
    except (EOFError, OSError):
        pass
    finally:
        # Whatever happens, nothing that belongs to the parent may be closed, flushed or printed here.
        os._exit(0)


def _do_spawned(work: Work, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _do(work, pipe)


def _in_main_thread() -> bool:
    """Signal handlers can only be set on the main thread."""
    return threading.current_thread() is threading.main_thread()
