"""Conditions that compile and match nothing: ``rules check`` says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.facts.table import FACTS
from sipdiag.rules.catalogue import catalogue_root
from sipdiag.rules.load import load_trusted
from sipdiag.rules.schema import rule_from
from sipdiag.rules.traps import traps


def noted(when: str) -> list[str]:
    rule = rule_from(
        "a/b",
        Path("b.yaml"),
        {
            "title": "A title",
            "subject": "leg",
            "severity": "error",
            "confidence": "certain",
            "responsible": "carrier",
            "when": when,
            "sentence": "It happened.",
            "why": "Because.",
        },
    )
    return list(traps(rule, FACTS["leg"]))


@pytest.mark.parametrize(
    "when",
    [
        'to_country == "GB"',
        "'GB' != to_country",
        'answered && to_country in ["France", "GB"]',
    ],
)
def test_the_code_of_a_country(when: str) -> None:
    assert noted(when) == ['a/b: to_country is never "GB"; it holds the English name: "United Kingdom"']


@pytest.mark.parametrize("when", ['"X-Tenant" in invite_headers', 'invite_headers["X-Tenant"] == "GB"'])
def test_a_header_in_capitals(when: str) -> None:
    assert noted(when) == [
        'a/b: invite_headers never has "X-Tenant"; its names are in lower case: "x-tenant"'
    ]


@pytest.mark.parametrize(
    "when",
    [
        'to_country == "United Kingdom"',
        'callee_id == "GB"',
        'invite_headers["x-tenant"] == "GB" && to_country_known',
        'to_country == "France" && callee_name in ["GB"]',
        '"ACK" in lost_kinds',
    ],
)
def test_what_may_match(when: str) -> None:
    assert not noted(when)


def test_no_rule_of_ours_is_caught() -> None:
    rules = load_trusted(catalogue_root())
    assert not [note for rule in rules.values() for note in traps(rule, FACTS.get(rule.subject, ()))]
