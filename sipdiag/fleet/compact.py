"""Rows go from the journals into Parquet: ``TABLE/day=YYYY-MM-DD/rows.parquet``.

A file holds its rows by input, each input's in their own order, so that its bytes depend on what was
analysed alone: not on which process did it, when, or how often one was killed.  Files are written aside and
renamed, and a journal goes after that; a compaction that was killed is done again by the next.
Only one may be at work on a dataset.  ``day=none`` holds what has no known time.
"""

from __future__ import annotations

import datetime
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sipdiag.files import write_file
from sipdiag.fleet import journal, manifest
from sipdiag.fleet.journal import Gave, Place, Row
from sipdiag.fleet.manifest import DatasetError
from sipdiag.fleet.schema import TABLES

NO_DAY = "none"
FILE = "rows.parquet"
AT_ONCE = 4 * 2**20
"""Bytes of journals whose rows are held as objects together: these take ten times that, columns less."""

_Target = tuple[str, str]
"""Table, and folder of a day."""


def compact(dataset: Path) -> int:
    """Bring all rows of the journals into Parquet; returns of how many inputs.

    :raises DatasetError: a Parquet file or the manifest is damaged.
    :raises OSError: one cannot be written.
    """
    paths = journal.files(dataset)
    newest = journal.newest(dataset)
    known = manifest.compacted(dataset)
    fresh: dict[_Target, list[pa.Table]] = defaultdict(list)
    for some in _batches(place for _, place in newest.values()):
        for (table, day), rows in _by_place(some).items():
            fresh[table, day].append(as_table(table, rows))
    touched = set(fresh)
    if not known.keys().isdisjoint(newest):
        # Done before, so that rows of it may lie under any day.
        touched |= {(path.parts[-3], path.parts[-2]) for path in dataset.glob(f"*/day=*/{FILE}")}
    stale = pa.array(sorted(newest), pa.string())
    for table, day in sorted(touched):
        _rewrite(dataset / table / day / FILE, table, stale, fresh.pop((table, day), []))
    # Once for all files: to flush each would take longer than to write it.
    getattr(os, "sync", lambda: None)()
    if newest:
        manifest.write(dataset, {**known, **{name: entry for name, (entry, _) in newest.items()}}.values())
    for path in paths:
        path.unlink()
    return len(newest)


def _batches(places: Iterable[Place]) -> Iterator[list[Gave]]:
    batch: list[Gave] = []
    size = 0
    for place in places:
        for one, bytes_ in journal.pieces_at(place):
            batch.append(one)
            size += bytes_
            if size >= AT_ONCE:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _by_place(found: Iterable[Gave]) -> dict[_Target, list[Row]]:
    files: dict[_Target, list[Row]] = defaultdict(list)
    for one in found:
        days = {row["call_key"]: row["start"] for row in one.rows.get("calls", ())}
        for table, rows in one.rows.items():
            for row in rows:
                time = row["first"] if table == "inputs" else days.get(row.get("call_key"))
                files[table, f"day={day_of(time)}"].append(row | one.origin)
    return files


def _rewrite(file: Path, table: str, stale: pa.Array, parts: list[pa.Table]) -> None:
    """Replace the rows of the stale inputs by these."""
    if file.exists():
        kept = read(file, table)
        parts = [kept.filter(pc.invert(pc.is_in(kept["input"], value_set=stale))), *parts]
    whole = pa.concat_tables(parts)
    if not len(whole):
        file.unlink(missing_ok=True)
        return
    # Stable, so that the rows of one input stay in their order.
    whole = whole.take(pc.sort_indices(whole["input"]))
    sink = pa.BufferOutputStream()
    pq.write_table(whole.combine_chunks(), sink, compression="zstd", store_schema=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_file(file, [sink.getvalue().to_pybytes()], durable=False)


def as_table(name: str, rows: Sequence[Row]) -> pa.Table:
    """Rows as a table of the given name, with just its columns."""
    schema = TABLES[name]
    # Row by row, and then turned: both without a step of ours for each of a thousand thousand values.
    columns = zip(*(list(map(row.get, schema.names)) for row in rows), strict=True)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def read(file: Path, name: str) -> pa.Table:
    """A file of a table, with the columns as they are today: null for those that it lacks.

    :raises DatasetError: it is damaged.
    """
    try:
        table = pq.ParquetFile(file).read()
        columns = [
            table[field.name].cast(field.type)
            if field.name in table.column_names
            else pa.nulls(len(table), field.type)
            for field in TABLES[name]
        ]
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"{file}: cannot be read ({error}); remove the dataset and run again") from None
    return pa.Table.from_arrays(columns, schema=TABLES[name])


def day_of(time: object) -> str:
    """``2026-03-01``, or ``none``."""
    return time.date().isoformat() if isinstance(time, datetime.datetime) else NO_DAY
