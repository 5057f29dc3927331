"""Rules over facts: the only place that knows the CEL runtime.

CEL works in three values.  A fact that is absent makes an expression unknown unless the rest decides
it alone (``false && absent`` is false), and an unknown rule is silent.  The runtime does not raise: it
returns a value of type ERROR whose ``value()`` is a non-empty string, so only ``is True`` counts.

Expressions compile once per kind of subject, when the first subject of that kind is evaluated.  Rules
that name only bool and int facts are *discrete*: which of them fire is remembered per combination of
those facts, since the calls of a large capture repeat a few patterns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from cel_expr_python import cel

from sipdiag.capture.payload import Note
from sipdiag.facttypes import Fact, FactType, enums_of
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.evidence import evidence_of
from sipdiag.rules.expression import ExpressionError, compiler_error, facts_named, refuse_misuse
from sipdiag.rules.finding import Finding, FixStep
from sipdiag.rules.place import expression_problem
from sipdiag.rules.problem import RuleError
from sipdiag.rules.relations import Fired, Told, relate
from sipdiag.rules.schema import Choice, Fix, Path_, Rule
from sipdiag.rules.subject import Subject, in_order
from sipdiag.rules.template import TemplateError, Texts

T = TypeVar("T")

_TYPES: Mapping[FactType, cel.Type] = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "double": cel.Type.DOUBLE,
    "string": cel.Type.STRING,
    "list_string": cel.Type.List(cel.Type.STRING),
    "list_int": cel.Type.List(cel.Type.INT),
    "map_string": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
}
_UNKNOWN = 'UNKNOWN: No value with name "'
_INT64 = 2**63 - 1

REMEMBERED = 4096
"""Combinations of discrete facts remembered per kind of subject."""


class Language:
    """Expressions over the facts of one kind of subject."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = tuple(facts)
        variables = {fact.name: _TYPES[fact.type] for fact in facts}
        constants = "".join(
            f"  - {{name: {name}.{member.name}, type: int, value: {int(member)}}}\n"
            for name, enum in enums_of(facts).items()
            for member in enum
        )
        config = cel.NewEnvConfigFromYaml(f"variables:\n{constants}") if constants else None
        self._env = cel.NewEnv(variables=variables, config=config)
        self._ints = [fact.name for fact in facts if fact.type == "int"]
        self._lists = [fact.name for fact in facts if fact.type in ("list_string", "list_int")]

    def compile(self, expression: str) -> cel.Expression:
        """Check and compile a condition.

        :raises ExpressionError: it names unknown facts, mixes types, or is not a truth value.
        """
        refuse_misuse(expression, self.facts)
        try:
            compiled = self._env.compile(expression)
        except RuntimeError as error:
            raise compiler_error(str(error), expression, self.facts) from error
        if compiled.return_type() != cel.Type.BOOL:
            kind = compiled.return_type().name().lower()
            raise ExpressionError(1, 1, f"the expression must be true or false, but is {kind}", "compare it")
        return compiled

    def known(self, facts: Mapping[str, object]) -> dict[str, object]:
        """Facts as the runtime takes them: real lists, integers of 64 bits, nothing that is None."""
        data = {name: value for name, value in facts.items() if value is not None}
        for name in self._ints:
            value = data.get(name)
            if isinstance(value, int) and not -_INT64 <= value <= _INT64:
                data[name] = _INT64 if value > 0 else -_INT64
        for name in self._lists:
            values = data.get(name)
            if isinstance(values, Iterable):
                data[name] = list(values)
        return data

    def activation(self, data: Mapping[str, object]) -> cel.Activation:
        return self._env.Activation(data)


def truth(compiled: cel.Expression, activation: cel.Activation) -> bool | None:
    """Whether a condition holds; None: facts it needs are absent.

    :raises ExpressionError: it cannot be computed, for instance because of a division by zero.
    """
    value = compiled.eval(activation).value()
    if value is True or value is False:
        return value
    if isinstance(value, str) and value.startswith(_UNKNOWN):
        return None
    raise ExpressionError(1, 1, str(value))


class _Kind:
    """The rules about one kind of subject, compiled."""

    def __init__(self, facts: Sequence[Fact], rules: Sequence[Rule]) -> None:
        self.language = Language(facts)
        self.texts = Texts(facts)
        self._conditions: dict[str, cel.Expression] = {}
        self._live: list[Rule] = []
        self._discrete: list[Rule] = []
        named: dict[str, None] = {}
        for rule in rules:
            self.condition(rule, ("when",), rule.when)
            used = facts_named(rule.when, facts)
            if all(fact.discrete for fact in used):
                self._discrete.append(rule)
                named.update((fact.name, None) for fact in used)
            else:
                self._live.append(rule)
        self._key = tuple(named)
        self._remembered: dict[tuple[object, ...], tuple[Rule, ...]] = {}

    def condition(self, rule: Rule, path: Path_, expression: str) -> cel.Expression:
        """:raises RuleError: the expression cannot be compiled."""
        if expression not in self._conditions:
            try:
                self._conditions[expression] = self.language.compile(expression)
            except ExpressionError as error:
                raise RuleError([expression_problem(rule.file, path, expression, error)]) from error
        return self._conditions[expression]

    def firing(self, scene: _Scene) -> list[Rule]:
        """The rules whose condition holds."""
        key = tuple(map(scene.data.get, self._key))
        fired = self._remembered.get(key)
        if fired is None:
            fired = tuple(rule for rule in self._discrete if scene.holds(rule, ("when",), rule.when))
            if len(self._remembered) < REMEMBERED:
                self._remembered[key] = fired
        return [*fired, *(rule for rule in self._live if scene.holds(rule, ("when",), rule.when))]


class _Scene:
    """One subject while rules look at it."""

    def __init__(self, kind: _Kind, subject: Subject, complain: Callable[[Rule, Subject, str], None]) -> None:
        self.kind = kind
        self.subject = subject
        self.data = kind.language.known(subject.facts)
        self._complain = complain

    @cached_property
    def _activation(self) -> cel.Activation:
        return self.kind.language.activation(self.data)

    @cached_property
    def _context(self) -> Mapping[str, object]:
        return self.kind.texts.context(self.data)

    def holds(self, rule: Rule, path: Path_, expression: str) -> bool:
        compiled = self.kind.condition(rule, path, expression)
        try:
            return truth(compiled, self._activation) is True
        except ExpressionError as error:
            self._complain(rule, self.subject, f"the condition '{expression.strip()}': {error}")
            return False

    def chosen(self, rule: Rule, key: str, choice: Choice[T]) -> T:
        for i, case in enumerate(choice.cases[:-1]):
            if case.when is None or self.holds(rule, (key, i, "when"), case.when):
                return case.value
        return choice.cases[-1].value

    def sentence(self, rule: Rule, source: str, otherwise: str) -> str:
        try:
            return self.kind.texts.sentence(source, self._context)
        except TemplateError as error:
            self._complain(rule, self.subject, f"a text: {error}")
            return otherwise

    def command(self, rule: Rule, source: str) -> str | None:
        try:
            return self.kind.texts.command(source, self._context)
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
            responsible=scene.chosen(rule, "responsible", rule.responsible),
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
