"""Conditions over facts, asked again and again."""

from __future__ import annotations

import pytest

from sipdiag.facts.later import LATER
from sipdiag.rules.expression import ExpressionError, conjuncts
from sipdiag.rules.language import REMEMBERED, Condition, Language, condition_of, truth
from tests.rules.rulefolder import FACTS, Outcome


def test_language_alone() -> None:
    language = Language(FACTS["leg"])
    compiled = language.compile("final_headers['x'] == 'y'")
    assert truth(compiled, language.activation(language.known({"final_headers": {"x": "y"}}))) is True
    assert truth(compiled, language.activation({})) is None


def test_a_condition_remembers_by_what_it_names() -> None:
    condition = Condition(Language(FACTS["leg"]), "answered && outcome == Outcome.busy && tries > 1")
    busy = {"answered": True, "outcome": Outcome.busy, "tries": 2, "platform": "x"}
    for _ in range(2):
        assert condition.truth(busy) is True
        assert condition.truth(busy | {"outcome": None}) is None
        assert condition.truth(busy | {"answered": False, "outcome": None}) is False
        assert condition.truth(busy | {"tries": 2**70}) is True


@pytest.mark.parametrize("expression", ["tries", "!tries", "no_such_fact", "!platform"])
def test_a_bare_name_that_is_no_truth_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        condition_of(Language(FACTS["leg"]), expression)


@pytest.mark.parametrize(
    ("expression", "facts"),
    [
        ("tries > 2 && answered", {"tries": tries, "answered": answered})
        for tries in (None, 1, 2, 3, 2**70, -(2**70), LATER)
        for answered in (None, True, False, LATER)
    ]
    + [
        (
            "answered && (ring_s >= 3.5 && platform != 'x')",
            {"answered": True, "ring_s": ring_s, "platform": platform},
        )
        for ring_s in (None, 3.0, 3.5, 4.0, float("nan"), LATER)
        for platform in (None, "x", "y", LATER)
    ]
    + [("8 / tries > 1 && tries > 2", {"tries": tries}) for tries in (0, 2, 3, None)]
    + [("answered || tries > 2", {"tries": tries, "answered": False}) for tries in (1, 3)],
)
def test_a_limit_that_is_missed_is_told_as_cel_would(expression: str, facts: dict[str, object]) -> None:
    language = Language(FACTS["leg"])
    told, asked = Condition(language, expression), Condition(language, expression)
    asked._counts, asked._measures = (), ()
    assert told.truth(facts) is asked.truth(facts)


def test_a_count_beyond_its_limit_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    condition = Condition(Language(FACTS["leg"]), "tries > 1000 && answered")
    monkeypatch.setattr(condition, "_compiled", None)
    assert condition.truth({"tries": 1000, "answered": True}) is False
    with pytest.raises(AttributeError):
        condition.truth({"tries": 1001, "answered": True})


def test_what_is_remembered_is_bounded() -> None:
    condition = Condition(Language(FACTS["leg"]), "tries > 1000")
    for tries in range(5 * REMEMBERED):
        assert condition.truth({"tries": tries}) is (tries > 1000)


def test_what_cannot_be_computed_is_never_remembered() -> None:
    condition = Condition(Language(FACTS["leg"]), "8 / tries > 1")
    for _ in range(2):
        with pytest.raises(ExpressionError, match="divide by zero"):
            condition.truth({"tries": 0})


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("a", ["a"]),
        ("a && !b && c > 1", ["a", "!b", "c > 1"]),
        ("a && (b && c || d)", ["a", "b && c || d"]),
        ("a && b || c", ["a && b || c"]),
        ("a ? b : c && d", ["a ? b : c && d"]),
        ("a in ['x && y', '||'] && b", ["a in ['x && y', '||']", "b"]),
        ("a // b && c\n&& d", ["a // b && c", "d"]),
    ],
)
def test_conjuncts(expression: str, parts: list[str]) -> None:
    assert [part.strip() for part in conjuncts(expression)] == parts


def test_what_truths_and_numbers_decide_is_not_held_up_by_other_facts() -> None:
    asked: list[str] = []

    class Facts(dict[str, object]):
        def get(self, name: str, default: object = None) -> object:
            asked.append(name)
            return super().get(name, default)

    condition = Condition(Language(FACTS["leg"]), "answered && (ended || ring_s > 3.0) && platform != 'x'")
    assert condition.truth(Facts(answered=False, ring_s=4.0, platform="y")) is False
    assert {"ring_s", "platform"}.isdisjoint(asked)
    for ring_s, platform, holds in (
        (4.0, "y", True),
        (2.0, "y", False),
        (4.0, "x", False),
        (4.0, None, None),
    ):
        assert condition.truth(Facts(answered=True, ended=False, ring_s=ring_s, platform=platform)) is holds
    assert condition.truth(Facts(answered=True, ended=True, platform="y")) is True
