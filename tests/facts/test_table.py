"""The table of facts and what computes them agree: nothing undeclared, nothing unused, types fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import IntEnum
from pathlib import Path

import pytest
import yaml

from sipdiag.capture.payload import Accounting
from sipdiag.facts.declare import SUBJECT_KINDS, Fact
from sipdiag.facts.table import EVIDENCE, FACTS
from sipdiag.pipeline.run import analyze
from sipdiag.rules.evaluate import Evaluator
from sipdiag.rules.finding import Finding
from sipdiag.rules.subject import Subject
from tests.calls.dialogs import diagnosis, judge

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").rglob("*.pcap"))
PYTHON_TYPES = {"bool": bool, "int": int, "double": float, "string": str}
DECLARED = {(kind, fact.name): fact for kind, facts in FACTS.items() for fact in facts}


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


def expectation(sample: Path) -> str | None:
    """What ``--expect`` is, by the sample's own expectation file."""
    args = yaml.safe_load(sample.with_suffix(".expect.yaml").read_text(encoding="utf-8")).get("args", [])
    return args[args.index("--expect") + 1] if "--expect" in args else None


@pytest.fixture(scope="module")
def subjects() -> list[Subject]:
    """Every subject of every sample."""
    seen: list[Subject] = []
    evaluate = Evaluator.evaluate

    def record(self: Evaluator, subjects: Iterable[Subject], *, brief: bool = False) -> list[Finding]:
        these = list(subjects)
        seen.extend(these)
        return evaluate(self, these, brief=brief)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Evaluator, "evaluate", record)
        for sample in SAMPLES:
            analyze([str(sample)], expect=expectation(sample))
        for ladder in EXTRA:
            diagnosis(ladder, dialogs=REGISTRATION)
        judge([], accounting=Accounting(seen=3, undecoded={"ARP": 3}))
    return seen


def test_every_kind_of_subject_occurs(subjects: list[Subject]) -> None:
    assert {one.kind for one in subjects} == set(SUBJECT_KINDS) == set(FACTS) == set(EVIDENCE)


def test_names_are_declared_once() -> None:
    assert len(DECLARED) == sum(len(facts) for facts in FACTS.values())


def test_no_fact_is_emitted_that_is_not_declared(subjects: list[Subject]) -> None:
    emitted = {(one.kind, name) for one in subjects for name in one.facts}
    assert emitted - set(DECLARED) == set()


def test_every_declared_fact_is_known_somewhere(subjects: list[Subject]) -> None:
    emitted = {(one.kind, name) for one in subjects for name in one.facts}
    assert sorted(set(DECLARED) - emitted) == []


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
        if (fact := DECLARED.get((one.kind, name))) is not None and not fits(fact, value)
    }
    assert wrong == set()


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
        assert isinstance(one.evidence, dict)
        found[one.kind] |= set(one.evidence)
        filled[one.kind] |= {name for name, messages in one.evidence.items() if messages}
    declared = {kind: set(names) for kind, names in EVIDENCE.items()}
    assert found == declared
    assert filled == declared


def test_enums_say_in_words_what_they_are() -> None:
    enums = {fact.enum for fact in DECLARED.values() if fact.enum is not None}
    assert all(enum.__doc__ for enum in enums)
    assert all(member.value > 0 for enum in enums for member in enum)
