"""Every way to change one expected value of an expectation file into one that does not hold."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from sipdiag.facts.enums import Method, Outcome, TransferOutcome
from sipdiag.rules.finding import Confidence, Severity

Values = dict[str, Any]
Place = tuple[str | int, ...]
_OUTCOMES = [outcome.slug for outcome in Outcome]
_METHODS = [*(method.name for method in Method), None]
_TRANSFERS = [outcome.slug for outcome in TransferOutcome]
NO_RULE = "transfer/no-such-rule"


def mutants(
    data: Values, found: Sequence[str], rules: Sequence[str], outside: Sequence[str] = ()
) -> Iterator[tuple[str, Values]]:
    """(key, changed file) for every value.

    ``found`` are the rules that fired on the call, ``outside`` those that fired on no call, ``rules`` all there are.
    """
    silent = [rule for rule in rules if rule not in found]
    yield "calls", {**data, "calls": [*data["calls"][:-1]] if data["calls"] else [{"outcome": "busy"}]}
    if "context" in data:
        yield "context", {**data, "context": [*data["context"], "nowhere.json"]}
    if "args" in data:
        yield "args", {**data, "args": [*data["args"], "--no-such-option"]}
    for place, value in _values(data):
        key = str(next(part for part in reversed(place) if isinstance(part, str)))
        fired = outside if place[0] == "findings" else found
        for other in _others(key, value, fired, silent):
            yield key, _with(data, place, other)


def _values(data: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every single value, and every transfer as a whole."""
    if place and place[-1] == "transfer":
        yield place, data
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in ("args", "context"):
                yield from _values(value, (*place, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _values(value, (*place, index))
    elif not place or place[-1] != "transfer":
        yield place, data


def _others(key: str, value: Any, found: Sequence[str], silent: Sequence[str]) -> list[Any]:
    if key == "transfer":
        return [None] if value else [{"method": "refer", "outcome": "completed"}]
    if key == "root_cause":
        return [silent[0]] if value is None else [None, silent[0], NO_RULE]
    if key == "outcome":
        known = _TRANSFERS if value in _TRANSFERS and value not in _OUTCOMES else _OUTCOMES
        return [other for other in known if other != value][:2]
    table: dict[str, list[Any]] = {
        "match": [f"{value}~"],
        "confidence": [one.name for one in Confidence if one.name != value],
        "says": [f"{value}~"],
        "must": [silent[0], NO_RULE],
        "must_not": [found[0] if found else NO_RULE, NO_RULE],
        "worst": [one.name for one in Severity if one.name != value],
        "method": [one for one in _METHODS if one != value],
        "assert": [f"!({value})", f"({value}) && no_such_fact"],
    }
    return table[key]


def _with(data: Values, place: Place, value: Any) -> Values:
    changed = copy.deepcopy(data)
    target: Any = changed
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    return changed
