"""What is declared is real: each fact known somewhere and wanted by somebody, its type as annotated."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import IntEnum
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from sipdiag.capture.payload import Accounting
from sipdiag.facts.declare import Fact
from sipdiag.facts.subjects import SUBJECT_KINDS
from sipdiag.facts.table import EVIDENCE, FACTS
from sipdiag.pipeline.run import analyze
from sipdiag.rules.evaluate import Evaluator
from sipdiag.rules.expression import facts_named
from sipdiag.rules.finding import Finding
from sipdiag.rules.subject import Subject, cited_by
from tests.calls.dialogs import diagnosis, judge, knowledge

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").rglob("*.pcap"))
PYTHON_TYPES = {"bool": bool, "int": int, "double": float, "string": str}
OF_CALLS: list[str] = [kind for kind in SUBJECT_KINDS if kind != "context"]
"""The facts of documents are declared by checks, and tested with them."""
DECLARED = {(kind, fact.name): fact for kind in OF_CALLS for fact in FACTS[kind] if fact.presence_of is None}
PRINTED = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
"""What a template takes of the facts: all else is prose."""


EXTRA = (
    # A transfer whose REFER was not captured.
    "- a INVITE\n- a 200 +1\n- a ACK\n- a agent REFER tel:+13125550162 lost +5\n- a 202 lost"
    "\n- a carrier NOTIFY 200 +2\n- a 200",
    # A REFER refused with a cause of the telephone network.
    "- a INVITE\n- a 200 +1\n- a ACK\n- a agent REFER tel:+13125550162 +5"
    "\n- a 403: {headers: {Reason: 'Q.850;cause=21'}}",
    # A registration that its provider refuses, in its own words and with a cause.
    "- g REGISTER\n- g 403 \"Account Disabled D17\": {headers: {Reason: 'Q.850;cause=21'}}",
)
"""What no sample shows."""
REGISTRATION = '\n  g: {from: pbx, to: telnyx, caller: "+12025550148", callee: "+12025550148"}\n'


def arguments(sample: Path) -> tuple[list[str], str | None]:
    """The captures of a sample and what ``--expect`` is, by its own expectation file."""
    args = yaml.safe_load(sample.with_suffix(".expect.yaml").read_text(encoding="utf-8")).get("args", [])
    given = dict(pairwise(args))
    others = [str(sample.with_name(given["--also"]))] if "--also" in given else []
    return [str(sample), *others], given.get("--expect")


@pytest.fixture(scope="module")
def subjects() -> list[Subject]:
    """Every subject of every sample."""
    seen: list[Subject] = []
    completed = Evaluator.completed

    def record(self: Evaluator, findings: Iterable[Finding], subjects: Iterable[Subject]) -> list[Finding]:
        these = list(subjects)
        seen.extend(one for one in these if one.kind in OF_CALLS)
        return completed(self, findings, these)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Evaluator, "completed", record)
        for sample in SAMPLES:
            captures, expected = arguments(sample)
            analyze(captures, expect=expected)
        for ladder in EXTRA:
            diagnosis(ladder, dialogs=REGISTRATION)
        judge([], accounting=Accounting(seen=3, undecoded={"ARP": 3}, untraced=["Set the log level."]))
    return seen


def test_every_kind_of_subject_occurs(subjects: list[Subject]) -> None:
    assert {one.kind for one in subjects} == set(OF_CALLS)
    assert set(FACTS) == set(EVIDENCE) == set(SUBJECT_KINDS)


def test_each_fact_is_used_by_a_rule_or_marked() -> None:
    """Facts that several kinds of subjects share are declared once, and one rule that needs them is enough."""
    catalogue, _ = knowledge()
    used: set[tuple[str, str]] = set()
    for kind in OF_CALLS:
        facts, names = FACTS[kind], set[str]()
        for rule in catalogue.on(kind):
            for _, expression in rule.expressions():
                names.update(fact.name for fact in facts_named(expression, facts))
            for _, template in rule.templates():
                names.update(
                    word for taken in PRINTED.findall(template) for word in re.findall(r"\w+", taken)
                )
        used |= {(fact.name, fact.meaning) for fact in facts if fact.name in names}
    marked = {(fact.name, fact.meaning): fact.for_expectations for fact in DECLARED.values()}
    neither = sorted(one for one, marked_so in marked.items() if not marked_so and one not in used)
    assert neither == []
    assert sorted(one for one, marked_so in marked.items() if marked_so and one in used) == []


def test_meanings_are_sentences() -> None:
    odd = [one for one, fact in DECLARED.items() if not fact.meaning.endswith(".") or len(fact.meaning) > 160]
    assert odd == []


def test_every_declared_fact_is_known_somewhere(subjects: list[Subject]) -> None:
    emitted = {(one.kind, name) for one in subjects for name in one.facts}
    missing = sorted(set(DECLARED) - emitted)
    assert not missing, missing


def fits(fact: Fact, value: object) -> bool:
    if fact.enum is not None:
        return isinstance(value, fact.enum)
    if fact.type == "map_string":
        return isinstance(value, Mapping) and all(isinstance(x, str) for pair in value.items() for x in pair)
    if fact.type.startswith("list_"):
        return isinstance(value, list) and len(value) <= 256
    if isinstance(value, IntEnum):
        return False
    return type(value) is PYTHON_TYPES[fact.type]


def test_types_fit_and_nothing_unknown_is_passed_on(subjects: list[Subject]) -> None:
    wrong = {
        (one.kind, name, type(value).__name__)
        for one in subjects
        for name, value in one.facts.items()
        if not fits(DECLARED[one.kind, name], value)
    }
    assert wrong == set()


def test_absence_is_said_one_way(subjects: list[Subject]) -> None:
    """Of a closed set by its member ``unknown``, never by the fact being absent; of all others by ``has_…``."""
    closed = {(kind, fact.name) for (kind, _), fact in DECLARED.items() if fact.enum is not None}
    assert {(kind, name) for kind, name in closed if DECLARED[kind, name].optional} == set()
    assert {
        (one.kind, name)
        for one in subjects
        for kind, name in closed
        if kind == one.kind and name not in one.facts
    } == set()
    has = {kind: {fact.presence_of for fact in facts} - {None} for kind, facts in FACTS.items()}
    assert {(kind, name) for kind, name in closed if name in has[kind]} == set()
    optional = {(kind, fact.name) for (kind, _), fact in DECLARED.items() if fact.optional}
    assert {(kind, name) for kind, name in optional if name not in has[kind]} == set()


def test_durations_are_not_negative(subjects: list[Subject]) -> None:
    negative = {
        (one.id, name)
        for one in subjects
        for name, value in one.facts.items()
        if name.endswith("_s") and isinstance(value, float) and value < 0
    }
    assert negative == set()


def test_evidence_is_declared_and_every_name_is_used(subjects: list[Subject]) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    filled: dict[str, set[str]] = defaultdict(set)
    for one in subjects:
        names = one.evidence if isinstance(one.evidence, Mapping) else EVIDENCE[one.kind]
        found[one.kind] |= set(names)
        filled[one.kind] |= {name for name in names if cited_by(one.evidence, name)}
    declared = {kind: set(EVIDENCE[kind]) for kind in OF_CALLS}
    assert {kind: found[kind] ^ names for kind, names in declared.items() if found[kind] != names} == {}
    assert {kind: names - filled[kind] for kind, names in declared.items() if names - filled[kind]} == {}


def test_enums_say_in_words_what_they_are() -> None:
    enums = {fact.enum for fact in DECLARED.values() if fact.enum is not None}
    assert all(enum.__doc__ for enum in enums)
    assert all(member.value > 0 for enum in enums for member in enum)
