"""Rules over facts: which fire on a subject, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sipdiag.capture.payload import Note
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.change import changes
from sipdiag.rules.evidence import evidence_of
from sipdiag.rules.finding import Finding
from sipdiag.rules.gates import KindRules
from sipdiag.rules.relations import Fired, Surviving, relate
from sipdiag.rules.scene import Scene
from sipdiag.rules.schema import Rule
from sipdiag.rules.subject import Subject, in_order


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

    def evaluate(self, subjects: Iterable[Subject], *, brief: bool = False) -> list[Finding]:
        """The findings on these subjects; all subjects of a call must be given together.

        In ``brief`` they come without why, fix and evidence.

        :raises RuleError: a rule does not compile; rules given by users are checked when they load.
        """
        scenes: dict[int, Scene] = {}
        fired: list[Fired] = []
        for subject in subjects:
            kind = self._kind(subject.kind)
            rules = kind.firing(subject, self._complain)
            if rules:
                scene = scenes[id(subject)] = Scene(kind, subject, self._complain)
                fired += [_fired(scene, rule) for rule in rules]
        return [self._finding(scenes[id(one.fired.subject)], one, brief) for one in relate(fired)]

    def decided(self, subjects: Iterable[Subject]) -> bool:
        """Whether the findings on these subjects, from which facts ``known_at: capture`` were left out, are final.

        CEL's three values tell: what is false without a fact is false with it.  A rule that only mentions
        such a fact, in a text for instance, must not fire either.
        """
        return not any(self._kind(subject.kind).waits(subject) for subject in subjects)

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

    def _finding(self, scene: Scene, told: Surviving, brief: bool) -> Finding:
        rule, subject = told.fired.rule, told.fired.subject
        evidence = () if brief else evidence_of(rule.evidence, subject.evidence)
        return Finding(
            rule=rule.told_as,
            subject=subject.id,
            title=rule.title,
            severity=told.fired.severity,
            confidence=told.fired.confidence,
            acts=subject.acts(scene.decided(rule, lambda one: one.responsible, rule.responsible)),
            sentence=scene.sentence(rule),
            why="" if brief else scene.why(rule),
            fix=() if brief else changes(scene.fix(rule), evidence),
            evidence=evidence,
            references=rule.references,
            role="consequence" if told.consequence_of else "finding",
            consequence_of=told.consequence_of,
            decides=subject.decides,
            teardown=rule.teardown,
            never_cause=rule.never_cause,
            supersedes=self._catalogue.superseded_by(rule.id),
        )


def evaluate(catalogue: Catalogue, subjects: Iterable[Subject]) -> list[Finding]:
    """Evaluate once; :class:`Evaluator` keeps what was compiled, and the notes."""
    return Evaluator(catalogue).evaluate(subjects)


def _fired(scene: Scene, rule: Rule) -> Fired:
    return Fired(
        rule,
        scene.subject,
        scene.decided(rule, lambda one: one.severity, rule.severity),
        scene.decided(rule, lambda one: one.confidence, rule.confidence),
    )
