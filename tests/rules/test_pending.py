"""Rules on subjects of which not all is known yet: what stands, what is left open, and what is kept for it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sipdiag.facts.among import Whole
from sipdiag.facts.later import LATER
from sipdiag.facts.neighbours import Neighbours
from sipdiag.facts.wide import Wide
from sipdiag.rules.acts import unnamed
from sipdiag.rules.evaluate import Evaluator, Pending
from sipdiag.rules.finding import Finding, Severity
from sipdiag.rules.load import load
from sipdiag.rules.subject import Subject
from tests.rules.rulefolder import EVIDENCE, FACTS, Folder

WHOLE = Whole(Wide(), Neighbours())


def evaluator(folder: Folder, *later: str) -> Evaluator:
    """``later``: the facts that only the whole capture tells."""
    table = tuple(replace(fact, known_at="capture") if fact.name in later else fact for fact in FACTS["leg"])
    return Evaluator(load([folder.root], {**FACTS, "leg": table}, EVIDENCE, builtin=False))


def judged(folder: Folder, **facts: object) -> list[Finding] | Pending:
    later = [name for name, value in facts.items() if value is LATER]
    return evaluator(folder, *later).judge([Subject("leg", "c1.1", facts, call="c1")])


@pytest.mark.parametrize(
    ("when", "facts", "pending"),
    [
        ("answered && tries > 1", {"answered": False, "tries": LATER}, False),
        ("answered && tries > 1", {"answered": True, "tries": LATER}, True),
        ("answered && tries > 1", {"tries": LATER}, False),
        ("answered || tries > 1", {"answered": True, "tries": LATER}, False),
        ("answered && ended", {"answered": True, "ended": LATER}, True),
        ("answered && !ended", {"answered": LATER, "ended": True}, False),
        ("answered && 8 / tries > 1", {"answered": LATER, "tries": 0}, True),
        ("answered && ring_s > 1.0", {"answered": True, "ring_s": LATER}, True),
        ("answered && ring_s > 1.0", {"answered": True, "tries": LATER}, False),
    ],
)
def test_open_is_what_no_fact_at_hand_decides(
    folder: Folder, when: str, facts: dict[str, object], pending: bool
) -> None:
    folder.rule("a/b", when=f"|\n  {when}")
    assert isinstance(judged(folder, **facts), Pending) is pending


@pytest.mark.parametrize(
    ("says", "pending"),
    [
        ({"sentence": "'After {{ tries }} tries.'"}, True),
        ({"cases": "[{when: tries > 1, severity: info}]"}, True),
        ({"cases": "[{when: tries > 1, responsible: network}]"}, True),
        ({"cases": "[{when: answered, severity: info}, {when: tries > 1, severity: error}]"}, False),
        ({"why": "'After {{ tries }} tries.'"}, False),
        ({"cases": "[{when: tries > 1, why: Another reason.}]"}, False),
    ],
)
def test_what_a_rule_says_in_the_end_may_be_open_as_well(
    folder: Folder, says: dict[str, str], pending: bool
) -> None:
    """Why it is a fault, and what to do, is only asked of calls that are told in full."""
    folder.rule("a/b", when="answered", **says)
    found = judged(folder, answered=True, tries=LATER)
    assert isinstance(found, Pending) is pending
    if not isinstance(found, Pending):
        assert [(one.rule, one.sentence, one.why) for one in found] == [("a/b", "It happened.", "")]


def test_of_an_open_subject_its_rules_facts_are_kept_and_no_others(folder: Folder) -> None:
    folder.rule("a/fired", when="answered", sentence="'On {{ platform }}.'", why="'Status {{ status }}.'")
    folder.rule("a/open", when="ended && tries > 1", cases="[{when: ring_s > 1.0, severity: info}]")
    folder.rule("a/silent", when="|\n  !answered && status == 486")
    facts = {
        "answered": True,
        "ended": True,
        "tries": LATER,
        "platform": "x",
        "status": 486,
        "reason": "Busy",
    }
    found = judged(folder, **facts, ring_s=2.0)
    assert isinstance(found, Pending)
    (row,) = found.rows
    assert [rule.id for rule in row.rules] == ["a/fired", "a/open"]
    assert row.facts == {"answered": True, "ended": True, "platform": "x", "ring_s": 2.0}
    assert row.later == ("tries",)
    assert row.acts == {"carrier": unnamed("carrier")}


def test_an_open_call_keeps_all_its_subjects_on_which_rules_fired(folder: Folder) -> None:
    folder.rule("a/b", when="answered")
    folder.rule("a/c", when="ended && tries > 1", explains="[a/b]")
    rules = evaluator(folder, "tries")
    found = rules.judge(
        [
            Subject("leg", "c1.1", {"answered": True, "ended": False}, call="c1"),
            Subject("leg", "c1.2", {"ended": True, "tries": LATER}, call="c1"),
            Subject("leg", "c1.3", {"answered": False}, call="c1"),
        ]
    )
    assert isinstance(found, Pending)
    assert [row.id for row in found.rows] == ["c1.1", "c1.2"]
    settled = rules.settle(found, WHOLE)
    assert [(one.rule, one.subject, one.consequence_of) for one in settled] == [("a/b", "c1.1", None)]


def test_a_condition_that_cannot_be_computed_yet_is_complained_of_when_all_is_known(folder: Folder) -> None:
    folder.rule("a/b", when="8 / tries > 1 && answered")
    rules = evaluator(folder, "answered")
    found = rules.judge([Subject("leg", "c1.1", {"tries": 0, "answered": LATER}, call="c1")])
    assert isinstance(found, Pending)
    assert not rules.notes
    assert rules.settle(found, WHOLE) == []
    assert [note.code for note in rules.notes] == ["rule-error"]


def test_findings_are_completed_not_found_again(folder: Folder) -> None:
    folder.rule("a/b", when="answered", why="'Since {{ reason }}.'", fix="[{text: Wait.}]")
    rules = evaluator(folder)
    subject = Subject("leg", "c1.1", {"answered": True, "reason": "Busy"}, call="c1")
    found = rules.judge([subject])
    assert not isinstance(found, Pending)
    (brief,) = found
    (complete,) = rules.completed(found, [subject])
    assert (brief.why, brief.fix, brief.severity) == ("", (), Severity.error)
    assert (complete.why, [step.text for step in complete.fix]) == ("Since Busy.", ["Wait."])
    assert complete.sentence == brief.sentence
