"""The slots of one machine: processes that take one input after another.

A process that dies takes one input with it and no other.  That input is tried once more at the end, alone
and under limits of memory and time; if it kills its process again, it has failed.
"""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from multiprocessing.connection import Connection, wait
from typing import cast

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
AHEAD = 2
"""Inputs that a process is given at once: the next is there when one is done."""
COLLECT_EVERY = 20
"""Inputs after which a process looks for garbage: by itself it would only after thousands."""
_LOOK_S = 1.0


class _Slot(Struct):
    """A process and the inputs that it was given."""

    process: processes.Process
    tasks: deque[Task]
    """The first is being worked on; the others wait, so that the process need not."""
    until_s: float = 0.0
    """When the first must be done."""

    def give(self, task: Task, slow_s: float) -> None:
        """Give it one more."""
        self.tasks.append(task)
        # A process that has just died is seen to be dead when its answer is waited for.
        with suppress(OSError):
            self.process.pipe.send(task)
        if len(self.tasks) == 1:
            self.until_s = time.monotonic() + _allowed(task, slow_s)

    def done(self, slow_s: float) -> None:
        """The first is done."""
        self.tasks.popleft()
        if self.tasks:
            self.until_s = time.monotonic() + _allowed(self.tasks[0], slow_s)


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
    busy: dict[Connection, _Slot] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < slots:
                process = processes.start(partial(_serve, do), [one.process for one in busy.values()])
                busy[process.pipe] = _Slot(process, deque())
                busy[process.pipe].give(waiting.popleft(), slow_s)
            for slot in busy.values():
                while waiting and len(slot.tasks) < AHEAD:
                    slot.give(waiting.popleft(), slow_s)
            for pipe in wait(list(busy), timeout=_LOOK_S):
                slot = busy[cast("Connection", pipe)]
                try:
                    entry = slot.process.pipe.recv()
                except (EOFError, OSError):
                    del busy[slot.process.pipe]
                    slot.process.wait()
                    lost(slot.tasks.popleft())
                    waiting.extendleft(reversed(slot.tasks))
                else:
                    slot.done(slow_s)
                    yield entry
                    if not (slot.tasks or waiting):
                        del busy[slot.process.pipe]
                        _end(slot.process)
            for slot in [one for one in busy.values() if time.monotonic() > one.until_s]:
                slot.process.kill()
                slot.until_s = float("inf")
    finally:
        for slot in busy.values():
            slot.process.kill()
            _end(slot.process)


def _end(process: processes.Process) -> None:
    process.pipe.close()
    process.wait()


def _allowed(task: Task, slow_s: float) -> float:
    return slow_s + SLOW_S_PER_MIB * task.size / 2**20


def _serve(do: Do, pipe: Connection) -> None:
    # The rules stay as they are; only what came after them can be garbage.
    gc.freeze()
    for number in count(1):
        pipe.send(do(pipe.recv()))
        if number % COLLECT_EVERY == 0:
            gc.collect()


def _alone(do: Do, task: Task) -> Entry:
    """Where the system knows limits, memory has one."""
    processes.limit_itself(AS=ALONE_MB * 2**20)
    return do(task)
