"""What processes write while they work: a record an input, appended to a file of the process's own.

Small files are dear, and a Parquet file of some hundred columns takes as long to write as a small capture to
analyse, whether it has one row or a thousand; so rows wait here until many go at once
(:mod:`sipdiag.fleet.compact`).  A record is whole or not there: it has its length and checksum before it, and
what a process that was killed has left of one is passed over.
"""

from __future__ import annotations

import os
import socket
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from msgspec import Struct

from sipdiag.fleet.manifest import JOURNAL, Entry

_SUFFIX = ".journal"
_HEAD = struct.Struct("<4sIII")
"""Magic, length of the entry, length of the rows, checksum of both."""
_MAGIC = b"sdj1"

Row = dict[str, object]
Rows = dict[str, list[Row]]
"""Table → rows."""


class Gave(Struct, frozen=True):
    """What an input gave, or a part of it."""

    origin: Row
    """What stands in each of its rows."""
    rows: Rows


class Place(NamedTuple):
    """Where the rows of a record stand."""

    path: Path
    offset: int
    size: int


def piece(origin: Row, rows: Rows) -> msgspec.Raw:
    """Some of the rows of an input, as they are written."""
    return msgspec.Raw(msgspec.msgpack.encode(Gave(origin, rows)))


def append(dataset: Path, entry: Entry, pieces: Sequence[msgspec.Raw]) -> None:
    """Add an input that is done.

    :raises OSError: it cannot be written.
    """
    head, rows = msgspec.msgpack.encode(entry), msgspec.msgpack.encode(pieces)
    checksum = zlib.crc32(rows, zlib.crc32(head))
    file = _file(str(dataset), os.getpid())
    file.write(_HEAD.pack(_MAGIC, len(head), len(rows), checksum) + head + rows)
    file.flush()


@cache
def _file(dataset: str, process: int) -> BinaryIO:
    """The journal of this process; a forked one has its own."""
    name = f"{socket.gethostname()}-{process}-{os.urandom(4).hex()}{_SUFFIX}"
    # Open as long as the process lives.
    return Path(dataset, JOURNAL, name).open("ab", buffering=2**20)


def closed() -> None:
    """Close what this process writes to: its records are going to be compacted."""
    _file.cache_clear()


def files(dataset: Path) -> list[Path]:
    """All journals."""
    return sorted((dataset / JOURNAL).glob(f"*{_SUFFIX}"))


def entries(path: Path) -> Iterator[tuple[Entry, Place]]:
    """The whole records of a journal."""
    with path.open("rb") as file:
        while True:
            head = file.read(_HEAD.size)
            if len(head) < _HEAD.size:
                return
            magic, entry_size, rows_size, checksum = _HEAD.unpack(head)
            if magic != _MAGIC:
                return
            entry, offset = file.read(entry_size), file.tell()
            rows = file.read(rows_size)
            if len(rows) < rows_size or zlib.crc32(rows, zlib.crc32(entry)) != checksum:
                return
            yield msgspec.msgpack.decode(entry, type=Entry), Place(path, offset, rows_size)


def pieces_at(place: Place) -> Iterator[tuple[Gave, int]]:
    """The rows of a record, piece by piece, and how many bytes each takes."""
    with place.path.open("rb") as file:
        file.seek(place.offset)
        pieces = msgspec.msgpack.decode(file.read(place.size), type=list[msgspec.Raw])
    for one in pieces:
        yield msgspec.msgpack.decode(one, type=Gave), memoryview(one).nbytes


def newest(dataset: Path) -> dict[str, tuple[Entry, Place]]:
    """Of each input in a journal the last record."""
    found: dict[str, tuple[Entry, Place]] = {}
    for path in files(dataset):
        for entry, place in entries(path):
            known = found.get(entry.input)
            if known is None or known[0].at_ns <= entry.at_ns:
                found[entry.input] = entry, place
    return found
