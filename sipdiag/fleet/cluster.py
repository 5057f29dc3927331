"""A Dask cluster as the engine: the same function, on other machines.

Tasks go out in chunks, since each costs the scheduler about as much as a small capture costs us.  A chunk whose
worker dies too often is sent again input by input; an input that kills workers alone has failed.  The
function lives in an importable module: shipped by value it would load the rules for every task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from sipdiag.fleet.manifest import Entry
from sipdiag.fleet.task import Task, do_all, fail

if TYPE_CHECKING:
    from distributed import Client

CHUNK = 50
"""Inputs of a task …"""
CHUNK_BYTES = 64 * 2**20
"""… or as many as have so many bytes."""

DoAll = Callable[[Sequence[Task]], list[Entry]]


def run(tasks: Sequence[Task], client: Client, do: DoAll = do_all) -> Iterator[Entry]:
    """Do all tasks on the cluster; their entries in the order in which chunks end."""
    lost: list[Task] = []
    yield from _submitted(client, do, list(chunks(tasks)), lost)
    killers: list[Task] = []
    yield from _submitted(client, do, [[task] for task in lost], killers)
    for task in killers:
        yield fail(task, "its worker died each time, also with this input alone (out of memory?)")


def chunks(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    """Tasks in groups of bounded number and size."""
    chunk: list[Task] = []
    size = 0
    for task in tasks:
        if chunk and (len(chunk) == CHUNK or size + task.size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(task)
        size += task.size
    if chunk:
        yield chunk


def _submitted(
    client: Client, do: DoAll, groups: Sequence[Sequence[Task]], lost: list[Task]
) -> Iterator[Entry]:
    from distributed import KilledWorker, as_completed

    futures = {client.submit(do, group, pure=False): group for group in groups}
    for future in as_completed(futures):
        try:
            yield from future.result()
        except KilledWorker:
            lost += futures[future]
        future.release()
