"""A rule as it stands in its file, ready to be evaluated.

The keys are those of the YAML file.  A :class:`Choice` is a value that may depend on facts: a list
of ``{when, is}`` whose last entry has no condition; the first entry whose condition holds is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import Struct

from sipdiag.facts.declare import StepsName, SubjectKind
from sipdiag.rules.acts import NAMED, Named
from sipdiag.rules.finding import Confidence, Severity

T = TypeVar("T")

Path_ = tuple[str | int, ...]
"""Where a value stands in its document: keys and indices from the top."""


class Case(Struct, Generic[T], frozen=True):
    """One entry of a choice."""

    when: str | None
    """CEL; None: always."""
    value: T


class Choice(Struct, Generic[T], frozen=True):
    """A value that may depend on facts."""

    cases: tuple[Case[T], ...]


class Fix(Struct, frozen=True):
    """One step of the remedy, with its templates; or the advice of a provider's table, by name."""

    text: str = ""
    steps: StepsName | None = None
    when: str | None = None
    command: str | None = None
    url: str | None = None


class Rule(Struct, frozen=True):
    """One rule file."""

    id: str
    """``family/name``: the file's path below its root, without suffix."""
    file: Path
    title: str
    subject: SubjectKind
    severity: Choice[Severity]
    confidence: Choice[Confidence]
    responsible: Choice[Named]
    when: str
    sentence: Choice[str]
    why: str
    evidence: tuple[str, ...] = ()
    fix: tuple[Fix, ...] = ()
    references: tuple[str, ...] = ()
    false_alarms: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    fallback: bool = False
    teardown: bool = False
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

    def expressions(self) -> list[tuple[Path_, str]]:
        """Every CEL expression of the rule, with its place in the file."""
        found: list[tuple[Path_, str]] = [(("when",), self.when)]
        for key in ("severity", "confidence", "responsible", "sentence"):
            cases = getattr(self, key).cases
            found += [((key, i, "when"), case.when) for i, case in enumerate(cases) if case.when is not None]
        found += [(("fix", i, "when"), fix.when) for i, fix in enumerate(self.fix) if fix.when is not None]
        return found

    def templates(self) -> list[tuple[Path_, str]]:
        """Every text template of the rule, with its place in the file."""
        plain = len(self.sentence.cases) == 1 and self.sentence.cases[0].when is None
        found: list[tuple[Path_, str]] = [
            (("sentence",) if plain else ("sentence", i, "is"), case.value)
            for i, case in enumerate(self.sentence.cases)
        ]
        found.append((("why",), self.why))
        for i, fix in enumerate(self.fix):
            if fix.steps is not None:
                continue
            found.append((("fix", i, "text"), fix.text))
            if fix.command is not None:
                found.append((("fix", i, "command"), fix.command))
        return found


def _choice(value: Any, convert: Callable[[Any], T]) -> Choice[T]:
    if not isinstance(value, list):
        return Choice((Case(None, convert(value)),))
    return Choice(tuple(Case(case.get("when"), convert(case["is"])) for case in value))


def _strings(value: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(value or ())


def _fix(data: Mapping[str, Any]) -> Fix:
    return Fix(
        text=data.get("text", ""),
        steps=data.get("steps"),
        when=data.get("when"),
        command=data.get("command", data.get("setting")),
        url=data.get("url", data.get("source")),
    )


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
        severity=_choice(data["severity"], Severity.__getitem__),
        confidence=_choice(data["confidence"], Confidence.__getitem__),
        responsible=_choice(data["responsible"], lambda value: NAMED[NAMED.index(value)]),
        when=data["when"],
        sentence=_choice(data["sentence"], str),
        why=data["why"],
        evidence=_strings(data.get("evidence")),
        fix=tuple(map(_fix, data.get("fix") or ())),
        references=_strings(data.get("references")),
        false_alarms=_strings(data.get("false_alarms")),
        supersedes=_strings(data.get("supersedes")),
        explains=_strings(data.get("explains")),
        fallback=data.get("fallback", False),
        teardown=data.get("teardown", False),
        reports_as=data.get("reports_as"),
        captures={key: tuple(names) for key, names in captures.items()} if captures else None,
        files={key: tuple(map(tuple, sets)) for key, sets in files.items()} if files else None,
    )
