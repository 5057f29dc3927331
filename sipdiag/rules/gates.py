"""Which rules fire on a subject, and which of them need not be asked.

Expressions compile when the first subject of their kind is evaluated.  Which rules can fire at all is
remembered per combination of *coarse* facts (truths, closed sets, codes), since the calls of a large
capture repeat a few patterns: a rule whose coarse conjuncts are false needs no look at its counts,
durations and texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sipdiag.facts.declare import Fact
from sipdiag.facts.known import Known
from sipdiag.rules.expression import ExpressionError, conjuncts, facts_named
from sipdiag.rules.language import Condition, Language, Recent
from sipdiag.rules.let import expanded
from sipdiag.rules.place import expression_problem
from sipdiag.rules.problem import RuleError
from sipdiag.rules.schema import Path_, Rule
from sipdiag.rules.subject import Subject
from sipdiag.rules.template import Sentences

_WORD = re.compile(r"\w+")
SHOWN = 200
"""Characters of a condition that a complaint quotes."""
REMEMBERED = 4096
"""Combinations of coarse facts remembered per kind of subject."""

Complain = Callable[[Rule, Subject, str], None]


class _Gate(NamedTuple):
    """When a rule is looked at."""

    rule: Rule
    when: str
    """Its condition with the names of ``let`` written out."""
    hints: tuple[str, ...]
    """The parts of its condition that name a single coarse fact each: many rules share them."""
    guard: str | None
    """The part of its condition that names coarse facts alone; None without one."""
    whole: bool
    """That part is all of the condition."""


class KindRules:
    """The rules about one kind of subject, compiled."""

    def __init__(self, facts: Sequence[Fact], rules: Sequence[Rule]) -> None:
        self.language = Language(facts)
        self.texts = Sentences(facts)
        self._conditions: dict[str, Condition] = {}
        self._written_out: dict[tuple[str, Path_], str] = {}
        discrete: list[_Gate] = []
        measured: list[_Gate] = []
        named: dict[str, None] = {}
        for rule in rules:
            when = self.written_out(rule, ("when",), rule.when)
            asked = facts_named(when, facts)
            gate = _gate(rule, when, asked)
            named.update((fact.name, None) for fact in facts_named(gate.guard or "", asked))
            (discrete if all(fact.discrete for fact in asked) else measured).append(gate)
        self._gates = (*discrete, *measured)
        self._key = tuple(named)
        self._remembered: Recent[tuple[_Gate, ...]] = Recent(REMEMBERED)
        self._waiting: Recent[tuple[_Gate, ...]] = Recent(REMEMBERED)
        self._late_gates: tuple[_Gate, ...] | None = None

    def written_out(self, rule: Rule, path: Path_, expression: str) -> str:
        """An expression of a rule with the names of its ``let`` replaced by what they stand for."""
        key = (rule.id, path)
        known = self._written_out.get(key)
        if known is None:
            known = self._written_out[key] = expanded(expression, rule.let)
        return known

    def condition(self, rule: Rule, path: Path_, expression: str) -> Condition:
        """:raises RuleError: the expression cannot be compiled."""
        known = self._conditions.get(expression)
        if known is None:
            try:
                known = self._conditions[expression] = Condition(self.language, expression)
            except ExpressionError as error:
                raise RuleError([expression_problem(rule.file, path, expression, error)]) from error
        return known

    def holds(self, rule: Rule, path: Path_, expression: str, subject: Subject, complain: Complain) -> bool:
        """Whether an expression without names of ``let`` is true of a subject; what fails is complained of."""
        try:
            return self.condition(rule, path, expression).truth(subject.facts) is True
        except ExpressionError as error:
            shown = " ".join(expression.split())
            shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
            complain(rule, subject, f"the condition '{shown}': {error}")
            return False

    def firing(self, subject: Subject, complain: Complain) -> list[Rule]:
        """The rules whose condition holds."""
        key = _values(subject.facts, self._key)
        possible = self._remembered.get(key)
        if possible is None:
            possible = tuple(gate for gate in self._gates if self._may_fire(subject, gate, complain))
            self._remembered[key] = possible
        return [
            gate.rule
            for gate in possible
            if gate.whole or self.holds(gate.rule, ("when",), gate.when, subject, complain)
        ]

    def waits(self, subject: Subject) -> bool:
        """Whether a rule that has to do with facts of the whole capture, all absent yet, may fire once they are known."""
        key = _values(subject.facts, self._key)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = tuple(gate for gate in self._late() if self._not_ruled_out(subject, gate, gate.guard))
            self._waiting[key] = waiting
        return any(self._not_ruled_out(subject, gate, gate.when) for gate in waiting)

    def _late(self) -> tuple[_Gate, ...]:
        """The rules in which a fact of the whole capture is named anywhere, be it in a text."""
        if self._late_gates is None:
            late = {fact.name for fact in self.language.facts if fact.known_at == "capture"}
            self._late_gates = tuple(
                gate for gate in self._gates if not late.isdisjoint(_WORD.findall(repr(gate.rule)))
            )
        return self._late_gates

    def _not_ruled_out(self, subject: Subject, gate: _Gate, expression: str | None) -> bool:
        if expression is None:
            return True
        if any(self._is_false(subject, gate, hint) for hint in gate.hints):
            return False
        return not self._is_false(subject, gate, expression)

    def _is_false(self, subject: Subject, gate: _Gate, expression: str) -> bool:
        try:
            return self._truth(subject, gate, expression) is False
        except ExpressionError:
            return False

    def _truth(self, subject: Subject, gate: _Gate, expression: str) -> bool | None:
        return self.condition(gate.rule, ("when",), expression).truth(subject.facts)

    def _may_fire(self, subject: Subject, gate: _Gate, complain: Complain) -> bool:
        """Whether a rule fires as far as its guard tells: what it needs and is absent will not come."""
        if any(self._is_false(subject, gate, hint) for hint in gate.hints):
            return False
        if gate.whole:
            return self.holds(gate.rule, ("when",), gate.when, subject, complain)
        try:
            return gate.guard is None or self._truth(subject, gate, gate.guard) is True
        except ExpressionError:
            return True


def _values(facts: Mapping[str, object], names: tuple[str, ...]) -> tuple[object, ...]:
    """The values of the named facts, None where one is not known."""
    return facts.valued(names) if isinstance(facts, Known) else tuple(map(facts.get, names))


def _gate(rule: Rule, when: str, named: Sequence[Fact]) -> _Gate:
    """The rule, whose condition names these facts, with what guards it."""
    asked = [(part, facts_named(part, named)) for part in conjuncts(when)]
    coarse = [(part, facts) for part, facts in asked if all(fact.coarse for fact in facts)]
    hints = tuple(part.strip() for part, facts in coarse if len(facts) == 1) if len(asked) > 1 else ()
    if len(coarse) == len(asked):
        return _Gate(rule, when, hints, when, whole=True)
    guard = " && ".join(f"({part}\n)" for part, _ in coarse)
    return _Gate(rule, when, hints, guard or None, whole=False)
