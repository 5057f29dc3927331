"""Which of the rules that fired are reported, and which of those are consequences of others.

``fallback`` first: a rule for "nothing else explains it" drops where any other rule above ``info``
fired on its subject (for a call: on any part of it), even one that is itself superseded.  Then ``supersedes`` removes, and
``explains`` marks what is left as a consequence.  Both work within a call: ``supersedes`` on the same
subject and on subjects of other kinds (a transfer's finding replaces its leg's), never on a sibling,
whose failure is its own; ``explains`` on any subject of the call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from sipdiag.rules.finding import Confidence, Severity
from sipdiag.rules.scene import Scene
from sipdiag.rules.schema import Rule
from sipdiag.rules.subject import Subject


class Fired(Struct, frozen=True, eq=False):
    """A rule that fired on a subject, before its texts are written."""

    rule: Rule
    scene: Scene
    severity: Severity
    confidence: Confidence

    @property
    def subject(self) -> Subject:
        """On which it fired."""
        return self.scene.subject


class Surviving(Struct, frozen=True):
    """A fired rule that stays, and the rule it is a consequence of."""

    fired: Fired
    consequence_of: str | None


def relate(fired: Sequence[Fired]) -> list[Surviving]:
    """Apply ``fallback``, ``supersedes`` and ``explains``; the order is kept."""
    groups: defaultdict[tuple[str, str], list[Fired]] = defaultdict(list)
    for one in fired:
        groups[_group(one.subject)].append(one)
    told: list[Surviving] = []
    for group in groups.values():
        kept = _without_superseded(_without_fallbacks(group))
        explained = _explanations(kept)
        told += [_told(one, explained.get(one.rule.id)) for one in kept]
    return told


def _told(one: Fired, cause: Fired | None) -> Surviving:
    """With what explains it; a consequence of an info-level finding is downgraded to info."""
    if cause is not None and cause.severity == Severity.info < one.severity:
        one = Fired(one.rule, one.scene, Severity.info, one.confidence)
    return Surviving(one, cause.rule.told_as if cause is not None else None)


def _group(subject: Subject) -> tuple[str, str]:
    """Findings of different groups know nothing of each other."""
    return ("call", subject.call) if subject.call is not None else (subject.kind, subject.id)


def _without_fallbacks(group: Sequence[Fired]) -> list[Fired]:
    explained = {
        (one.subject.kind, one.subject.id)
        for one in group
        if one.severity > Severity.info and not one.rule.fallback
    }
    return [one for one in group if not (one.rule.fallback and _explained(one, explained))]


def _explained(one: Fired, explained: set[tuple[str, str]]) -> bool:
    """A subject is explained by what fired on it; a call also by what fired on its legs and transfers."""
    if one.subject.kind == "call":
        return bool(explained)
    return (one.subject.kind, one.subject.id) in explained


def _without_superseded(group: Sequence[Fired]) -> list[Fired]:
    """Drop what another rule makes redundant: on the same subject, or on one of another kind."""
    superseded: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for other in group:
        for rule in other.rule.supersedes:
            superseded[rule].add((other.subject.kind, other.subject.id))
            kinds[rule].add(other.subject.kind)
    return [
        one
        for one in group
        if (one.subject.kind, one.subject.id) not in superseded[one.rule.id]
        and not kinds[one.rule.id] - {one.subject.kind}
    ]


def _explanations(kept: Sequence[Fired]) -> dict[str, Fired]:
    """By rule, the strongest of those that explain it."""
    strongest: dict[str, Fired] = {}
    for other in sorted(kept, key=lambda other: (-other.severity, -other.confidence, other.rule.id)):
        for rule in other.rule.explains:
            strongest.setdefault(rule, other)
    return strongest


def cycles(rules: Mapping[str, Rule], relation: str) -> list[tuple[str, ...]]:
    """Every circle in ``supersedes`` or ``explains``, once, as the ids along it."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()
    for start in rules:
        _walk(rules, relation, [start], found, done)
    return list(found.values())


def _walk(
    rules: Mapping[str, Rule],
    relation: str,
    trail: list[str],
    found: dict[frozenset[str], tuple[str, ...]],
    done: set[str],
) -> None:
    here = trail[-1]
    if here in done or here not in rules:
        return
    for following in _related(rules[here], relation):
        if following in trail:
            circle = tuple(trail[trail.index(following) :])
            found.setdefault(frozenset(circle), circle)
        else:
            _walk(rules, relation, [*trail, following], found, done)
    done.add(here)


def _related(rule: Rule, relation: str) -> Iterable[str]:
    return rule.supersedes if relation == "supersedes" else rule.explains
