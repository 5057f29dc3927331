"""The same work shared by several processes, or done in this one.

Processes are forked, so that they begin with everything that was read; where the system cannot fork
there is one.  What they answer is pickled.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

W = TypeVar("W")
P = ParamSpec("P")
R = TypeVar("R")


class WorkerLostError(Exception):
    """A process ended before its work did."""


def can_fork() -> bool:
    """Whether several processes can be had here; the libraries of macOS do not survive a fork."""
    return hasattr(os, "fork") and sys.platform != "darwin"


class Crew(Generic[W]):
    """Workers 0 to ``jobs`` - 1, made by ``hire``: the first in this process, the others in forked ones."""

    def __init__(self, hire: Callable[[int], W], jobs: int) -> None:
        self._hands: list[tuple[int, Connection]] = []
        # What was read does not change: no process need look for garbage in it.
        gc.freeze()
        for index in range(1, jobs):
            self._hands.append(fork(partial(_serve, hire, index), [pipe for _, pipe in self._hands]))
        self._own = hire(0)

    def __enter__(self) -> Crew[W]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process, pipe in self._hands:
            pipe.close()
            if error is not None:
                os.kill(process, signal.SIGKILL)
        for process, _ in self._hands:
            os.waitpid(process, 0)
        gc.unfreeze()

    def all(self, step: Callable[Concatenate[W, P], R], *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """The answers of all workers to the same question."""
        return self._ask(step, [args] * (len(self._hands) + 1), kwargs)

    def each(self, step: Callable[..., R], given: Sequence[tuple[Any, ...]]) -> list[R]:
        """The answers of all workers, each given arguments of its own."""
        return self._ask(step, given, {})

    def _ask(
        self, step: Callable[..., R], given: Sequence[tuple[Any, ...]], kwargs: dict[str, Any]
    ) -> list[R]:
        try:
            for (_, pipe), args in zip(self._hands, given[1:], strict=True):
                pipe.send((step.__name__, args, kwargs))
            answers = [step(self._own, *given[0], **kwargs)]
            answers += [pipe.recv() for _, pipe in self._hands]
        except (EOFError, OSError) as error:
            raise WorkerLostError from error
        return answers


def fork(work: Callable[[Connection], None], inherited: Iterable[Connection] = ()) -> tuple[int, Connection]:
    """Start a process that does ``work`` with its end of a pipe; returns the process and our end.

    ``inherited``: our ends of the pipes to others, which it has no business with.  An interrupt is for
    whoever started it, who ends it then.
    """
    from multiprocessing import Pipe

    ours, theirs = Pipe()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if _in_main_thread() else None
    process = os.fork()
    if process:
        if before is not None:
            signal.signal(signal.SIGINT, before)
        theirs.close()
        return process, ours
    try:
        for pipe in (ours, *inherited):
            pipe.close()
        work(theirs)
    except (EOFError, OSError):
        pass
    finally:
        # Whatever happens, nothing of the parent's is to be closed, flushed or printed here.
        os._exit(0)


def _in_main_thread() -> bool:
    """Elsewhere signals arrive at none of ours, and cannot be set."""
    return threading.current_thread() is threading.main_thread()


def _serve(hire: Callable[[int], object], index: int, pipe: Connection) -> None:
    worker = hire(index)
    while True:
        name, args, kwargs = pipe.recv()
        pipe.send(getattr(worker, name)(*args, **kwargs))
