"""Every threshold of a rule decides, and at that number: see :mod:`tests.rules.edges`."""

from __future__ import annotations

from typing import Any

import pytest

from sipdiag.rules.schema import Rule
from tests.rules.edges import RULEBOOK, Limit, limits, lines, outcome, subjects

LINES = lines()


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line['rule']}-{line['fact']}-{[*line['sides']]}")
def test_a_threshold_decides(line: dict[str, Any]) -> None:
    rule = RULEBOOK.catalogue.rules[line["rule"]]
    subject = subjects(line["sample"])[rule.subject, line["id"]]
    given = line.get("given", {})
    assert {side: outcome(rule, subject, **given, **{line["fact"]: side}) for side in line["sides"]} == line[
        "sides"
    ]


@pytest.mark.parametrize("rule", RULEBOOK.catalogue.rules.values(), ids=lambda rule: rule.id)
def test_every_threshold_is_in_the_table(rule: Rule) -> None:
    """If one is missing: ``python -m tests.rules.edges``."""
    known = {(line["rule"], line["fact"], side) for line in LINES for side in line["sides"]}

    def held(limit: Limit) -> bool:
        return all((rule.id, limit.fact, side) in known for side in limit.sides())

    assert [limit for limit in limits(rule) if not held(limit)] == []
