"""Queries: the named ones, and what no query may do."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from sipdiag.cli import cli
from sipdiag.fleet.manifest import JOURNAL
from sipdiag.fleet.query import QueryError, Store, named, sql_of
from sipdiag.fleet.schema import TABLES


def ask(dataset: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["fleet", "query", str(dataset), *arguments])


def test_there_are_a_dozen_queries_and_each_says_what_for() -> None:
    assert len(named()) >= 12
    assert all(one.meaning.endswith(".") and len(one.meaning) > 20 for one in named().values())


@pytest.mark.parametrize("name", list(named()))
def test_a_named_query(store: Store, name: str) -> None:
    answer = store.ask(named()[name].sql)
    assert answer.columns
    if name != "failed-inputs":
        assert answer.rows


def test_geo_blocks(store: Store) -> None:
    rows = store.ask(named()["geo-blocks"].sql).dicts()
    assert {row["root_rule"] for row in rows} == {"geo/blocked", "geo/suspected"}


def test_a_dataset_without_any_file_has_all_tables(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).mkdir()
    empty = Store(tmp_path)
    for one in named().values():
        assert empty.ask(one.sql).rows == []
    assert empty.ask("SELECT day, dup_of, call_key FROM calls").rows == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO '{tmp}/out.csv'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "ATTACH '{tmp}/x.db'",
        "SELECT * FROM '{tmp}/x.csv'",
        "SELECT * FROM store",
    ],
)
def test_a_query_reaches_nothing_but_the_tables(store: Store, tmp_path: Path, sql: str) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    with pytest.raises(QueryError):
        store.ask(sql.format(tmp=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_formats(dataset: Path) -> None:
    sql = "SELECT outcome, count(*) AS calls FROM calls WHERE outcome = 'transferred' GROUP BY ALL"
    assert json.loads(ask(dataset, sql, "-f", "json").output) == [{"outcome": "transferred", "calls": 1}]
    assert ask(dataset, sql, "-f", "csv").output == "outcome,calls\ntransferred,1\n"
    assert ask(dataset, sql).output == "outcome      calls\ntransferred  1\n(1 rows)\n"


def test_without_a_question_the_queries_are_listed(dataset: Path) -> None:
    assert "geo-blocks" in ask(dataset).output


def test_mistakes_are_one_line(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="no query is called 'geo'; there are: by-carrier"):
        sql_of("geo")
    with pytest.raises(QueryError, match="Parser Error"):
        Store(dataset).ask("SELEC 1")
    assert ask(tmp_path, "geo-blocks").exit_code != 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "captures", "-o", "s3://bucket/d"],
        ["query", "gs://d", "outcomes"],
        ["report", "s3://d"],
        ["compact", "s3://d"],
    ],
)
def test_a_dataset_at_a_url_is_refused_in_one_line(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["fleet", *arguments])
    assert result.exit_code == 2
    assert "is a URL, and a dataset is a folder" in result.output
    assert not list(tmp_path.iterdir())


def test_a_call_seen_twice_is_counted_once(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"input": name, "call_key": key, "outcome": "answered"}
        for name, key in (("b", "k1"), ("a", "k1"), ("a", "k2"))
    ]
    _write(tmp_path, "calls", rows)
    found = Store(tmp_path).ask("SELECT input, call_key, dup_of FROM calls ORDER BY ALL").rows
    assert found == [("a", "k1", None), ("a", "k2", None), ("b", "k1", "a")]


def test_a_million_calls_answer_within_a_second(tmp_path: Path) -> None:
    number = 1_000_000
    columns = {field.name: pa.nulls(number, field.type) for field in TABLES["calls"]}
    columns["input"] = pa.array([f"{at // 1000:08x}" for at in range(number)])
    columns["call_key"] = pa.array([f"{at:016x}" for at in range(number)])
    columns["outcome"] = pa.array([("answered", "rejected", "busy")[at % 3] for at in range(number)])
    columns["carrier"] = pa.array([("twilio", "telnyx")[at % 2] for at in range(number)])
    folder = tmp_path / "calls" / "day=2026-03-01"
    folder.mkdir(parents=True)
    (tmp_path / JOURNAL).mkdir()
    pq.write_table(pa.Table.from_pydict(columns, schema=TABLES["calls"]), folder / "0.parquet")
    begin = time.process_time()
    store = Store(tmp_path)
    opened = time.process_time()
    rows = store.ask("SELECT carrier, outcome, count(*) FROM calls WHERE dup_of IS NULL GROUP BY ALL").rows
    assert sum(row[2] for row in rows) == number
    # Four times what it takes, of processors and not by the clock: others may be at work.
    assert opened - begin < 4
    assert time.process_time() - opened < 1


def _write(dataset: Path, table: str, rows: list[dict[str, object]]) -> None:
    from sipdiag.fleet.compact import as_table

    folder = dataset / table / "day=2026-03-01"
    folder.mkdir(parents=True)
    (dataset / JOURNAL).mkdir()
    pq.write_table(as_table(table, rows), folder / "0.parquet")
