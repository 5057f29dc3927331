"""Which rules fire on a subject, and which need not be evaluated.

Expressions compile when the first subject of their kind is evaluated.  Which rules can fire at all is told
by *coarse* facts (truths, closed sets, codes): a rule whose coarse conjuncts are false needs no look at its
counts, durations and texts (:mod:`~sipdiag.rules.narrowing`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from sipdiag.facts.declare import Fact
from sipdiag.rules.expression import ExpressionError, facts_named
from sipdiag.rules.gate import Gate, gate_of
from sipdiag.rules.language import Condition, Language
from sipdiag.rules.let import expanded
from sipdiag.rules.narrowing import Narrowing
from sipdiag.rules.place import expression_problem
from sipdiag.rules.problem import RuleError
from sipdiag.rules.schema import Path_, Rule
from sipdiag.rules.subject import Subject
from sipdiag.rules.template import Sentences

_WORD = re.compile(r"\w+")
SHOWN = 200
"""Characters of a condition that a complaint quotes."""

Complain = Callable[[Rule, Subject, str], None]


class KindRules:
    """The rules about one kind of subject, compiled."""

    def __init__(self, facts: Sequence[Fact], rules: Sequence[Rule]) -> None:
        self.language = Language(facts)
        self.texts = Sentences(facts)
        self._conditions: dict[str, Condition] = {}
        self._written_out: dict[tuple[str, Path_], str] = {}
        discrete: list[Gate] = []
        measured: list[Gate] = []
        for rule in rules:
            when = self.written_out(rule, ("when",), rule.when)
            asked = facts_named(when, facts)
            (discrete if all(fact.discrete for fact in asked) else measured).append(
                gate_of(rule, when, asked)
            )
        self._gates = (*discrete, *measured)
        self._firing = Narrowing(self._gates, self._told)
        self._waiting: Narrowing | None = None

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
        """Whether an expression without ``let`` names is true of a subject; failures are reported."""
        try:
            return self.condition(rule, path, expression).truth(subject.facts) is True
        except ExpressionError as error:
            shown = " ".join(expression.split())
            shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
            complain(rule, subject, f"the condition '{shown}': {error}")
            return False

    def firing(self, subject: Subject, complain: Complain) -> list[Rule]:
        """The rules whose condition holds."""
        possible = self._firing.left(subject.facts.get, lambda gate: self._may_fire(subject, gate, complain))
        return [
            gate.rule
            for gate in possible
            if gate.whole or self.holds(gate.rule, ("when",), gate.when, subject, complain)
        ]

    def waits(self, subject: Subject) -> bool:
        """Whether a rule that has to do with facts of the whole capture, all absent yet, may fire once they are known."""
        if self._waiting is None:
            self._waiting = Narrowing(tuple(self._late()), self._told)
        # What cannot be told of a guard yet may come out true.
        waiting = self._waiting.left(subject.facts.get, lambda gate: True)
        return any(not self._is_false(subject, gate, gate.when) for gate in waiting)

    def _late(self) -> Iterator[Gate]:
        """The rules in which a fact of the whole capture is named anywhere, be it in a text."""
        late = {fact.name for fact in self.language.facts if fact.known_at == "capture"}
        return (gate for gate in self._gates if not late.isdisjoint(_WORD.findall(repr(gate.rule))))

    def _is_false(self, subject: Subject, gate: Gate, expression: str) -> bool:
        return self._told(gate, expression, subject.facts) is False

    def _told(self, gate: Gate, expression: str, facts: Mapping[str, object]) -> bool | None:
        """Whether a part of a condition holds; None where these facts do not tell, or it fails."""
        try:
            return self._truth(gate, expression, facts)
        except ExpressionError:
            return None

    def _truth(self, gate: Gate, expression: str, facts: Mapping[str, object]) -> bool | None:
        return self.condition(gate.rule, ("when",), expression).truth(facts)

    def _may_fire(self, subject: Subject, gate: Gate, complain: Complain) -> bool:
        """Whether a rule fires as far as its guard tells: what it needs and is absent will not come."""
        if gate.whole:
            return self.holds(gate.rule, ("when",), gate.when, subject, complain)
        try:
            return gate.guard is None or self._truth(gate, gate.guard, subject.facts) is True
        except ExpressionError:
            return True
