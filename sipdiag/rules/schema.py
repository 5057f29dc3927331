"""A rule as it stands in its file, ready to be evaluated.

The keys are those of the YAML file.  What a rule says in general stands at its top; a :class:`Case` says
what differs under a condition.  Of each key the first case that holds and has it decides, else the rule
itself; the steps of every case that holds come before the rule's own, and each ``also`` after its ``why``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from sipdiag.facts.subjects import SubjectKind
from sipdiag.rules.acts import NAMED, Named
from sipdiag.rules.finding import Confidence, Severity

Path_ = tuple[str | int, ...]
"""Where a value stands in its document: keys and indices from the top."""

Decided = Literal["severity", "confidence", "responsible", "sentence", "why"]
"""The keys of which one value is chosen."""

ADVICE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")
"""How advice of a provider's table is named among the steps of a fix: ``cause``, ``callee.geo_permissions``."""


class Fix(Struct, frozen=True):
    """One step of the remedy, with its templates; or the advice of a provider's table, by name.

    With both, the text is for the parties whose table has no such advice.
    """

    text: str = ""
    advice: str | None = None
    when: str | None = None
    command: str | None = None
    url: str | None = None


class Case(Struct, frozen=True):
    """What a rule says where a condition holds; None: nothing of its own."""

    when: str
    """CEL."""
    severity: Severity | None = None
    confidence: Confidence | None = None
    responsible: Named | None = None
    sentence: str | None = None
    why: str | None = None
    also: str | None = None
    """Appended to ``why``, wherever that comes from."""
    fix: tuple[Fix, ...] = ()


class Rule(Struct, frozen=True):
    """One rule file."""

    id: str
    """``family/name``: the file's path below its root, without suffix."""
    file: Path
    title: str
    subject: SubjectKind
    severity: Severity
    confidence: Confidence
    responsible: Named
    when: str
    sentence: str
    why: str
    let: Mapping[str, str] = {}
    """Name → the condition it stands for, in ``when`` and in all cases."""
    cases: tuple[Case, ...] = ()
    evidence: tuple[str, ...] = ()
    fix: tuple[Fix, ...] = ()
    references: tuple[str, ...] = ()
    false_alarms: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    fallback: bool = False
    teardown: bool = False
    never_cause: bool = False
    reports_as: str | None = None
    """The rule whose id its findings carry: the same fault on another kind of subject."""
    captures: Mapping[str, tuple[str, ...]] | None = None
    """``fires`` and ``silent``: names of the sample captures that prove the rule."""
    files: Mapping[str, tuple[tuple[str, ...], ...]] | None = None
    """``fires`` and ``silent``: sets of sample documents that prove a rule on ``context``."""

    @property
    def told_as(self) -> str:
        """The id its findings carry."""
        return self.reports_as or self.id

    @property
    def family(self) -> str:
        return self.id.split("/", 1)[0]

    def values(self, key: Decided) -> list[Any]:
        """Every value that ``key`` may take, in the order of the cases, the rule's own last; each once."""
        given = [value for case in self.cases if (value := getattr(case, key)) is not None]
        return list(dict.fromkeys([*given, getattr(self, key)]))

    def expressions(self) -> list[tuple[Path_, str]]:
        """Every CEL expression of the rule as it is written, with its place in the file."""
        found: list[tuple[Path_, str]] = [(("let", name), text) for name, text in self.let.items()]
        found.append((("when",), self.when))
        found += [(("cases", i, "when"), case.when) for i, case in enumerate(self.cases)]
        found += [((*path, "when"), fix.when) for path, fix in self.steps() if fix.when is not None]
        return found

    def templates(self) -> list[tuple[Path_, str]]:
        """Every text template of the rule, with its place in the file."""
        found: list[tuple[Path_, str]] = [(("sentence",), self.sentence), (("why",), self.why)]
        for i, case in enumerate(self.cases):
            for key, text in (("sentence", case.sentence), ("why", case.why), ("also", case.also)):
                if text is not None:
                    found.append((("cases", i, key), text))
        for path, fix in self.steps():
            if fix.advice is None or fix.text:
                found.append(((*path, "text"), fix.text))
            if fix.command is not None:
                found.append(((*path, "command"), fix.command))
        return found

    def steps(self) -> Iterator[tuple[Path_, Fix]]:
        """Every step of every case, then the rule's own, with its place in the file."""
        for i, case in enumerate(self.cases):
            yield from ((("cases", i, "fix", j), fix) for j, fix in enumerate(case.fix))
        yield from ((("fix", i), fix) for i, fix in enumerate(self.fix))


def _strings(value: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(value or ())


def _fix(data: str | Mapping[str, Any]) -> Fix:
    if isinstance(data, str):
        return Fix(advice=data) if ADVICE.fullmatch(data) else Fix(data)
    return Fix(
        data.get("text", ""), data.get("advice"), data.get("when"), data.get("command"), data.get("url")
    )


def _case(data: Mapping[str, Any]) -> Case:
    severity, confidence, responsible = data.get("severity"), data.get("confidence"), data.get("responsible")
    return Case(
        when=data["when"],
        severity=Severity[severity] if severity is not None else None,
        confidence=Confidence[confidence] if confidence is not None else None,
        responsible=_named(responsible) if responsible is not None else None,
        sentence=data.get("sentence"),
        why=data.get("why"),
        also=data.get("also"),
        fix=tuple(map(_fix, data.get("fix") or ())),
    )


def _named(name: str) -> Named:
    return NAMED[NAMED.index(name)]


def rule_from(rule_id: str, file: Path, data: Mapping[str, Any]) -> Rule:
    """Build a rule from a document that is known to be well formed.

    :raises KeyError, TypeError, ValueError, AttributeError: the document is not; ``models.py`` says where.
    """
    captures, files = data.get("captures"), data.get("files")
    return Rule(
        id=rule_id,
        file=file,
        title=data["title"],
        subject=data["subject"],
        severity=Severity[data["severity"]],
        confidence=Confidence[data["confidence"]],
        responsible=_named(data["responsible"]),
        when=data["when"],
        let=data.get("let") or {},
        cases=tuple(map(_case, data.get("cases") or ())),
        sentence=data["sentence"],
        why=data["why"],
        evidence=_strings(data.get("evidence")),
        fix=tuple(map(_fix, data.get("fix") or ())),
        references=_strings(data.get("references")),
        false_alarms=_strings(data.get("false_alarms")),
        supersedes=_strings(data.get("supersedes")),
        explains=_strings(data.get("explains")),
        fallback=data.get("fallback", False),
        teardown=data.get("teardown", False),
        never_cause=data.get("never_cause", False),
        reports_as=data.get("reports_as"),
        captures={key: tuple(names) for key, names in captures.items()} if captures else None,
        files={key: tuple(map(tuple, sets)) for key, sets in files.items()} if files else None,
    )
