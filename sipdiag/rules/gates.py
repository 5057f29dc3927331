"""Which rules fire on a subject, and which need not be evaluated.

Expressions compile when the first subject of their kind is evaluated.  Which rules can fire at all is told
by *coarse* facts (truths, closed sets, codes): a rule whose coarse conjuncts are false needs no look at its
counts, durations and texts (:mod:`~sipdiag.rules.narrowing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sipdiag.facts.declare import Fact
from sipdiag.facts.later import LATER
from sipdiag.rules.expression import ExpressionError
from sipdiag.rules.gate import Gate, gate_of
from sipdiag.rules.language import Condition, Language, Plain, condition_of
from sipdiag.rules.let import expanded
from sipdiag.rules.narrowing import Narrowing
from sipdiag.rules.place import expression_problem
from sipdiag.rules.plain import Truth
from sipdiag.rules.problem import RuleError
from sipdiag.rules.schema import Case, Path_, Rule
from sipdiag.rules.subject import Subject
from sipdiag.rules.template import Sentences

SHOWN = 200
"""Characters of a condition that a complaint quotes."""

Complain = Callable[[Rule, Subject, str], None]


class KindRules:
    """The rules about one kind of subject, compiled."""

    def __init__(self, facts: Sequence[Fact], rules: Sequence[Rule]) -> None:
        self.language = Language(facts)
        self.texts = Sentences(facts)
        self._conditions: dict[str, Condition | Plain] = {}
        self._written_out: dict[tuple[str, Path_], str] = {}
        discrete: list[Gate] = []
        measured: list[Gate] = []
        for rule in rules:
            when = self.written_out(rule, ("when",), rule.when)
            asked = self.language.vocabulary.named(when)
            (discrete if all(fact.discrete for fact in asked) else measured).append(
                gate_of(rule, when, asked)
            )
        self._narrowing = Narrowing((*discrete, *measured), self._told)
        self._asked: dict[str, tuple[str, ...]] = {}

    def written_out(self, rule: Rule, path: Path_, expression: str) -> str:
        """An expression of a rule with the names of its ``let`` replaced by what they stand for."""
        key = (rule.id, path)
        known = self._written_out.get(key)
        if known is None:
            known = self._written_out[key] = expanded(expression, rule.let)
        return known

    def condition(self, rule: Rule, path: Path_, expression: str) -> Condition | Plain:
        """:raises RuleError: the expression cannot be compiled."""
        known = self._conditions.get(expression)
        if known is None:
            try:
                known = self._conditions[expression] = condition_of(self.language, expression)
            except ExpressionError as error:
                raise RuleError([expression_problem(rule.file, path, expression, error)]) from error
        return known

    def asks(self, rule: Rule) -> tuple[str, ...]:
        """The facts by which a rule fires and says what happened; its reasons and steps may ask for others."""
        known = self._asked.get(rule.id)
        if known is None:
            asked: list[tuple[Path_, str]] = [(("when",), rule.when)]
            asked += [(("cases", i, "when"), case.when) for i, case in enumerate(rule.cases) if _speaks(case)]
            whole = "\n".join(self.written_out(rule, path, condition) for path, condition in asked)
            sentences = (text for text in (rule.sentence, *(case.sentence for case in rule.cases)) if text)
            names = [fact.name for fact in self.language.vocabulary.named(whole)]
            names += (name for text in sentences for name in self.texts.named(text))
            known = self._asked[rule.id] = tuple(dict.fromkeys(names))
        return known

    def holds(self, rule: Rule, path: Path_, expression: str, subject: Subject, complain: Complain) -> Truth:
        """Whether an expression without names of ``let`` is true of a subject; what fails is complained of."""
        try:
            return self.condition(rule, path, expression).truth(subject.facts)
        except ExpressionError as error:
            shown = " ".join(expression.split())
            shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
            complain(rule, subject, f"the condition '{shown}': {error}")
            return False

    def fires(self, rule: Rule, subject: Subject, complain: Complain) -> Truth:
        """Whether a rule's condition holds."""
        return self.holds(rule, ("when",), self.written_out(rule, ("when",), rule.when), subject, complain)

    def standing(self, subject: Subject, complain: Complain) -> tuple[list[Rule], bool]:
        """The rules that fire or may do so later, and whether there are any of the latter."""
        rules, waiting = [], False
        for gate in self._narrowing.left(
            subject.facts.get, lambda gate: self._may_fire(subject, gate, complain)
        ):
            truth = gate.settled or self.holds(gate.rule, ("when",), gate.when, subject, complain)
            if truth:
                rules.append(gate.rule)
                waiting = waiting or truth is LATER
        return rules, waiting

    def _told(self, gate: Gate, expression: str, facts: Mapping[str, object]) -> Truth:
        """Whether a part of a condition holds; None where these facts do not tell, or it fails."""
        try:
            return self._truth(gate, expression, facts)
        except ExpressionError:
            return None

    def _truth(self, gate: Gate, expression: str, facts: Mapping[str, object]) -> Truth:
        return self.condition(gate.rule, ("when",), expression).truth(facts)

    def _may_fire(self, subject: Subject, gate: Gate, complain: Complain) -> bool:
        """Whether a rule fires as far as its guard tells: what it needs and is absent will not come."""
        if gate.whole:
            return bool(self.holds(gate.rule, ("when",), gate.when, subject, complain))
        try:
            return gate.guard is None or bool(self._truth(gate, gate.guard, subject.facts))
        except ExpressionError:
            return True


def _speaks(case: Case) -> bool:
    """A case that has a say in more than why it is a fault, and what to do."""
    return any(one is not None for one in (case.severity, case.confidence, case.responsible, case.sentence))
