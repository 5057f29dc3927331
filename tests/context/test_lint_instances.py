"""Each check on other documents than its samples: another platform, form or wrapper that it must find, and near misses."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sipdiag.knowledge.yamltext import load
from sipdiag.pipeline.lint import lint
from sipdiag.pipeline.run import load_rulebook
from tests.context.test_instances import instances

TABLE = load(Path(__file__).with_name("lint.yaml")).data
TEXTS = TABLE["documents"] | {name: one["text"] for name, one in instances().items()}
DAY = datetime.date(2026, 11, 1)
RULEBOOK = load_rulebook()


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(case["rule"], names, id=f"{case['rule']}-{'+'.join(names)}")
        for case in TABLE["cases"]
        for names in case[kind]
    ]


@cache
def found(names: tuple[str, ...], folder: Path) -> frozenset[str]:
    arguments = []
    for name in names:
        role, equals, document = name.rpartition("=")
        path = folder / document.replace("/", "-")
        path.write_text(TEXTS[document])
        arguments.append(f"{role}{equals}{path}")
    analysis = lint(arguments, DAY, RULEBOOK)
    assert analysis.notes == []
    return frozenset(finding.rule for finding in analysis.findings)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.mark.parametrize(("rule", "names"), cases("fires"))
def test_fires(rule: str, names: list[str], folder: Path) -> None:
    assert rule in found(tuple(names), folder)


@pytest.mark.parametrize(("rule", "names"), cases("silent"))
def test_stays_silent(rule: str, names: list[str], folder: Path) -> None:
    assert rule not in found(tuple(names), folder)


def test_every_check_has_both() -> None:
    wanted = {rule.id for rule in RULEBOOK.catalogue.rules.values() if rule.subject == "context"}
    assert wanted - {"config/not-this-call"} == {case["rule"] for case in TABLE["cases"]}
    assert all(case["fires"] and case["silent"] for case in TABLE["cases"])
