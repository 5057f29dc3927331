"""Measures against a set of calls whose shares are known."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sipdiag.fleet.alerts import AlertError, new_faults, parse, raised
from sipdiag.fleet.compact import as_table
from sipdiag.fleet.manifest import JOURNAL
from sipdiag.fleet.measures import ATTEMPTS, BY, MEASURES, shares_sql, wilson
from sipdiag.fleet.prometheus import render
from sipdiag.fleet.query import Store

MORNING = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)


def call(number: int, state: str, status: int | None, **more: object) -> dict[str, object]:
    return {
        "input": "i",
        "call_key": f"k{number}",
        "id": f"c{number}",
        "start": MORNING,
        "complete": True,
        "scanner": False,
        "state": state,
        "final_status": status,
        "carrier": "twilio",
        "outcome": "answered" if state == "answered" else "failed",
        **more,
    }


CALLS = [
    *(call(at, "answered", 200, talk_s=10.0 + at, delay_s=1.0) for at in range(6)),
    call(10, "refused", 486),
    call(
        11,
        "refused",
        503,
        delay_s=9.0,
        root_rule="carrier/no-route",
        root_severity="error",
        fault_key="f1",
        root_sentence="No route.",
    ),
    call(12, "redirected", 302),
    call(13, "no_response", None),
    call(14, "cancelled", 487),
    call(
        15,
        "refused",
        403,
        carrier="telnyx",
        fault_key="f2",
        root_rule="geo/blocked",
        root_severity="error",
        root_sentence="Blocked.",
    ),
    call(20, "answered", 200, scanner=True),
    call(21, "open", None, complete=False),
    {**call(0, "answered", 200), "input": "j"},
]


@pytest.fixture
def made(tmp_path: Path) -> Store:
    return store_of(tmp_path / "d", CALLS)


def store_of(dataset: Path, rows: list[dict[str, object]]) -> Store:
    folder = dataset / "calls" / "day=2026-03-01"
    folder.mkdir(parents=True)
    (dataset / JOURNAL).mkdir()
    pq.write_table(as_table("calls", rows), folder / "0.parquet")
    return Store(dataset)


@pytest.mark.parametrize(
    ("name", "part", "whole"),
    [("ser", 6, 11), ("seer", 7, 11), ("isa", 2, 12), ("asr", 6, 12), ("ner", 8, 12), ("faults", 2, 12)],
)
def test_shares(made: Store, name: str, part: int, whole: int) -> None:
    made.define(ATTEMPTS)
    (row,) = made.ask(shares_sql("all")).dicts()
    assert (row[f"{name}_part"], row[f"{name}_whole"]) == (part, whole)


def test_durations(made: Store) -> None:
    made.define(ATTEMPTS)
    (row,) = made.ask(shares_sql("all")).dicts()
    assert (row["acd_s"], row["pdd_s"], row["pdd_failed_s"]) == (12.5, 1.0, 9.0)


@pytest.mark.parametrize("by", list(BY))
def test_groups_add_up(made: Store, by: str) -> None:
    made.define(ATTEMPTS)
    assert sum(row["attempts"] for row in made.ask(shares_sql(by)).dicts()) == 12


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (1, 1000, 0.0002, 0.0056),
    ],
)
def test_wilson(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("rule", "groups"),
    [
        ("ser < 0.6 min 12", ["all calls"]),
        ("ser < 0.6 min 13", []),
        ("ser < 0.5 min 1", []),
        ("ser < 0.1 by carrier min 1", ["telnyx"]),
        ("ser < 0.1 by carrier min 2", []),
        ("acd_s >= 12.5 min 1", ["all calls"]),
        ("acd_s > 12.5 min 1", []),
        ("isa > 0.1", []),
    ],
)
def test_alerts(made: Store, rule: str, groups: list[str]) -> None:
    assert [alert.group for alert in raised(made, [parse(rule)])] == groups


def test_an_alert_in_words(made: Store) -> None:
    (alert,) = raised(made, [parse("ser < 0.1 by carrier min 1")])
    assert alert.text == "ser of carrier telnyx is 0.0% of 1 attempts (ser < 0.1 by carrier min 1)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ser", "expected MEASURE"),
        ("xyz < 1", "measures: ser"),
        ("ser < 0.4 by planet", "groups: all"),
        ("ser < x", "expected"),
    ],
)
def test_what_is_no_alert(text: str, message: str) -> None:
    with pytest.raises(AlertError, match=message):
        parse(text)


def test_faults_that_are_new(made: Store, tmp_path: Path) -> None:
    before = store_of(tmp_path / "before", [row for row in CALLS if row.get("fault_key") != "f2"])
    assert [alert.group for alert in new_faults(made, before)] == ["geo/blocked"]
    assert list(new_faults(before, made)) == []


def test_prometheus(made: Store) -> None:
    lines = render(made).splitlines()
    assert 'sipdiag_attempts{by="all",group="all calls"} 12' in lines
    assert 'sipdiag_ser_ratio{by="carrier",group="telnyx"} 0.000000' in lines
    assert sum(line.startswith("# TYPE") for line in lines) == 1 + len(MEASURES)
