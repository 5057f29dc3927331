"""Questions to a dataset in SQL (DuckDB), and the named ones.

A query sees the tables of the dataset and nothing else: no other file, no network.  ``calls`` has a column
``dup_of``: the input that holds the same call in another view, where there is one before this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
from msgspec import Struct

from sipdiag.fleet import manifest
from sipdiag.fleet.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

QUERIES = Path(__file__).parent / "queries"
_NOTHING_ELSE = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}


class QueryError(Exception):
    """A query cannot be answered; the text is DuckDB's, in one line."""


class Answer(Struct, frozen=True):
    """Column names and rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        """The rows by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Store:
    """A dataset that is being asked."""

    def __init__(self, dataset: Path) -> None:
        """:raises DatasetError: this is none."""
        manifest.check(dataset)
        self.dataset = dataset
        self._connection = duckdb.connect(":memory:")
        for name, schema in TABLES.items():
            self._connection.register(f"all_{name}", _table(dataset / name, schema))
        self._connection.execute(_VIEWS)
        for setting, value in _NOTHING_ELSE.items():
            self._connection.execute(f"SET {setting} = {value}")

    def ask(self, sql: str) -> Answer:
        """The answer to a query.

        :raises QueryError: it is no SQL, or asks for what is not there.
        """
        try:
            result = self._connection.execute(sql)
            if result.description is None:
                return Answer([], [])
            return Answer([column[0] for column in result.description], result.fetchall())
        except duckdb.Error as error:
            raise QueryError(" ".join(str(error).split())) from None

    def define(self, sql: str) -> None:
        """Add views that later queries use."""
        self._connection.execute(sql)


_VIEWS = (
    "\n".join(f"CREATE VIEW {name} AS SELECT * FROM all_{name};" for name in TABLES if name != "calls")
    + """
CREATE TEMP TABLE seen_again AS
SELECT call_key, min(input) AS first_input FROM all_calls
WHERE hash(call_key) IN (SELECT hash(call_key) FROM all_calls GROUP BY hash(call_key) HAVING count(*) > 1)
GROUP BY call_key HAVING min(input) <> max(input);
CREATE VIEW calls AS
SELECT all_calls.*, nullif(first_input, input) AS dup_of FROM all_calls LEFT JOIN seen_again USING (call_key);
"""
)
"""Which calls were seen again is found out once, by numbers: to sort a million keys for each query takes a second."""


def _table(folder: Path, schema: pa.Schema) -> Any:
    """A table with a column ``day``, also where no file has it."""
    files = sorted(str(path) for path in folder.glob("day=*/*.parquet"))
    day = pa.field("day", pa.string())
    if not files:
        return schema.append(day).empty_table()
    partitioning = ds.partitioning(pa.schema([day]), flavor="hive")
    return ds.dataset(
        files,
        schema=schema.append(day),
        format="parquet",
        partitioning=partitioning,
        partition_base_dir=str(folder),
    )


# -- named queries -----------------------------------------------------------------------------

_NAME = re.compile(r"[a-z0-9-]+")


class Named(Struct, frozen=True):
    """A query of ours."""

    name: str
    meaning: str
    """Its first line: what it answers."""
    sql: str


@cache
def named() -> Mapping[str, Named]:
    """The queries that have names, by name."""
    return {one.name: one for one in _named()}


def _named() -> Iterator[Named]:
    for path in sorted(QUERIES.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        first, _, _ = text.partition("\n")
        yield Named(path.stem, first.removeprefix("--").strip(), text)


def sql_of(question: str) -> str:
    """A query by name, or the SQL itself.

    :raises QueryError: no query has this name.
    """
    if not _NAME.fullmatch(question):
        return question
    known: Sequence[str] = list(named())
    if question not in named():
        raise QueryError(f"no query is called '{question}'; there are: {', '.join(known)}")
    return named()[question].sql
