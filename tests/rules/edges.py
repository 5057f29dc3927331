"""Thresholds of rules from either side: a real subject with one fact moved over the limit.

``edges.yaml`` has a line per threshold: the sample and the subject in it, the fact, and what the rule does with the
fact just on one side and just on the other (``silent``, or ``fires`` with the numbers of the cases that hold).
``given`` are other facts that are changed as well, where another branch of the condition would decide.
``python -m tests.rules.edges`` prints lines for the thresholds that have none yet, to be read before they are added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from msgspec.structs import replace

from sipdiag.facts.later import LATER
from sipdiag.pipeline.run import load_rulebook
from sipdiag.rules.gates import KindRules
from sipdiag.rules.let import expanded
from sipdiag.rules.schema import Rule
from sipdiag.rules.subject import Subject
from tests.facts.rows import SAMPLES, subjects_of

TABLE = Path(__file__).with_name("edges.yaml")
RULEBOOK = load_rulebook()
LIMIT = re.compile(r"\b([a-z]\w*) ([<>]=?) (\d+(?:\.\d+)?)(?![\w.])")
"""A fact compared with a number."""
_STATUS = re.compile(r"\w*(?:status|result|refused)\w*")
NO_THRESHOLD = (100, 200, 300, 400, 500, 600)
"""Where a class of responses begins (RFC 3261 §7.2)."""


class Limit(NamedTuple):
    """A number that a condition compares a fact with."""

    rule: str
    fact: str
    operator: str
    number: str

    def sides(self) -> tuple[float, float]:
        """The fact just below and just above the limit, one of them on it."""
        if "." not in self.number:
            limit = int(self.number)
            return (limit - 1, limit) if self.operator in ("<", ">=") else (limit, limit + 1)
        exact = float(self.number)
        return (exact - 0.01, exact) if self.operator in ("<", ">=") else (exact, exact + 0.01)


def limits(rule: Rule) -> Iterator[Limit]:
    """Those of a rule, each once; what begins at 0 or 1 and counts things is a truth, not a threshold."""
    texts = [expanded(text, rule.let) for text in (rule.when, *(case.when for case in rule.cases))]
    found = dict.fromkeys(match for text in texts for match in LIMIT.findall(text))
    for fact, operator, number in found:
        if not (_STATUS.fullmatch(fact) and float(number) in NO_THRESHOLD):
            yield Limit(rule.id, fact, operator, number)


@cache
def subjects(sample: str) -> Mapping[tuple[str, str], Subject]:
    """The subjects of a sample, with what is known of them at the end."""
    found = subjects_of(SAMPLES / f"{sample}.pcap", RULEBOOK)
    return {key: replace(one, facts=dict(one.facts)) for key, one in found.items()}


@cache
def _kind(kind: str) -> KindRules:
    return KindRules(RULEBOOK.catalogue.facts[kind], RULEBOOK.catalogue.on(kind))


def outcome(rule: Rule, subject: Subject, **moved: object) -> str:
    """``silent``, or ``fires`` and the numbers of the cases that hold."""
    kind = _kind(rule.subject)
    facts = {name: value for name, value in {**subject.facts, **moved}.items() if value is not None}
    table = RULEBOOK.catalogue.facts[rule.subject]
    facts |= {one.name: one.presence_of in facts for one in table if one.presence_of is not None}
    moved_to = replace(subject, facts=facts)

    def complain(rule: Rule, subject: Subject, text: str) -> None:
        raise AssertionError(f"{rule.id} on {subject.id}: {text}")

    if kind.fires(rule, moved_to, complain) in (False, None, LATER):
        return "silent"
    holding = [
        str(i)
        for i, case in enumerate(rule.cases)
        if kind.holds(
            rule,
            ("cases", i, "when"),
            kind.written_out(rule, ("cases", i, "when"), case.when),
            moved_to,
            complain,
        )
        is True
    ]
    return " ".join(["fires", *holding])


def lines() -> list[dict[str, Any]]:
    """The table."""
    found: list[dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8")) or []
    return found


def line_of(limit: Limit) -> dict[str, Any] | None:
    """The first subject of a sample, those that prove the rule before all others, on which the limit decides."""
    rule = RULEBOOK.catalogue.rules[limit.rule]
    below, above = limit.sides()
    proving = [name for names in (rule.captures or {}).values() for name in names]
    every = sorted(path.relative_to(SAMPLES).with_suffix("").as_posix() for path in SAMPLES.rglob("*.pcap"))
    for sample in dict.fromkeys([*proving, *every]):
        for (kind, name), subject in sorted(subjects(sample).items()):
            if kind != rule.subject:
                continue
            one, other = (outcome(rule, subject, **{limit.fact: value}) for value in (below, above))
            if one != other:
                return {
                    "rule": rule.id,
                    "sample": sample,
                    "id": name,
                    "fact": limit.fact,
                    "sides": {below: one, above: other},
                }
    return None


def main() -> None:
    """Print what is missing in the table."""
    known = {(line["rule"], line["fact"], side) for line in lines() for side in line["sides"]}
    for rule in RULEBOOK.catalogue.rules.values():
        for limit in limits(rule):
            if all((rule.id, limit.fact, side) in known for side in limit.sides()):
                continue
            line = line_of(limit)
            if line is None:
                print(f"# {limit.rule}: {limit.fact} {limit.operator} {limit.number} decides on no sample")
            else:
                print(
                    "-",
                    yaml.safe_dump(line, default_flow_style=True, sort_keys=False, width=1000).strip(),
                    flush=True,
                )


if __name__ == "__main__":
    main()
