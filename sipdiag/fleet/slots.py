"""The slots of one machine: processes that take one input after another.

A process that dies takes one input with it and no other.  That input is tried once more at the end, alone
and under limits of memory and time; if it kills its process again, it has failed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from multiprocessing.connection import Connection, wait

from msgspec import Struct

from sipdiag import processes
from sipdiag.fleet.manifest import Entry
from sipdiag.fleet.task import Task, fail

Do = Callable[[Task], Entry]

SLOW_S = 300.0
"""Seconds that any input may take …"""
SLOW_S_PER_MIB = 2.0
"""… and for each MiB of it."""
ALONE_MB = 4096
"""Address space of a process that tries a suspect again, MiB."""
_LOOK_S = 1.0


class _Slot(Struct):
    """A process and the input it works on."""

    process: processes.Process
    task: Task
    until_s: float


def run(tasks: Sequence[Task], do: Do, slots: int, slow_s: float = SLOW_S) -> Iterator[Entry]:
    """Do all tasks in so many processes; their entries in the order in which they end."""
    suspects: list[Task] = []
    yield from _run(deque(tasks), do, slots, slow_s, suspects.append)
    for task in suspects:
        lost: list[Task] = []
        yield from _run(deque([task]), partial(_alone, do), 1, slow_s, lost.append)
        for _ in lost:
            yield fail(
                task,
                f"its process ended twice without a result, the second time alone (limit {ALONE_MB} MiB, "
                f"{_allowed(task, slow_s):.0f} s)",
            )


def _run(
    waiting: deque[Task], do: Do, slots: int, slow_s: float, lost: Callable[[Task], None]
) -> Iterator[Entry]:
    idle: list[processes.Process] = []
    busy: dict[Connection, _Slot] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < slots:
                process = (
                    idle.pop()
                    if idle
                    else processes.start(partial(_serve, do), [one.process for one in busy.values()])
                )
                task = waiting.popleft()
                process.pipe.send(task)
                busy[process.pipe] = _Slot(process, task, time.monotonic() + _allowed(task, slow_s))
            answered = wait(list(busy), timeout=_LOOK_S)
            for slot in [busy.pop(pipe) for pipe in list(busy) if pipe in answered]:
                try:
                    entry = slot.process.pipe.recv()
                except (EOFError, OSError):
                    slot.process.wait()
                    lost(slot.task)
                else:
                    idle.append(slot.process)
                    yield entry
            for slot in [one for one in busy.values() if time.monotonic() > one.until_s]:
                slot.process.kill()
                slot.until_s = float("inf")
    finally:
        for slot in busy.values():
            slot.process.kill()
        for process in (*idle, *(slot.process for slot in busy.values())):
            process.pipe.close()
            process.wait()


def _allowed(task: Task, slow_s: float) -> float:
    return slow_s + SLOW_S_PER_MIB * task.size / 2**20


def _serve(do: Do, pipe: Connection) -> None:
    while True:
        pipe.send(do(pipe.recv()))


def _alone(do: Do, task: Task) -> Entry:
    """Where the system knows limits, memory has one."""
    try:
        import resource
    except ImportError:
        return do(task)
    limit = ALONE_MB * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    return do(task)
