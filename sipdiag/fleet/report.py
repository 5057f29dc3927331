"""The report on a dataset: one page, from queries that it shows beside what they gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from sipdiag import __version__
from sipdiag.fleet.alerts import FAULTS, Alert
from sipdiag.fleet.charts import over_days, share_bar
from sipdiag.fleet.measures import ATTEMPTS, FEWEST, MEASURES, shares_sql, wilson
from sipdiag.fleet.query import Store, named
from sipdiag.report.html import document

MOST_FAULTS = 50
"""Faults that the page lists; a query lists all."""
MOST_GROUPS = 25
"""Carriers, countries … that a table lists."""
EXAMPLES = 3
_TONES = {
    "answered": "good",
    "transferred": "good",
    "busy": "calm",
    "no-answer": "calm",
    "declined": "calm",
    "cancelled": "calm",
    "in-progress": "calm",
    "transfer-unknown": "warn",
}
"""Outcome → how it is coloured; every other is a failure."""

_DAYS = """
SELECT day, outcome, count(*) AS calls FROM calls WHERE dup_of IS NULL AND NOT scanner GROUP BY ALL ORDER BY day, outcome
"""
_EXAMPLES = """
SELECT fault_key, input, id, call_id, day FROM (
  SELECT *, row_number() OVER (PARTITION BY fault_key ORDER BY start, input, id) AS place
  FROM calls WHERE fault_key IS NOT NULL AND dup_of IS NULL
) WHERE place <= {examples} ORDER BY fault_key, place
"""
_TOTALS = """
SELECT (SELECT count(*) FROM inputs) AS inputs, (SELECT count(*) FROM inputs WHERE status = 'failed') AS failed,
       (SELECT count(*) FROM calls WHERE dup_of IS NULL) AS calls, (SELECT count(*) FROM calls WHERE dup_of IS NOT NULL) AS dups,
       (SELECT count(*) FROM attempts) AS attempts, (SELECT count(*) FROM calls WHERE root_severity = 'error' AND dup_of IS NULL) AS faults,
       (SELECT min(day) FROM calls WHERE day <> 'none') AS first, (SELECT max(day) FROM calls WHERE day <> 'none') AS last
"""
_GROUPED = {
    "carrier": "By carrier",
    "platform": "By platform",
    "country": "By country called",
    "rule": "By root cause",
}


class Example(NamedTuple):
    """A call to look at."""

    input: str
    call: str
    """Its id within the input."""
    call_id: str
    day: str


Linked = Callable[[Example], str | None]
"""Makes the report of a call and says where it is, relative to the page; None where it cannot."""


class Share(NamedTuple):
    """One measure of one group."""

    text: str
    """``61.4 %``; a dash where there is nothing to measure."""
    of: str
    """``27 of 44``."""
    interval: str
    few: bool
    bar: Markup | str


class Group(NamedTuple):
    """A row of a table of measures."""

    name: str
    attempts: int
    shares: list[Share]
    acd: str
    pdd: str
    pdd95: str
    pdd_failed: str


class Fault(NamedTuple):
    """Faults of one kind at one party."""

    rule: str
    carrier: str
    acts_as: str
    sentence: str
    calls: int
    first: str
    last: str
    new: bool
    examples: list[tuple[Example, str | None]]


class Shown(NamedTuple):
    """A table with the query it comes from."""

    title: str
    meaning: str
    columns: list[str]
    rows: list[list[str]]
    sql: str


def render(
    store: Store,
    *,
    title: str,
    baseline: Store | None = None,
    alerts: Sequence[Alert] = (),
    linked: Linked = lambda example: None,
) -> str:
    """The page; a fault is new where the ``baseline`` does not have it."""
    store.define(ATTEMPTS)
    days_sql = _DAYS.strip()
    faults, all_faults = _faults(store, baseline, linked)
    return document(
        "fleet.html",
        ("report.css", "fleet.css"),
        title=title,
        version=__version__,
        totals=store.ask(_TOTALS).dicts()[0],
        alerts=alerts,
        days=_days(store, days_sql),
        days_sql=days_sql,
        measures=list(MEASURES.values()),
        overall=_groups(store, "all"),
        by_day=_groups(store, "day"),
        grouped=[(heading, _groups(store, by), _sql(by)) for by, heading in _GROUPED.items()],
        overall_sql=_sql("all"),
        day_sql=_sql("day"),
        fewest=FEWEST,
        faults=faults,
        all_faults=all_faults,
        faults_sql=FAULTS.strip(),
        has_baseline=baseline is not None,
        transfers=_shown(store, "transfers"),
        media=_shown(store, "media"),
        failed=_shown(store, "failed-inputs"),
    )


def _sql(by: str) -> str:
    return f"{ATTEMPTS};\n{shares_sql(by)}"


def _groups(store: Store, by: str) -> list[Group]:
    rows = store.ask(shares_sql(by)).dicts()
    if by == "day":
        rows.sort(key=lambda row: str(row["grp"]))
    return [_group(row) for row in (rows if by == "day" else rows[:MOST_GROUPS])]


def _group(row: Mapping[str, Any]) -> Group:
    return Group(
        name=str(row["grp"]),
        attempts=row["attempts"],
        shares=[_share(row[f"{name}_part"], row[f"{name}_whole"]) for name in MEASURES],
        acd=_seconds(row["acd_s"]),
        pdd=_seconds(row["pdd_s"]),
        pdd95=_seconds(row["pdd95_s"]),
        pdd_failed=_seconds(row["pdd_failed_s"]),
    )


def _share(part: int, whole: int) -> Share:
    if not whole:
        return Share("–", "", "", True, "")
    low, high = wilson(part, whole)
    share = part / whole
    return Share(
        f"{share:.1%}",
        f"{part} of {whole}",
        f"{low:.0%} to {high:.0%}",
        whole < FEWEST,
        share_bar(share, low, high),
    )


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def _days(store: Store, sql: str) -> tuple[Markup, list[str], list[tuple[str, list[int]]]]:
    """The chart of outcomes over time; days; outcomes with a number a day."""
    rows = store.ask(sql).dicts()
    days = sorted({row["day"] for row in rows})
    at = {day: place for place, day in enumerate(days)}
    outcomes: dict[str, list[int]] = {}
    tones: dict[str, list[int]] = {}
    for row in rows:
        for found, name in ((outcomes, row["outcome"]), (tones, _TONES.get(row["outcome"], "bad"))):
            found.setdefault(name, [0] * len(days))[at[row["day"]]] += row["calls"]
    return over_days(days, tones, "Calls by outcome and day"), days, sorted(outcomes.items())


def _faults(store: Store, baseline: Store | None, linked: Linked) -> tuple[list[Fault], int]:
    """The commonest faults with examples, and how many kinds there are."""
    known = {row["fault_key"] for row in baseline.ask(FAULTS).dicts()} if baseline is not None else None
    rows = store.ask(FAULTS).dicts()
    examples: dict[str, list[Example]] = {}
    for row in store.ask(_EXAMPLES.format(examples=EXAMPLES)).dicts():
        example = Example(row["input"], row["id"], row["call_id"], row["day"])
        examples.setdefault(row["fault_key"], []).append(example)
    new_first = sorted(rows, key=lambda row: known is None or row["fault_key"] in known)
    found = [
        _fault(row, known, examples.get(row["fault_key"], []), linked) for row in new_first[:MOST_FAULTS]
    ]
    return found, len(rows)


def _fault(
    row: Mapping[str, Any], known: set[str] | None, examples: Sequence[Example], linked: Linked
) -> Fault:
    return Fault(
        rule=row["rule"],
        carrier=row["carrier"] or "unknown",
        acts_as=row["acts_as"] or "",
        sentence=row["sentence"],
        calls=row["calls"],
        first=_day(row["first"]),
        last=_day(row["last"]),
        new=known is not None and row["fault_key"] not in known,
        examples=[(example, linked(example)) for example in examples],
    )


def _day(time: Any) -> str:
    return "no time" if time is None else time.date().isoformat()


def _shown(store: Store, name: str) -> Shown:
    query = named()[name]
    answer = store.ask(query.sql)
    return Shown(
        query.name,
        query.meaning,
        answer.columns,
        list(_texts(answer.rows)),
        query.sql.partition("\n")[2].strip(),
    )


def _texts(rows: Sequence[Sequence[Any]]) -> Iterator[list[str]]:
    for row in rows[:MOST_GROUPS]:
        yield ["–" if value is None else str(value) for value in row]
