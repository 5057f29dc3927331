"""Each step that names a setting, a header or a number is asserted where it is chosen.

``fixes.yaml`` says what is printed, with its values: on a sample capture, on sample documents, or under given facts where
no sample chooses the step.  The last test walks every rule, case and advice, and names each step that no row asserts.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from sipdiag.facts.declare import enums_of
from sipdiag.knowledge.provider import AdviceStep, Provider
from sipdiag.pipeline.lint import lint
from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.pipeline.run import analyze, load_rulebook
from sipdiag.rules.finding import Finding, FixStep
from sipdiag.rules.gates import KindRules
from sipdiag.rules.scene import Scene
from sipdiag.rules.schema import Rule
from sipdiag.rules.subject import Subject
from tests.facts.rows import arguments

ROOT = Path(__file__).parents[2]
SAMPLES, DOCUMENTS = ROOT / "sample_pcaps", ROOT / "sample_context"
BOOK = load_rulebook()
RULES = BOOK.catalogue.rules
TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("fixes.yaml").read_text(encoding="utf-8"))

VALUE = re.compile(r"\{\{.*?\}\}")
NAMES = re.compile(
    r"\d|\{\{|=|[a-z]+_[a-z]|[a-z]+[A-Z]\w"
    r"|\b(From|Contact|Via|Route|Refer-To|Referred-By|Require|Supported|Diversion|Identity|NOTIFY|Min-SE)\b"
)
"""What makes a step one that a wrong word in it would send astray: a number, a value, a setting or a header."""


class Step(NamedTuple):
    """A step that has to be asserted."""

    place: str
    """``cases.1.fix.0`` in its rule; ``callee.geo_permissions@telnyx`` for advice."""
    text: str
    command: str

    def said(self, step: FixStep) -> bool:
        """Whether a printed step is this one."""
        pattern = ".*?".join(map(re.escape, VALUE.split(" ".join(self.text.split()))))
        return re.fullmatch(pattern, step.text) is not None and (not self.command or bool(step.command))


def named(place: str, text: str, command: str | None) -> Iterator[Step]:
    if command or NAMES.search(text):
        yield Step(place, text, command or "")


def advice(provider: Provider, name: str) -> Sequence[AdviceStep]:
    """All that a provider's file says under a name, of each product."""
    own = [*provider.advice_of(name), *(provider.ring_timers_of(()) if name == "ring_timers" else ())]
    return [*own, *(step for product in provider.products for step in provider.advice_of(name, product))]


def steps(rule: Rule) -> Iterator[Step]:
    """Every step of a rule that names something."""
    for path, fix in rule.steps():
        if fix.text:
            yield from named(".".join(map(str, path)), fix.text, fix.command)


def advised() -> Iterator[Step]:
    """Every step of a provider's file that some rule calls for, and that names something."""
    called = {
        fix.advice for rule in RULES.values() for _, fix in rule.steps() if fix.advice and "." in fix.advice
    }
    for name in sorted({one.partition(".")[2] for one in called}):
        seen: dict[str, str] = {}
        for provider in BOOK.providers:
            for step in advice(provider, name):
                if seen.setdefault(step.text, provider.id) == provider.id:
                    yield from named(f"{name}@{provider.id}", step.text, step.command)


# -- what is printed ----------------------------------------------------------------------------------


@cache
def analysis(sample: str) -> Analysis:
    """As its expectation file has it analysed, with the files beside it."""
    capture = next(p for p in SAMPLES.glob(f"{sample}.*") if p.suffix in (".pcap", ".pcapng", ".log"))
    captures, expected = arguments(capture)
    return analyze(captures, expect=expected, rulebook=BOOK)[0]


def of_sample(sample: str, rule: str) -> list[FixStep]:
    made = analysis(sample)
    calls = [call.findings for call in made.calls if isinstance(call, CallDetail)]
    found: list[Finding] = [*made.findings, *(one for findings in calls for one in findings)]
    return [step for finding in found if finding.rule == RULES[rule].told_as for step in finding.fix]


@cache
def of_documents(rule: str, number: int) -> list[FixStep]:
    """What is advised on the set of documents that fires a rule on files."""
    names = (RULES[rule].files or {})["fires"][number]
    arguments = [f"{role}{eq}{DOCUMENTS / name}" for one in names for role, eq, name in [one.rpartition("=")]]
    findings = lint(arguments, datetime.date(2026, 11, 1), BOOK).findings
    return [step for finding in findings if finding.rule == rule for step in finding.fix]


def under(rule: Rule, facts: Mapping[str, Any], parties: Mapping[str, str]) -> list[FixStep]:
    """What a rule advises where these facts hold, and these parties are of these providers."""
    table = BOOK.catalogue.facts[rule.subject]
    enums = enums_of(table)
    given: dict[str, object] = {
        fact.name: False for fact in table if fact.type == "bool" and not fact.optional
    }
    closed = [(fact.name, fact.enum) for fact in table if fact.enum is not None]
    given |= {name: enum["unknown"] for name, enum in closed if "unknown" in enum.__members__}
    for name, value in facts.items():
        owner, dot, member = str(value).partition(".")
        given[name] = enums[owner][member] if dot and owner in enums else value
        given |= {f"has_{name}": True} if f"has_{name}" in given else {}

    def advise(name: str) -> Sequence[AdviceStep]:
        party, _, wanted = name.partition(".")
        if party == "any":
            return BOOK.providers.shared_advice(wanted)
        provider, _, product = parties.get(party, "").partition(":")
        if provider and wanted == "ring_timers":
            return BOOK.providers.get(provider).ring_timers_of([facts["ring_s"]] if "ring_s" in facts else [])
        return BOOK.providers.get(provider).advice_of(wanted, product or None) if provider else ()

    def complain(rule: Rule, subject: Subject, text: str) -> None:
        raise AssertionError(f"{rule.id}: {text}")

    kind = KindRules(table, BOOK.catalogue.on(rule.subject))
    return list(Scene(kind, Subject(rule.subject, "c1.1", given, advice=advise), complain).fix(rule))


class Row(NamedTuple):
    """One line of the table."""

    rule: str
    where: str
    printed: list[FixStep]
    wanted: list[str]
    """Each stands in a step or its command."""
    unwanted: list[str]


def rows() -> Iterator[tuple[str, str, Any]]:
    for sample, rules in TABLE["samples"].items():
        yield from ((rule, f"sample {sample}", (sample, wanted)) for rule, wanted in rules.items())
    for rule, wanted in TABLE["documents"].items():
        yield rule, "documents", wanted
    for number, row in enumerate(TABLE["facts"]):
        yield row["rule"], f"facts {number}", row


def row(rule: str, where: str, data: Any) -> Row:
    if where == "documents":
        sets = range(len((RULES[rule].files or {})["fires"]))
        printed = [step for number in sets for step in of_documents(rule, number)]
        return Row(rule, where, printed, data, [])
    if where.startswith("sample"):
        return Row(rule, where, of_sample(data[0], rule), data[1], [])
    printed = under(RULES[rule], data["facts"], data.get("parties", {}))
    return Row(rule, where, printed, data["has"], data.get("lacks", []))


ROWS = list(rows())


@pytest.mark.parametrize(("rule", "where", "data"), ROWS, ids=[f"{rule}, {where}" for rule, where, _ in ROWS])
def test_what_is_advised(rule: str, where: str, data: Any) -> None:
    one = row(rule, where, data)
    said = [f"{step.text} {step.command or ''}" for step in one.printed]
    for fragment in one.wanted:
        assert any(fragment in text for text in said), f"{fragment!r} is in none of {said}"
    for fragment in one.unwanted:
        assert not any(fragment in text for text in said), f"{fragment!r} is in {said}"


def test_every_step_that_names_something_is_asserted() -> None:
    asserted: dict[str, list[FixStep]] = {}
    for rule, where, data in ROWS:
        one = row(rule, where, data)
        said = [
            step for step in one.printed if any(f in f"{step.text} {step.command or ''}" for f in one.wanted)
        ]
        asserted.setdefault(rule, []).extend(said)
    every = [step for said in asserted.values() for step in said]
    missing = [
        f"{rule.id} {step.place}: {step.text}"
        for rule in RULES.values()
        for step in steps(rule)
        if not any(map(step.said, asserted.get(rule.id, ())))
    ]
    missing += [f"{step.place}: {step.text}" for step in advised() if not any(map(step.said, every))]
    assert missing == []
