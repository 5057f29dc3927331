"""Each rule on configuration against the sets of documents it names: those that must fire it, and near misses."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path

import pytest

from sipdiag.pipeline.lint import lint
from sipdiag.pipeline.run import load_rulebook
from sipdiag.rules.finding import Finding

SAMPLES = Path(__file__).parent.parent.parent / "sample_context"
RULEBOOK = load_rulebook()
RULES = [rule for rule in RULEBOOK.catalogue.rules.values() if rule.subject == "context"]
DAY = datetime.date(2026, 11, 1)

Set = tuple[str, ...]


def sets(kind: str) -> list[tuple[str, Set]]:
    return [(rule.id, names) for rule in RULES for names in (rule.files or {}).get(kind, ())]


@cache
def found(names: Set) -> dict[str, Finding]:
    return {finding.rule: finding for finding in lint([path(name) for name in names], DAY, RULEBOOK).findings}


def path(name: str) -> str:
    role, equals, file = name.rpartition("=")
    return f"{role}{equals}{SAMPLES / file}"


@pytest.mark.parametrize(("rule", "names"), sets("fires"), ids=str)
def test_fires(rule: str, names: Set) -> None:
    finding = found(names)[rule]
    assert finding.evidence, "a place that proves it"
    assert "unknown" not in finding.sentence
    for step in finding.fix:
        assert step.text


@pytest.mark.parametrize(("rule", "names"), sets("silent"), ids=str)
def test_stays_silent(rule: str, names: Set) -> None:
    assert rule not in found(names)


def test_every_sample_is_used() -> None:
    used = {
        name.rpartition("=")[2] for kind in ("fires", "silent") for _, names in sets(kind) for name in names
    }
    assert used == {str(file.relative_to(SAMPLES)) for file in SAMPLES.rglob("*") if file.is_file()}


def test_no_rule_fails() -> None:
    every = [str(file) for file in sorted(SAMPLES.rglob("*")) if file.is_file()]
    assert lint(every, DAY, RULEBOOK).notes == []


def test_the_day_decides_what_a_default_means() -> None:
    names = [path("retell/tool-unset.json"), path("twilio/dial-refer.xml")]
    fired = {one.rule for one in lint(names, datetime.date(2026, 1, 23), RULEBOOK).findings}
    assert "config/refer-url-never-fires" in fired
