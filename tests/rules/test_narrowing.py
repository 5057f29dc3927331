"""What the tree of questions leaves is what asking for every fact would leave; it asks for fewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipdiag.facts.declare import Fact
from sipdiag.facts.later import LATER
from sipdiag.rules import narrowing
from sipdiag.rules.gates import KindRules
from sipdiag.rules.language import Language, condition_of
from sipdiag.rules.load import load
from sipdiag.rules.schema import Rule
from sipdiag.rules.subject import Subject
from tests.rules.rulefolder import EVIDENCE, FACTS, Folder, Outcome

WIDE = Fact("wide", "bool", "", "other calls of the capture tell", known_at="capture", optional=True)
CONDITIONS = (
    "answered",
    "!answered",
    "answered && ended",
    "answered && ring_s > 1.0",
    "outcome == Outcome.busy && !answered && status == 486",
    "outcome == Outcome.no_answer || ended",
    "(answered || ended) && status in [200, 486]",
    "ended && 8 / tries > 1",
    "status == 486 && ring_s > 1.0 && ended",
    "platform == 'x'",
    "!ended && (answered ? status == 200 : status == 486)",
    "wide && status == 486",
    "(answered || wide) && ended",
    "!wide && ring_s > 1.0 && outcome == Outcome.busy",
)
SUBJECTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "answered": st.booleans(),
            "ended": st.booleans(),
            "outcome": st.sampled_from(Outcome),
            "tries": st.integers(0, 5),
            "status": st.sampled_from((200, 404, 486)),
            "ring_s": st.sampled_from((0.5, 2.0)),
            "platform": st.sampled_from(("x", "y")),
        },
    ),
    min_size=1,
    max_size=12,
)


class Asked(Mapping[str, object]):
    """Facts that know what was asked of them."""

    def __init__(self, facts: Mapping[str, object]) -> None:
        self._facts = facts
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.names.add(name)
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def rules(folder: Folder) -> list[Rule]:
    for number, when in enumerate(CONDITIONS):
        if "wide" not in when:
            folder.rule(f"a/r{number}", when=f"|\n  {when}")
    return list(folder.load().on("leg"))


def fires(kind: KindRules, facts: Mapping[str, object]) -> tuple[list[str], dict[str, str]]:
    failed: dict[str, str] = {}
    subject = Subject("leg", "c1.1", facts)
    found, waiting = kind.standing(subject, lambda rule, subject, text: failed.update({rule.id: text}))
    assert not waiting
    return [rule.id for rule in found], failed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(SUBJECTS)
def test_it_fires_what_a_first_look_fires(folder: Folder, subjects: list[dict[str, object]]) -> None:
    catalogue = rules(folder)
    grown = KindRules(FACTS["leg"], catalogue)
    for facts in subjects:
        fresh = KindRules(FACTS["leg"], catalogue)
        expected = [
            rule.id
            for rule in sorted(catalogue, key=lambda rule: "ring_s" in rule.when or "platform" in rule.when)
            if fresh.holds(rule, ("when",), rule.when, Subject("leg", "c1.1", facts), lambda *_: None)
        ]
        assert fires(grown, facts)[0] == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(SUBJECTS)
def test_it_waits_where_a_first_look_waits(folder: Folder, subjects: list[dict[str, object]]) -> None:
    table = (*FACTS["leg"], WIDE)
    conditions = [when for when in CONDITIONS if "wide" in when]
    for number, when in enumerate(conditions):
        folder.rule(f"a/r{number}", when=f"|\n  {when}")
    catalogue = load([folder.root], {**FACTS, "leg": table}, EVIDENCE, builtin=False).on("leg")
    language = Language(table)
    grown = KindRules(table, catalogue)
    for known in subjects:
        facts = {**known, "wide": LATER}
        truths = {
            f"a/r{number}": condition_of(language, when).truth(facts)
            for number, when in enumerate(conditions)
        }
        rules, waiting = grown.standing(Subject("leg", "c1.1", facts), lambda *_: None)
        assert {rule.id for rule in rules} == {rule for rule, truth in truths.items() if truth}
        assert waiting == (LATER in truths.values())


def test_a_second_subject_of_the_pattern_is_asked_only_what_tells(folder: Folder) -> None:
    folder.rule("a/busy", when="|\n  !answered && outcome == Outcome.busy")
    folder.rule("a/gone", when="|\n  !answered && status == 404")
    folder.rule("a/open", when="answered && ended && tries == 3")
    kind = KindRules(FACTS["leg"], list(folder.load().on("leg")))
    told = {"answered": True, "ended": False, "outcome": Outcome.busy, "status": 404, "tries": 3}
    assert fires(kind, told) == ([], {})
    second = Asked(told)
    assert fires(kind, second) == ([], {})
    assert second.names == {"answered", "ended"}


def test_a_full_tree_is_begun_anew(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "REMEMBERED", 2)
    folder.rule("a/b", when="tries == 3")
    kind = KindRules(FACTS["leg"], list(folder.load().on("leg")))
    for tries in (1, 2, 3, 4, 5, 3):
        assert fires(kind, {"tries": tries})[0] == (["a/b"] if tries == 3 else [])


def test_what_fails_is_complained_of_where_it_fails_first(folder: Folder) -> None:
    folder.rule("a/b", when="answered && 8 / tries > 1")
    kind = KindRules(FACTS["leg"], list(folder.load().on("leg")))
    assert fires(kind, {"answered": False, "tries": 0}) == ([], {})
    found, failed = fires(kind, {"answered": True, "tries": 0})
    assert found == []
    assert "divide by zero" in failed["a/b"]
