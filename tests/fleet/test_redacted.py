"""A redacted dataset names nobody, and the same key gives the same pseudonyms on another day."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sipdiag.cli import cli
from sipdiag.fleet.query import Store
from sipdiag.fleet.run import run
from sipdiag.fleet.task import Options, do
from tests.fleet.conftest import copied


def fleet(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["fleet", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def numbers(dataset: Path) -> list[tuple[object, ...]]:
    sql = "SELECT call_key, from_number, to_number, outcome, root_rule FROM calls ORDER BY ALL"
    return Store(dataset).ask(sql).rows


def test_nobody_is_named(tmp_path: Path) -> None:
    source = copied(tmp_path / "acme-corp", "transfer/refer-completed", "geo/blocked-twilio-32205")
    fleet("run", str(source), "-o", str(tmp_path / "plain"))
    fleet("run", str(source), "-o", str(tmp_path / "r"), "--redact", str(tmp_path / "key"))
    plain, redacted = numbers(tmp_path / "plain"), numbers(tmp_path / "r")
    assert sorted(str(row[3:]) for row in plain) == sorted(str(row[3:]) for row in redacted)
    originals = {str(value) for row in plain for value in row[:3] if value}
    written = b"".join(path.read_bytes() for path in (tmp_path / "r").rglob("*") if path.is_file())
    assert originals.isdisjoint(str(value) for row in redacted for value in row[:3])
    for text in (*originals, "acme-corp", "refer-completed"):
        assert text.encode() not in written
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("key", [None, bytes(32)], ids=["plain", "redacted"])
def test_a_fault_of_ours_says_where_and_quotes_no_redacted_input(
    key: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("no number: +493012345678")

    monkeypatch.setattr("sipdiag.fleet.task.rows_of", broken)
    source = copied(tmp_path / "s", "transfer/refer-completed")
    tally = run([str(source)], Options(str(tmp_path / "d"), key=key), engine=lambda tasks: map(do, tasks))
    ((_, reason),) = tally.reasons
    assert reason.startswith("sipdiag itself failed (test_redacted.py, line ")
    assert reason.endswith("ValueError" if key else "ValueError: no number: +493012345678")


def test_pseudonyms_stay_over_days(tmp_path: Path) -> None:
    source = copied(tmp_path / "s", "transfer/refer-completed")
    for name in ("monday", "tuesday"):
        fleet("run", str(source), "-o", str(tmp_path / name), "--redact", str(tmp_path / "key"))
    fleet("run", str(source), "-o", str(tmp_path / "other"), "--redact", str(tmp_path / "other-key"))
    assert numbers(tmp_path / "monday") == numbers(tmp_path / "tuesday") != numbers(tmp_path / "other")


def test_a_key_that_is_too_short(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"secret")
    result = CliRunner().invoke(
        cli, ["fleet", "run", str(tmp_path), "-o", str(tmp_path / "d"), "--redact", str(tmp_path / "key")]
    )
    assert result.exit_code != 0
    assert "expected a key of at least 32 bytes" in result.output
