"""What of a rule's condition can be told by coarse facts: truths, members of closed sets, codes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sipdiag.facts.declare import Fact
from sipdiag.rules.expression import conjuncts, facts_named
from sipdiag.rules.schema import Rule


class Gate(Struct, frozen=True):
    """When a rule is looked at."""

    rule: Rule
    when: str
    """Its condition with the names of ``let`` written out."""
    hints: tuple[tuple[str, str], ...]
    """The parts of its condition that name a single coarse fact each, with that: many rules share them."""
    guard: str | None
    """The part of its condition that names coarse facts alone; None without one."""
    guarding: tuple[str, ...]
    """The facts that the guard names."""
    whole: bool
    """The guard is all of the condition."""
    late: bool
    """It names a fact that is known only when the whole capture is."""

    @property
    def settled(self) -> bool:
        """Once it is left over by coarse facts the rule fires."""
        return self.whole and not self.late


def gate_of(rule: Rule, when: str, named: Sequence[Fact]) -> Gate:
    """The rule, whose condition names these facts, with what guards it."""
    asked = [(part, facts_named(part, named)) for part in conjuncts(when)]
    coarse = [(part, facts) for part, facts in asked if all(fact.coarse for fact in facts)]
    hints = tuple((part.strip(), facts[0].name) for part, facts in coarse if len(facts) == 1)
    guarding = tuple(dict.fromkeys(fact.name for _, facts in coarse for fact in facts))
    whole = len(coarse) == len(asked)
    guard = when if whole else " && ".join(f"({part}\n)" for part, _ in coarse)
    late = any(fact.known_at == "capture" for fact in named)
    return Gate(rule, when, hints, guard or None, guarding, whole, late)
