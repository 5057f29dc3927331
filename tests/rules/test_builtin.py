"""The built-in rules pass the examination that users' rules must pass."""

from __future__ import annotations

from sipdiag.facts.table import EVIDENCE, FACTS
from sipdiag.rules.catalogue import catalogue_root
from sipdiag.rules.check import check_relations, check_roots
from sipdiag.rules.load import load


def test_every_rule_is_sound() -> None:
    rules, problems = check_roots([catalogue_root()], FACTS, EVIDENCE)
    problems += check_relations(rules, rules, complete=True)
    assert "\n".join(map(str, problems)) == ""
    assert list(load([], FACTS, EVIDENCE).rules) == list(rules)
