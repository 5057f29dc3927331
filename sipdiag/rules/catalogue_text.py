"""What ``sipdiag rules list|show|check`` print, without the printing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

from msgspec import Struct

from sipdiag.facts.declare import EvidenceTable, FactTable
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.expression import facts_named
from sipdiag.rules.let import expanded
from sipdiag.rules.problem import Problem
from sipdiag.rules.schema import Case, Fix, Rule
from sipdiag.rules.traps import traps


class RuleLine(NamedTuple):
    """One line of ``rules list``."""

    id: str
    severity: str
    """Every severity it may have, the default last: ``error, info``."""
    subject: str
    title: str


def rows(catalogue: Catalogue) -> list[RuleLine]:
    """The rules, by id."""
    return [
        RuleLine(
            rule.id,
            ", ".join(value.name for value in rule.values("severity")),
            rule.subject,
            rule.title,
        )
        for rule in catalogue.rules.values()
    ]


def show(rule: Rule) -> str:
    """A rule in full, for reading."""
    parts = [
        f"{rule.id}: {rule.title}",
        f"File: {rule.file}",
        f"Subject: {rule.subject}",
        f"Severity: {rule.severity.name}",
        f"Confidence: {rule.confidence.name}",
        f"Who has to act: {rule.responsible}",
        _listed("Names", [f"{name}: {_one_line(text)}" for name, text in rule.let.items()]),
        f"Fires when:\n{indent(rule.when.strip(), '  ')}",
        f"Says: {rule.sentence.strip()}",
        f"Why:\n{indent(rule.why.strip(), '  ')}",
        _listed("Cases", [_case(case) for case in rule.cases]),
        _listed("Proof", rule.evidence),
        _listed("What to do", [_fix(fix) for fix in rule.fix]),
        _listed("References", rule.references),
        _listed("Known false alarms", rule.false_alarms),
        _listed("Supersedes", rule.supersedes),
        _listed("Explains", rule.explains),
        f"Its findings carry the id {rule.reports_as}." if rule.reports_as is not None else "",
        "Only where nothing else above info fires on the subject." if rule.fallback else "",
        "A fault of the teardown: the root cause only where there is nothing else." if rule.teardown else "",
        "Never the root cause of a call." if rule.never_cause else "",
        *(_listed(f"Captures, {key}", names) for key, names in (rule.captures or {}).items()),
        *(_listed(f"Files, {key}", [*map(" + ".join, sets)]) for key, sets in (rule.files or {}).items()),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _case(case: Case) -> str:
    """A condition, and below it what differs there."""
    marks = [one.name for one in (case.severity, case.confidence) if one is not None]
    marks += [f"{case.responsible} has to act"] if case.responsible is not None else []
    told = (("Says", case.sentence), ("Why", case.why), ("And", case.also))
    lines = [", ".join(marks), *(f"{name}: {_one_line(text)}" for name, text in told if text is not None)]
    lines += [f"- {_fix(fix)}".replace("\n", "\n  ") for fix in case.fix]
    return "\n    ".join(
        [f"when {_one_line(case.when)}", *(line.replace("\n", "\n    ") for line in lines if line)]
    )


def _listed(heading: str, items: Sequence[str]) -> str:
    return "\n".join([f"{heading}:", *(f"  - {item}" for item in items)]) if items else ""


def _fix(fix: Fix) -> str:
    """A step on its own lines, its command and link below."""
    if fix.advice is not None:
        when = f" (when {fix.when.strip()})" if fix.when is not None else ""
        otherwise = f"\n    otherwise: {fix.text.strip()}" if fix.text else ""
        return f"the provider's advice: {fix.advice}{when}{otherwise}"
    below = [
        f"when {fix.when.strip()}" if fix.when is not None else "",
        fix.command.strip() if fix.command is not None else "",
        fix.url or "",
    ]
    return "\n    ".join([fix.text.strip(), *(line.replace("\n", "\n    ") for line in below if line)])


class CheckReport(Struct, frozen=True):
    """What ``rules check`` found."""

    rules: int
    """Sound rules."""
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    """Worth knowing, no fault."""


def check(folder: Path, facts: FactTable, evidence_names: EvidenceTable, builtin: bool = True) -> CheckReport:
    """Examine every rule file below a folder, together with the built-in rules it may refer to."""
    from sipdiag.rules.catalogue import catalogue_root
    from sipdiag.rules.check import check_relations, check_roots
    from sipdiag.rules.load import load_trusted

    rules, problems = check_roots([folder], facts, evidence_names)
    if not problems:
        known = load_trusted(catalogue_root()) if builtin else {}
        problems = check_relations({**known, **rules}, rules, complete=builtin)
    notes = [note for rule in rules.values() for note in traps(rule, facts.get(rule.subject, ()))]
    notes += (note for rule in rules.values() if (note := _slow(rule, facts)))
    return CheckReport(len(rules), tuple(problems), tuple(notes))


def _slow(rule: Rule, facts: FactTable) -> str:
    """A rule over measured values or free text cannot be cached from call to call."""
    when = expanded(rule.when, rule.let)
    measured = [fact for fact in facts_named(when, facts.get(rule.subject, ())) if not fact.discrete]
    if not measured:
        return ""
    named = ", ".join(f"{fact.name} ({fact.type})" for fact in measured)
    return f"{rule.id} is computed anew for every {rule.subject}: it names {named}"
