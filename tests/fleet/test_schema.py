"""The schema is kept, and a change of it is meant."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from sipdiag.facts.table import FACTS
from sipdiag.fleet.rows import VERSION
from sipdiag.fleet.schema import TABLES, described, stored


def test_a_change_is_meant() -> None:
    """``python -m sipdiag.fleet.schema`` stores it anew; raise VERSION where a column went or changed its type."""
    assert stored() == {"version": VERSION, "tables": described()}


def test_every_fact_of_legs_and_transfers_is_a_column() -> None:
    for table, kind in (("legs", "leg"), ("transfers", "transfer")):
        wanted = {
            fact.name for fact in FACTS[kind] if not fact.presence_of and not fact.type.startswith("map")
        }
        assert wanted <= set(TABLES[table].names)


def test_files_have_just_the_columns_of_their_table(dataset: Path) -> None:
    files = list(dataset.rglob("*.parquet"))
    assert {file.parent.parent.name for file in files} == set(TABLES)
    for file in files:
        assert pq.read_schema(file).equals(TABLES[file.parent.parent.name])


def test_rows_name_their_origin(dataset: Path) -> None:
    for file in dataset.rglob("*.parquet"):
        table = pq.read_table(file, partitioning=None)
        for name in ("input", "schema", "tool", "rules"):
            assert table[name].null_count == 0
