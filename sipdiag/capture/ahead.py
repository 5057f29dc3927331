"""Reads files in processes of their own, ahead of the one that puts their packets in order.

A process reads, decompresses and digests one file and takes the RTP out of it; the rest goes through
a pipe.  It reads on until what was not fetched yet comes to a bound.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.capture.losses import Loss
from sipdiag.capture.payload import FileInfo, Note
from sipdiag.capture.sieve import Sifted
from sipdiag.processes import Process, WorkerLostError, start

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MOST_AHEAD = 64 * 1024 * 1024
"""Bytes a process may hold before they are fetched."""


class ChunkResult(Struct, frozen=True):
    """What was found in a chunk of a file; the last one only describes the file."""

    taken: int
    """Stored bytes read so far."""
    runs: list[Sifted]
    notes: list[Note]
    losses: list[Loss]
    info: FileInfo | None = None
    error: str | None = None
    """Why the file cannot be read."""


class Ahead:
    """A process that reads one file."""

    def __init__(self, parts: Callable[[], Iterator[ChunkResult]], others: list[Ahead]) -> None:
        """``others`` already run."""
        self._process: Process = start(partial(_send_all, parts), [other._process for other in others])

    def parts(self) -> Iterator[ChunkResult]:
        """What the process found; raises :class:`WorkerLostError` when it ended before its work did."""
        while True:
            try:
                part: ChunkResult = pickle.loads(self._process.pipe.recv_bytes())
            except (EOFError, OSError) as error:
                raise WorkerLostError from error
            yield part
            if part.info is not None:
                return

    def end(self) -> None:
        """End the process, whether it is done or not."""
        self._process.pipe.close()
        self._process.kill()
        self._process.wait()


def _send_all(parts: Callable[[], Iterator[ChunkResult]], pipe: Connection) -> None:
    outbox = _Outbox(pipe)
    for part in parts():
        outbox.put(pickle.dumps(part, pickle.HIGHEST_PROTOCOL))
    outbox.close()


class _Outbox:
    """Sends in a thread, so that the next chunk can be read meanwhile."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: deque[bytes] = deque()
        self._held = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def put(self, data: bytes) -> None:
        """Send later; waits while too much is held."""
        with self._changed:
            self._changed.wait_for(lambda: self._held <= MOST_AHEAD)
            self._held += len(data)
            self._waiting.append(data)
            self._changed.notify_all()

    def close(self) -> None:
        """Send what is left."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held)

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                data = self._waiting.popleft()
            try:
                self._pipe.send_bytes(data)
            except OSError:
                # The reader has gone.
                os._exit(0)
            with self._changed:
                self._held -= len(data)
                self._changed.notify_all()


class Readers:
    """The processes reading ahead, one per file whose turn comes next."""

    def __init__(self, parts: Mapping[int, Callable[[], Iterator[ChunkResult]]], jobs: int) -> None:
        """``parts`` reads each file, by its number, in the order in which they are expected to be opened."""
        self._waiting = dict(parts)
        self._jobs = jobs
        self._running: dict[int, Ahead] = {}

    def open(self, file: int) -> Ahead:
        """The turn of this file has come."""
        if file in self._waiting:
            self._start(file)
        self._hurry()
        return self._running[file]

    def close(self, file: int) -> None:
        """Drop the file; it is no longer needed."""
        self._running.pop(file).end()
        self._hurry()

    def end(self) -> None:
        """End all processes."""
        for ahead in self._running.values():
            ahead.end()

    def _hurry(self) -> None:
        while self._waiting and len(self._running) < self._jobs:
            self._start(next(iter(self._waiting)))

    def _start(self, file: int) -> None:
        self._running[file] = Ahead(self._waiting.pop(file), [*self._running.values()])
