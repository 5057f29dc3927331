"""The labelled set: silence where all is well, the right cause where it is not."""

from __future__ import annotations

import pytest

from sipdiag.pipeline.run import load_catalogue
from tests.accuracy.measure import FIRST_SIGHT, HERE, PAGE, Case, cases, labels, page


@pytest.fixture(scope="module")
def measured() -> list[Case]:
    return list(cases())


def test_the_set_is_large_enough(measured: list[Case]) -> None:
    assert len(measured) >= 80
    assert sum(case.expected is None for case in measured) >= 25


def test_every_label_has_its_scenario_and_the_other_way_round() -> None:
    files = {
        str(path.relative_to(HERE)).removesuffix(".scenario.yaml") for path in HERE.rglob("*.scenario.yaml")
    }
    assert files == set(labels())


def test_labels_are_rules() -> None:
    rules = load_catalogue()[0].rules
    assert {label["cause"] for label in labels().values()} - {None} <= set(rules)


def test_healthy_captures_raise_no_alarm(measured: list[Case]) -> None:
    loud = {case.name: case.alarms for case in measured if case.expected is None and not case.quiet}
    assert not loud


def test_root_causes(measured: list[Case]) -> None:
    faulty = [case for case in measured if case.expected is not None]
    wrong = {case.name: (case.expected, case.found) for case in faulty if not case.right}
    assert len(wrong) <= 0.03 * len(faulty), wrong


def test_who_has_to_act(measured: list[Case]) -> None:
    named = [case for case in measured if case.acts_right is not None]
    wrong = [case.name for case in named if not case.acts_right]
    assert len(wrong) <= 0.05 * len(named), wrong


def test_false_diagnoses(measured: list[Case]) -> None:
    wrong = {case.name: case.said for case in measured if case.said}
    assert len(wrong) <= 0.03 * sum(case.acts_right is not None for case in measured), wrong


def test_every_set_has_its_first_sight() -> None:
    assert {label["set"] for label in labels().values() if "set" in label} == set(FIRST_SIGHT)


def test_the_published_table_is_not_stale(measured: list[Case]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(measured), "run: python -m tests.accuracy"
