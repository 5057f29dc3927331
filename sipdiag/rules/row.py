"""A subject that waits for the rest of the capture, as a row: the few facts that its rules ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from sipdiag.facts.among import Standing, Whole, known_among
from sipdiag.facts.later import LATER
from sipdiag.rules.acts import Acts, Named
from sipdiag.rules.gates import KindRules
from sipdiag.rules.schema import Rule
from sipdiag.rules.subject import Subject


class WaitingRow(Struct, frozen=True):
    """What is kept of a subject on which rules fired or may still fire."""

    kind: str
    id: str
    call: str | None
    decides: bool
    rules: tuple[Rule, ...]
    """Those rules."""
    facts: Mapping[str, object]
    """The facts by which they fire and say what happened, as far as they are known."""
    later: tuple[str, ...]
    """Those that are not known yet."""
    acts: Mapping[Named, Acts]
    """The parties that they may name."""
    standing: Standing | None

    def subject(self, whole: Whole) -> Subject:
        """The subject, when all of the capture is known."""
        facts = dict(self.facts)
        if self.standing is not None and self.later:
            among = known_among(self.standing, whole)
            facts.update((name, among.get(name)) for name in self.later)
        return Subject(
            self.kind,
            self.id,
            facts,
            acts=self.acts.__getitem__,
            decides=self.decides,
            call=self.call,
        )


def row_of(kind: KindRules, subject: Subject, rules: Sequence[Rule]) -> WaitingRow:
    """What these rules need of a subject."""
    names = dict.fromkeys(name for rule in rules for name in kind.asks(rule))
    facts = {name: subject.facts.get(name) for name in names}
    later = tuple(name for name, value in facts.items() if value is LATER)
    return WaitingRow(
        kind=subject.kind,
        id=subject.id,
        call=subject.call,
        decides=subject.decides,
        rules=tuple(rules),
        facts=kind.language.known(facts),
        later=later,
        acts={named: subject.acts(named) for rule in rules for named in rule.values("responsible")},
        standing=subject.standing() if subject.standing is not None and later else None,
    )
