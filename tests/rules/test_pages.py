"""The reference pages in docs/ say what the code and the rule files say now."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.facts.table import EVIDENCE, FACTS
from sipdiag.knowledge.references import load_references
from sipdiag.pipeline.run import load_catalogue
from sipdiag.rules.catalogue import catalogue_root
from sipdiag.rules.ladders import load_ladders
from sipdiag.rules.pages import pages
from tests.ladders import ladders

DOCS = Path(__file__).parent.parent.parent / "docs"
ROOT = catalogue_root()
CATALOGUE, PROVIDERS = load_catalogue()
PAGES = pages(FACTS, EVIDENCE, CATALOGUE, load_references(ROOT), PROVIDERS, load_ladders(ROOT))


@pytest.mark.parametrize("name", PAGES)
def test_page_is_not_stale(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name], "run: python -m sipdiag.rules"


def test_every_fact_and_rule_has_its_line() -> None:
    for table in FACTS.values():
        for fact in table:
            listed = f"| `{fact.name}` |" in PAGES["facts.md"]
            assert listed is (fact.presence_of is None)
    for rule in load_catalogue()[0].rules:
        assert f"\n## {rule}\n" in PAGES["rules.md"]


def test_ladders_are_those_of_the_samples() -> None:
    held = {
        rule: {"sample": one.sample, "ladder": list(one.lines)} for rule, one in load_ladders(ROOT).items()
    }
    assert held == ladders(), "run: python -m tests.ladders && python -m sipdiag.rules"


def test_every_rule_on_calls_shows_what_it_says_and_when_it_is_wrong() -> None:
    for rule in CATALOGUE.rules.values():
        section = PAGES["rules.md"].split(f"\n## {rule.id}\n")[1].split("\n## ")[0]
        assert "Says:" in section
        assert all(alarm.replace("<", "\\<") in section for alarm in rule.false_alarms)
        assert "{{" not in section
        if rule.subject in ("leg", "direction", "transfer") and rule.captures:
            assert "A call that fires it" in section, rule.id
