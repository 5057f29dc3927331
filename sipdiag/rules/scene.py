"""One rule on one subject: which of its cases hold, and the resulting texts and steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from sipdiag.facts.later import LATER, UnsettledError
from sipdiag.rules.finding import FixStep
from sipdiag.rules.gates import Complain, KindRules
from sipdiag.rules.schema import Case, Fix, Path_, Rule
from sipdiag.rules.subject import Subject
from sipdiag.rules.template import TemplateError

T = TypeVar("T")


class Scene:
    """One subject under evaluation.

    Every question raises :class:`UnsettledError` while its answer is not known yet.
    """

    def __init__(self, kind: KindRules, subject: Subject, complain: Complain) -> None:
        self.kind = kind
        self.subject = subject
        self._complain = complain
        self._held: dict[tuple[str, Path_], bool] = {}
        """Rule and place of a condition → whether it holds; of a case, several keys are asked for."""

    def _holds(self, rule: Rule, path: Path_, expression: str) -> bool:
        key = (rule.id, path)
        held = self._held.get(key)
        if held is None:
            written_out = self.kind.written_out(rule, path, expression)
            truth = self.kind.holds(rule, path, written_out, self.subject, self._complain)
            if truth is LATER:
                raise UnsettledError
            held = self._held[key] = truth is True
        return held

    def _holding(self, rule: Rule) -> Iterator[tuple[int, Case]]:
        """The cases that hold, with their number."""
        for i, case in enumerate(rule.cases):
            if self._holds(rule, ("cases", i, "when"), case.when):
                yield i, case

    def decided(self, rule: Rule, get: Callable[[Rule | Case], T | None], otherwise: T) -> T:
        """What the first case that holds and has it says, else the rule."""
        for i, case in enumerate(rule.cases):
            value = get(case)
            if value is not None and self._holds(rule, ("cases", i, "when"), case.when):
                return value
        return otherwise

    def sentence(self, rule: Rule) -> str:
        """What happened; the title where that cannot be said."""
        return self._text(rule, self.decided(rule, lambda one: one.sentence, rule.sentence), rule.title)

    def why(self, rule: Rule) -> str:
        """Why it is a fault, with what cases add."""
        texts = [self.decided(rule, lambda one: one.why, rule.why)]
        texts += [case.also for _, case in self._holding(rule) if case.also is not None]
        return " ".join(text for source in texts if (text := self._text(rule, source, "")))

    def fix(self, rule: Rule) -> tuple[FixStep, ...]:
        """What to do: the steps of the cases that hold, then the rule's own; each once."""
        steps = [step for path, fix in self._fixes(rule) for step in self._steps(rule, path, fix)]
        return tuple(dict.fromkeys(steps))

    def _fixes(self, rule: Rule) -> Iterator[tuple[Path_, Fix]]:
        for i, case in self._holding(rule):
            yield from ((("cases", i, "fix", j), fix) for j, fix in enumerate(case.fix))
        yield from ((("fix", i), fix) for i, fix in enumerate(rule.fix))

    def _steps(self, rule: Rule, path: Path_, fix: Fix) -> Iterator[FixStep]:
        if fix.when is not None and not self._holds(rule, (*path, "when"), fix.when):
            return
        if fix.advice is not None:
            advised = self.subject.advice(fix.advice)
            yield from (FixStep(step.text, step.command, step.url) for step in advised)
            if advised or not fix.text:
                return
        command = self._command(rule, fix.command) if fix.command is not None else None
        yield FixStep(self._text(rule, fix.text, rule.title), command, fix.url)

    def _context(self, source: str) -> Mapping[str, object]:
        """The facts that a template can print."""
        facts = {name: self.subject.facts.get(name) for name in self.kind.texts.named(source)}
        if LATER in facts.values():
            raise UnsettledError
        return self.kind.texts.context(self.kind.language.known(facts))

    def _text(self, rule: Rule, source: str, otherwise: str) -> str:
        try:
            return self.kind.texts.sentence(source, self._context(source))
        except TemplateError as error:
            self._complain(rule, self.subject, f"a text: {error}")
            return otherwise

    def _command(self, rule: Rule, source: str) -> str | None:
        try:
            return self.kind.texts.command(source, self._context(source))
        except TemplateError as error:
            self._complain(rule, self.subject, f"a command: {error}")
            return None
