"""The reference pages in docs/ say what the code and the rule files say now."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.facts.table import EVIDENCE, FACTS
from sipdiag.knowledge.references import load_references
from sipdiag.pipeline.run import load_catalogue
from sipdiag.rules.catalogue import catalogue_root
from sipdiag.rules.pages import pages

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = pages(FACTS, EVIDENCE, load_catalogue()[0], load_references(catalogue_root()))


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
