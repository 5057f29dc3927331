"""Rules over facts: which fire on a subject, and what they say.

Expressions compile once per kind of subject, when the first subject of that kind is evaluated.  Which
rules can fire at all is remembered per combination of *coarse* facts (truths, closed sets, codes),
since the calls of a large capture repeat a few patterns: a rule whose coarse conjuncts are false needs
no look at its counts, durations and texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from sipdiag.capture.payload import Note
from sipdiag.facts.declare import Fact
from sipdiag.facts.known import Known
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.evidence import evidence_of
from sipdiag.rules.expression import ExpressionError, conjuncts, facts_named
from sipdiag.rules.finding import Finding, FixStep
from sipdiag.rules.language import Condition, Language, Recent
from sipdiag.rules.place import expression_problem
from sipdiag.rules.problem import RuleError
from sipdiag.rules.relations import Fired, Told, relate
from sipdiag.rules.schema import Choice, Fix, Path_, Rule
from sipdiag.rules.subject import Subject, in_order
from sipdiag.rules.template import TemplateError, Texts

T = TypeVar("T")

_WORD = re.compile(r"\w+")
SHOWN = 200
"""Characters of a condition that a complaint quotes."""
REMEMBERED = 4096
"""Combinations of coarse facts remembered per kind of subject."""


class _Gate(NamedTuple):
    """When a rule is looked at."""

    rule: Rule
    hints: tuple[str, ...]
    """The parts of its condition that name a single coarse fact each: many rules share them."""
    guard: str | None
    """The part of its condition that names coarse facts alone; None without one."""
    whole: bool
    """That part is all of the condition."""


class _Kind:
    """The rules about one kind of subject, compiled."""

    def __init__(self, facts: Sequence[Fact], rules: Sequence[Rule]) -> None:
        self.language = Language(facts)
        self.texts = Texts(facts)
        self._conditions: dict[str, Condition] = {}
        discrete: list[_Gate] = []
        measured: list[_Gate] = []
        named: dict[str, None] = {}
        for rule in rules:
            asked = facts_named(rule.when, facts)
            gate = _gate(rule, asked)
            named.update((fact.name, None) for fact in facts_named(gate.guard or "", asked))
            (discrete if all(fact.discrete for fact in asked) else measured).append(gate)
        self._gates = (*discrete, *measured)
        self._key = tuple(named)
        self._remembered: Recent[tuple[_Gate, ...]] = Recent(REMEMBERED)
        self._waiting: Recent[tuple[_Gate, ...]] = Recent(REMEMBERED)
        self._late_gates: tuple[_Gate, ...] | None = None

    def condition(self, rule: Rule, path: Path_, expression: str) -> Condition:
        """:raises RuleError: the expression cannot be compiled."""
        known = self._conditions.get(expression)
        if known is None:
            try:
                known = self._conditions[expression] = Condition(self.language, expression)
            except ExpressionError as error:
                raise RuleError([expression_problem(rule.file, path, expression, error)]) from error
        return known

    def firing(self, scene: _Scene) -> list[Rule]:
        """The rules whose condition holds."""
        key = _values(scene.subject.facts, self._key)
        possible = self._remembered.get(key)
        if possible is None:
            possible = tuple(gate for gate in self._gates if self._may_fire(scene, gate))
            self._remembered[key] = possible
        return [
            gate.rule for gate in possible if gate.whole or scene.holds(gate.rule, ("when",), gate.rule.when)
        ]

    def waits(self, scene: _Scene) -> bool:
        """Whether a rule that has to do with facts of the whole capture, all absent yet, may fire once they are known."""
        key = _values(scene.subject.facts, self._key)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = tuple(gate for gate in self._late() if self._not_ruled_out(scene, gate, gate.guard))
            self._waiting[key] = waiting
        return any(self._not_ruled_out(scene, gate, gate.rule.when) for gate in waiting)

    def _late(self) -> tuple[_Gate, ...]:
        """The rules in which a fact of the whole capture is named anywhere, be it in a text."""
        if self._late_gates is None:
            late = {fact.name for fact in self.language.facts if fact.known_at == "capture"}
            self._late_gates = tuple(
                gate for gate in self._gates if not late.isdisjoint(_WORD.findall(repr(gate.rule)))
            )
        return self._late_gates

    def _not_ruled_out(self, scene: _Scene, gate: _Gate, expression: str | None) -> bool:
        if expression is None:
            return True
        if any(self._is_false(scene, gate, hint) for hint in gate.hints):
            return False
        return not self._is_false(scene, gate, expression)

    def _is_false(self, scene: _Scene, gate: _Gate, expression: str) -> bool:
        try:
            return self._truth(scene, gate, expression) is False
        except ExpressionError:
            return False

    def _truth(self, scene: _Scene, gate: _Gate, expression: str) -> bool | None:
        return self.condition(gate.rule, ("when",), expression).truth(scene.subject.facts)

    def _may_fire(self, scene: _Scene, gate: _Gate) -> bool:
        """Whether a rule fires as far as its guard tells: what it needs and is absent will not come."""
        if any(self._is_false(scene, gate, hint) for hint in gate.hints):
            return False
        if gate.whole:
            return scene.holds(gate.rule, ("when",), gate.rule.when)
        try:
            return gate.guard is None or self._truth(scene, gate, gate.guard) is True
        except ExpressionError:
            return True


def _values(facts: Mapping[str, object], names: tuple[str, ...]) -> tuple[object, ...]:
    """The values of the named facts, None where one is not known."""
    return facts.valued(names) if isinstance(facts, Known) else tuple(map(facts.get, names))


def _gate(rule: Rule, named: Sequence[Fact]) -> _Gate:
    """The rule, whose condition names these facts, with what guards it."""
    asked = [(part, facts_named(part, named)) for part in conjuncts(rule.when)]
    coarse = [(part, facts) for part, facts in asked if all(fact.coarse for fact in facts)]
    hints = tuple(part.strip() for part, facts in coarse if len(facts) == 1) if len(asked) > 1 else ()
    if len(coarse) == len(asked):
        return _Gate(rule, hints, rule.when, whole=True)
    guard = " && ".join(f"({part}\n)" for part, _ in coarse)
    return _Gate(rule, hints, guard or None, whole=False)


class _Scene:
    """One subject while rules look at it."""

    def __init__(self, kind: _Kind, subject: Subject, complain: Callable[[Rule, Subject, str], None]) -> None:
        self.kind = kind
        self.subject = subject
        self._complain = complain

    def holds(self, rule: Rule, path: Path_, expression: str) -> bool:
        try:
            return self.kind.condition(rule, path, expression).truth(self.subject.facts) is True
        except ExpressionError as error:
            shown = " ".join(expression.split())
            shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
            self._complain(rule, self.subject, f"the condition '{shown}': {error}")
            return False

    def chosen(self, rule: Rule, key: str, choice: Choice[T]) -> T:
        for i, case in enumerate(choice.cases[:-1]):
            if case.when is None or self.holds(rule, (key, i, "when"), case.when):
                return case.value
        return choice.cases[-1].value

    def _context(self, source: str) -> Mapping[str, object]:
        """The facts that a template can print."""
        facts = {name: self.subject.facts.get(name) for name in self.kind.texts.named(source)}
        return self.kind.texts.context(self.kind.language.known(facts))

    def sentence(self, rule: Rule, source: str, otherwise: str) -> str:
        try:
            return self.kind.texts.sentence(source, self._context(source))
        except TemplateError as error:
            self._complain(rule, self.subject, f"a text: {error}")
            return otherwise

    def command(self, rule: Rule, source: str) -> str | None:
        try:
            return self.kind.texts.command(source, self._context(source))
        except TemplateError as error:
            self._complain(rule, self.subject, f"a command: {error}")
            return None


class Evaluator:
    """Evaluates a catalogue, call by call or all at once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._kinds: dict[str, _Kind] = {}
        self.complaints: dict[tuple[str, str], str] = {}
        """Conditions and texts that failed: rule and what failed, with the first subject on which it did."""

    def __reduce__(self) -> tuple[type[Evaluator], tuple[Catalogue]]:
        """In another process everything is compiled anew."""
        return Evaluator, (self._catalogue,)

    def again(self) -> Evaluator:
        """One without notes for the next input, that shares what was compiled."""
        fresh = Evaluator(self._catalogue)
        fresh._kinds = self._kinds
        return fresh

    def evaluate(self, subjects: Iterable[Subject], *, brief: bool = False) -> list[Finding]:
        """The findings on these subjects; all subjects of a call must be given together.

        In ``brief`` they come without why, fix and evidence.

        :raises RuleError: a rule does not compile; rules given by users are checked when they load.
        """
        scenes: dict[int, _Scene] = {}
        fired: list[Fired] = []
        for subject in subjects:
            kind = self._kind(subject.kind)
            scene = _Scene(kind, subject, self._complain)
            rules = kind.firing(scene)
            if rules:
                scenes[id(subject)] = scene
            fired += [_fired(scene, rule) for rule in rules]
        return [self._finding(scenes[id(one.fired.subject)], one, brief) for one in relate(fired)]

    def decided(self, subjects: Iterable[Subject]) -> bool:
        """Whether the findings on these subjects, from which facts ``known_at: capture`` were left out, are final.

        CEL's three values tell: what is false without a fact is false with it.  A rule that only mentions
        such a fact, in a text for instance, must not fire either.
        """
        return not any(
            kind.waits(_Scene(kind, subject, _quietly))
            for subject in subjects
            for kind in (self._kind(subject.kind),)
        )

    def _kind(self, name: str) -> _Kind:
        if name not in self._kinds:
            self._kinds[name] = _Kind(self._catalogue.facts.get(name, ()), self._catalogue.on(name))
        return self._kinds[name]

    def _complain(self, rule: Rule, subject: Subject, text: str) -> None:
        self.blame({(rule.id, text): subject.id})

    def blame(self, complaints: Mapping[tuple[str, str], str]) -> None:
        """Take up what failed, here or in another evaluator of the same catalogue."""
        for failed, subject in complaints.items():
            known = self.complaints.get(failed, subject)
            self.complaints[failed] = min(known, subject, key=in_order)

    @property
    def notes(self) -> list[Note]:
        """``rule-error``: what failed, by the subjects on which it did so first."""
        told = sorted(self.complaints.items(), key=lambda one: (in_order(one[1]), one[0]))
        return [
            Note("rule-error", f"Rule {rule} failed on {subject}: {text}.") for (rule, text), subject in told
        ]

    def _finding(self, scene: _Scene, told: Told, brief: bool) -> Finding:
        rule, subject = told.fired.rule, told.fired.subject
        return Finding(
            rule=rule.told_as,
            subject=subject.id,
            title=rule.title,
            severity=told.fired.severity,
            confidence=told.fired.confidence,
            acts=subject.acts(scene.chosen(rule, "responsible", rule.responsible)),
            sentence=scene.sentence(rule, scene.chosen(rule, "sentence", rule.sentence), rule.title),
            why="" if brief else scene.sentence(rule, rule.why, ""),
            fix=() if brief else _fix(scene, rule),
            evidence=() if brief else evidence_of(rule.evidence, subject.evidence),
            references=rule.references,
            role="consequence" if told.consequence_of else "finding",
            consequence_of=told.consequence_of,
            decides=subject.decides,
            teardown=rule.teardown,
            supersedes=self._catalogue.superseded_by(rule.id),
        )


def evaluate(catalogue: Catalogue, subjects: Iterable[Subject]) -> list[Finding]:
    """Evaluate once; :class:`Evaluator` keeps what was compiled, and the notes."""
    return Evaluator(catalogue).evaluate(subjects)


def _quietly(rule: Rule, subject: Subject, text: str) -> None:
    """Nothing is told of a condition that is asked early; it will be asked again."""


def _fired(scene: _Scene, rule: Rule) -> Fired:
    return Fired(
        rule,
        scene.subject,
        scene.chosen(rule, "severity", rule.severity),
        scene.chosen(rule, "confidence", rule.confidence),
    )


def _fix(scene: _Scene, rule: Rule) -> tuple[FixStep, ...]:
    return tuple(step for fix in _applicable(scene, rule) for step in _steps(scene, rule, fix))


def _applicable(scene: _Scene, rule: Rule) -> list[Fix]:
    return [
        fix
        for i, fix in enumerate(rule.fix)
        if fix.when is None or scene.holds(rule, ("fix", i, "when"), fix.when)
    ]


def _steps(scene: _Scene, rule: Rule, fix: Fix) -> Iterator[FixStep]:
    if fix.steps is not None:
        for step in scene.subject.advice.get(fix.steps, ()):
            yield FixStep(step.text, step.command, step.url)
        return
    command = scene.command(rule, fix.command) if fix.command is not None else None
    yield FixStep(scene.sentence(rule, fix.text, rule.title), command, fix.url)
