"""Rules over facts: which fire on a subject, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.capture.payload import Note
from sipdiag.facts.among import Whole
from sipdiag.facts.later import UnsettledError
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.change import changes
from sipdiag.rules.evidence import evidence_of, in_time
from sipdiag.rules.finding import Finding
from sipdiag.rules.gates import KindRules
from sipdiag.rules.relations import Fired, Surviving, relate
from sipdiag.rules.row import WaitingRow, row_of
from sipdiag.rules.scene import Scene
from sipdiag.rules.schema import Rule
from sipdiag.rules.subject import Subject, in_order


class Pending(Struct, frozen=True):
    """What is left open of a call until all of the capture is known."""

    rows: tuple[WaitingRow, ...]


class Evaluator:
    """Evaluates a catalogue, call by call or all at once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._kinds: dict[str, KindRules] = {}
        self.complaints: dict[tuple[str, str], str] = {}
        """Conditions and texts that failed: rule and what failed, with the first subject on which it did."""

    def __reduce__(self) -> tuple[type[Evaluator], tuple[Catalogue]]:
        """Another process compiles everything itself."""
        return Evaluator, (self._catalogue,)

    def again(self) -> Evaluator:
        """An evaluator for the next input: compiled rules are shared, failures start empty."""
        fresh = Evaluator(self._catalogue)
        fresh._kinds = self._kinds
        return fresh

    def judge(self, subjects: Iterable[Subject]) -> list[Finding] | Pending:
        """What rules find on these subjects, without its reasons, proof and remedy; all subjects of a call together.

        :class:`Pending` where that hangs on facts that are not known yet.  CEL's three values tell: what is false
        without a fact is false with it.

        :raises RuleError: a rule does not compile; rules given by users are checked when they load.
        """
        scenes: list[tuple[Scene, list[Rule]]] = []
        pending = False
        for subject in subjects:
            kind = self._kind(subject.kind)
            rules, waiting = kind.standing(subject, self._complain)
            if rules:
                scenes.append((Scene(kind, subject, self._complain), rules))
                pending = pending or waiting
        if not pending:
            try:
                return self._findings(scenes)
            except UnsettledError:
                # Of a rule that fired, what it says.
                pass
        return Pending(tuple(row_of(scene.kind, scene.subject, rules) for scene, rules in scenes))

    def settle(self, pending: Pending, whole: Whole) -> list[Finding]:
        """What :meth:`judge` finds when all of the capture is known."""
        scenes = []
        for row in pending.rows:
            kind, subject = self._kind(row.kind), row.subject(whole)
            rules = [rule for rule in row.rules if kind.fires(rule, subject, self._complain) is True]
            if rules:
                scenes.append((Scene(kind, subject, self._complain), rules))
        return self._findings(scenes)

    def completed(self, findings: Iterable[Finding], subjects: Iterable[Subject]) -> list[Finding]:
        """The findings with their reasons, proof and remedy."""
        at = {(subject.kind, subject.id): subject for subject in subjects}
        scenes: dict[tuple[str, str], Scene] = {}

        def scene_of(rule: Rule, subject: str) -> Scene:
            key = rule.subject, subject
            if key not in scenes:
                scenes[key] = Scene(self._kind(rule.subject), at[key], self._complain)
            return scenes[key]

        found = []
        for finding in findings:
            told = [
                (self._catalogue.rules[name], subject)
                for name, subject in ((finding.told_by, finding.subject), *finding.also)
            ]
            found.append(_complete(finding, [(rule, scene_of(rule, subject)) for rule, subject in told]))
        return found

    def evaluate(self, subjects: Iterable[Subject]) -> list[Finding]:
        """The complete findings on subjects of which all is known."""
        held = list(subjects)
        findings = self.judge(held)
        assert not isinstance(findings, Pending)
        return self.completed(findings, held)

    def _kind(self, name: str) -> KindRules:
        if name not in self._kinds:
            self._kinds[name] = KindRules(self._catalogue.facts.get(name, ()), self._catalogue.on(name))
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

    def _findings(self, scenes: Iterable[tuple[Scene, Sequence[Rule]]]) -> list[Finding]:
        """What rules that fired say of what they fired on."""
        fired = [_fired(scene, rule) for scene, rules in scenes for rule in rules]
        return [self._finding(one) for one in relate(fired)]

    def _finding(self, told: Surviving) -> Finding:
        rule, scene, subject = told.fired.rule, told.fired.scene, told.fired.subject
        return Finding(
            rule=rule.told_as,
            subject=subject.id,
            title=rule.title,
            severity=told.fired.severity,
            confidence=told.fired.confidence,
            acts=subject.acts(scene.decided(rule, lambda one: one.responsible, rule.responsible)),
            sentence=scene.sentence(rule),
            why="",
            fix=(),
            evidence=(),
            references=rule.references,
            role="consequence" if told.consequence_of else "finding",
            consequence_of=told.consequence_of,
            decides=subject.decides,
            teardown=rule.teardown,
            never_cause=rule.never_cause,
            supersedes=self._catalogue.superseded_by(rule.id),
            told_by=rule.id,
        )


def evaluate(catalogue: Catalogue, subjects: Iterable[Subject]) -> list[Finding]:
    """Evaluate once; :class:`Evaluator` keeps what was compiled, and the notes."""
    return Evaluator(catalogue).evaluate(subjects)


def _complete(finding: Finding, told: Sequence[tuple[Rule, Scene]]) -> Finding:
    """With what proves it of each of its subjects, and the remedy for the first."""
    rule, scene = told[0]
    proofs = [evidence_of(rule.evidence, scene.subject.evidence) for rule, scene in told]
    evidence = proofs[0]
    if len(proofs) > 1:
        evidence = tuple(sorted(dict.fromkeys(one for proof in proofs for one in proof), key=in_time))
    return replace(finding, why=scene.why(rule), fix=changes(scene.fix(rule), proofs[0]), evidence=evidence)


def _fired(scene: Scene, rule: Rule) -> Fired:
    return Fired(
        rule,
        scene,
        scene.decided(rule, lambda one: one.severity, rule.severity),
        scene.decided(rule, lambda one: one.confidence, rule.confidence),
    )
