"""The facts of real calls are as recorded: see :mod:`tests.facts.rows`."""

from __future__ import annotations

import pytest

from sipdiag.pipeline.run import load_rulebook
from tests.facts.rows import recorded, rows, text

RULEBOOK = load_rulebook()
USUAL, RECORDED = recorded()


@pytest.mark.parametrize("sample", RECORDED)
def test_facts_are_as_recorded(sample: str) -> None:
    """If the change is wanted: ``python -m tests.facts.rows``, and look at the difference."""
    assert [text(row, USUAL) for row in rows(sample, RULEBOOK)] == RECORDED[sample]
