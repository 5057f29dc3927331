"""Plain conditions hold where CEL says so, and nowhere else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import pytest

from sipdiag.facts.declare import Fact
from sipdiag.facts.later import LATER
from sipdiag.facts.table import FACTS as BUILT_IN
from sipdiag.pipeline.run import load_rulebook
from sipdiag.rules.expression import conjuncts
from sipdiag.rules.language import Condition, Language, condition_of, truth
from sipdiag.rules.let import expanded
from sipdiag.rules.plain import DEEPEST, MOST_ITEMS, Truth, plain
from tests.rules.rulefolder import FACTS, Outcome

DRAWS = 30
"""Rows that each condition of the catalogue is asked about."""


@cache
def language(kind: str) -> Language:
    return Language(BUILT_IN[kind])


def conditions() -> Iterator[tuple[str, str]]:
    """Each condition of the catalogue, and each of its parts, with the kind of its subject."""
    for rule in load_rulebook().catalogue.rules.values():
        for written in (rule.when, *(case.when for case in rule.cases)):
            whole = expanded(written, rule.let)
            for one in (whole, *conjuncts(whole)):
                yield rule.subject, one


def some(fact: Fact, numbers: list[str], draw: random.Random) -> object:
    """A value at or near what the condition holds it against, or none, or none yet."""
    chance = draw.random()
    if chance < 0.25:
        return None if chance < 0.15 else LATER
    near = float(draw.choice(numbers)) if numbers else 0.0
    match fact.type:
        case "bool":
            return draw.random() < 0.5
        case "int":
            members = [*(fact.enum or fact.named or ())]
            return draw.choice([*members, int(near) - 1, int(near), int(near) + 1, 2**70])
        case "double":
            return draw.choice([near - 0.5, near, near + 0.5, float("nan")])
        case "string":
            return draw.choice(["", "configuration", "x" * 2000])
        case "list_string":
            return draw.choice([[], ["INVITE"], ["BYE", "INVITE"]])
        case _:
            return None


def test_every_condition_of_the_catalogue_is_told_as_cel_would() -> None:
    draw, told = random.Random(1), 0
    for kind, expression in dict.fromkeys(conditions()):
        tell = plain(expression, language(kind).vocabulary)
        if tell is None:
            continue
        told += 1
        spoken = language(kind)
        compiled, named = spoken.compile(expression), spoken.vocabulary.named(expression)
        numbers = [word for word in expression.replace(")", " ").split() if word.replace(".", "").isdigit()]
        for _ in range(DRAWS):
            facts = {fact.name: some(fact, numbers, draw) for fact in named}
            said = tell(facts.get)
            expected: Truth = truth(compiled, spoken.activation(spoken.known(facts)))
            if expected is None and LATER in facts.values():
                expected = LATER
            # Where an absent fact keeps the condition from ever holding, nobody need wait for those that come later.
            assert said is expected or (said is None and expected is LATER), (expression, facts)
    assert told > 500


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ({"answered": True, "tries": 2}, True),
        ({"answered": True, "tries": 1}, None),
        ({"answered": True, "tries": 1, "outcome": Outcome.no_answer}, False),
        ({"answered": False}, None),
        ({"tries": 0, "outcome": Outcome.busy}, True),
        ({"answered": True}, None),
        ({"answered": True, "outcome": LATER}, LATER),
        ({"answered": LATER, "tries": 1, "outcome": Outcome.no_answer}, False),
        ({"outcome": None, "tries": 1, "answered": LATER}, None),
        ({"outcome": None, "answered": LATER}, None),
        ({"outcome": None, "tries": 2, "answered": LATER}, LATER),
    ],
)
def test_three_values_and_what_is_not_known_yet(facts: dict[str, object], holds: object) -> None:
    tell = plain("(answered && tries > 1) || outcome in [Outcome.busy]", Language(FACTS["leg"]).vocabulary)
    assert tell is not None
    assert tell(facts.get) is holds


def test_what_is_denied_may_come_to_hold_in_spite_of_an_absent_fact() -> None:
    tell = plain("!(answered && tries > 1)", Language(FACTS["leg"]).vocabulary)
    assert tell is not None
    assert tell({"answered": LATER}.get) is LATER
    assert tell({"answered": False}.get) is True


def test_measures_are_asked_last_and_only_where_they_matter() -> None:
    asked: list[str] = []
    tell = plain("ring_s > 3.0 && (ended || ring_s < 9.0) && answered", Language(FACTS["leg"]).vocabulary)
    assert tell is not None

    def ask(name: str) -> object:
        asked.append(name)
        return False

    assert tell(ask) is False
    assert asked == ["answered"]


def test_only_so_many_items_of_a_list_are_seen() -> None:
    fact = Fact("kinds", "list_string", "", "Kinds of requests.")
    tell = plain('"INVITE" in kinds', Language([fact]).vocabulary)
    assert tell is not None
    for items, holds in ((MOST_ITEMS - 1, True), (MOST_ITEMS, False)):
        assert tell({"kinds": ["BYE"] * items + ["INVITE"]}.get) is holds


@pytest.mark.parametrize(
    "expression",
    [
        "8 / tries > 1",
        "tries > 1.0",
        "ring_s > 3",
        "ring_s > 3.0 < 2.0",
        "tries < = 1",
        "tries > tries",
        "answered & ended",
        "answered < true",
        "answered == 1",
        "answered ? ended : answered",
        "answered && (ended",
        "outcome == Outcome.no_such",
        "platform > 'a'",
        r"platform == 'a\n'",
        "platform.startsWith('a')",
        "tries",
        "no_such_fact",
        "",
        "tries > 99999999999999999999",
        "(" * (DEEPEST + 1) + "answered" + ")" * (DEEPEST + 1),
    ],
)
def test_what_is_more_or_wrong_is_left_to_cel(expression: str) -> None:
    assert plain(expression, Language(FACTS["leg"]).vocabulary) is None


def test_what_is_not_plain_is_compiled() -> None:
    assert isinstance(condition_of(Language(FACTS["leg"]), "8 / tries > 1"), Condition)
