"""Alerts: a measure beyond a limit, or a fault that an earlier dataset does not have.

``ser < 0.4 by carrier min 30``: a share from 0 to 1, or ``acd_s`` and ``pdd_s`` in seconds; groups of fewer attempts
than ``min`` (default 30) raise no alert.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from sipdiag.fleet.measures import ATTEMPTS, BY, FEWEST, MEASURES, shares_sql
from sipdiag.fleet.query import Store

_TIMES = ("acd_s", "pdd_s", "pdd95_s")
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ALERT = re.compile(
    r"\s*([a-z0-9_]+)\s*(<=|>=|<|>)\s*([0-9]+(?:\.[0-9]+)?)(?:\s+by\s+([a-z]+))?(?:\s+min\s+([0-9]{1,9}))?\s*"
)


class AlertError(ValueError):
    """Not the form of an alert; the text says what is expected."""


class Rule(Struct, frozen=True):
    """When to raise an alert."""

    text: str
    measure: str
    compared: str
    limit: float
    by: str
    fewest: int


class Alert(Struct, frozen=True):
    """One that was raised."""

    alert: str
    """The rule as it was given, or ``new fault``."""
    group: str
    value: float | None
    attempts: int
    text: str
    """One sentence."""


def parse(text: str) -> Rule:
    """An alert as it is written on the command line.

    :raises AlertError: it is none.
    """
    match = _ALERT.fullmatch(text)
    measures = (*MEASURES, *_TIMES)
    if match is None or match[1] not in measures:
        raise AlertError(
            f"'{text}': expected MEASURE <|>|<=|>= NUMBER [by GROUP] [min ATTEMPTS], such as 'ser < 0.4 by carrier min 30'; "
            f"measures: {', '.join(measures)}"
        )
    by = match[4] or "all"
    if by not in BY:
        raise AlertError(f"'{text}': there is no group '{by}'; groups: {', '.join(BY)}")
    return Rule(text, match[1], match[2], float(match[3]), by, int(match[5]) if match[5] else FEWEST)


def raised(store: Store, rules: Sequence[Rule]) -> Iterator[Alert]:
    """The alerts that a dataset raises."""
    store.define(ATTEMPTS)
    for rule in rules:
        for row in store.ask(shares_sql(rule.by)).dicts():
            value = _value(row, rule.measure)
            if value is None or row["attempts"] < rule.fewest:
                continue
            if _COMPARED[rule.compared](value, rule.limit):
                shown = f"{value:.1f} s" if rule.measure in _TIMES else f"{value:.1%}"
                group = "" if rule.by == "all" else f" of {rule.by} {row['grp']}"
                text = f"{rule.measure}{group} is {shown} of {row['attempts']} attempts ({rule.text})"
                yield Alert(rule.text, str(row["grp"]), value, row["attempts"], text)


def _value(row: dict[str, Any], measure: str) -> float | None:
    if measure in _TIMES:
        value: float | None = row[measure]
        return value
    whole = row[f"{measure}_whole"]
    return row[f"{measure}_part"] / whole if whole else None


FAULTS = """
SELECT fault_key, any_value(root_rule) AS rule, any_value(carrier) AS carrier, any_value(acts_as) AS acts_as,
       min(root_sentence) AS sentence, count(*) AS calls, min(start) AS first, max(start) AS last
FROM calls WHERE fault_key IS NOT NULL AND dup_of IS NULL GROUP BY fault_key ORDER BY calls DESC, fault_key
"""
"""Faults of one kind at one party, the commonest first."""


def new_faults(store: Store, baseline: Store) -> Iterator[Alert]:
    """Faults of a dataset that the baseline does not have."""
    known = {row["fault_key"] for row in baseline.ask(FAULTS).dicts()}
    for row in store.ask(FAULTS).dicts():
        if row["fault_key"] not in known:
            text = f"New: {row['rule']} in {row['calls']} call(s), for instance: {row['sentence']}"
            yield Alert("new fault", row["rule"], None, row["calls"], text)
