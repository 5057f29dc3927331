"""Which rules may fire on a subject, told by as few of its facts as possible.

The calls of a large capture repeat a few patterns.  So what was asked of a subject, in which order and with
which answers, is kept as a tree: the next one is asked the same, fact after fact, until the tree ends in the
rules that are left.  A rule falls as soon as the answers make its guard false, whatever the other facts are
(CEL's three values tell): a plain call answers a few questions, and most of its facts are never computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from sipdiag.rules.gate import Gate
from sipdiag.rules.plain import Ask, Truth

REMEMBERED = 4096
"""Ends of the tree; it is begun anew when it has so many."""

Holds = Callable[[Gate, str, Mapping[str, object]], Truth]
"""Whether a part of a gate's condition holds with these facts; neither true nor false: they do not tell."""


class _Fork:
    """The next fact to ask for, and what comes after each answer."""

    __slots__ = ("answers", "fact")

    def __init__(self, fact: str) -> None:
        self.fact = fact
        self.answers: dict[object, _Fork | tuple[Gate, ...]] = {}


class Narrowing:
    """The gates that are left for a subject."""

    def __init__(self, gates: Sequence[Gate], truth: Holds) -> None:
        self._gates, self._truth = tuple(gates), truth
        self._root = _Fork("")
        """Asks for nothing: the tree is what comes after the answer None."""
        self._ends = 0

    def left(self, ask: Ask, undecided: Callable[[Gate], bool]) -> tuple[Gate, ...]:
        """The gates that no coarse fact closes; ``undecided`` tells of one whose facts tell neither."""
        node = self._root.answers.get(None)
        while type(node) is _Fork:
            node = node.answers.get(ask(node.fact))
        return node if isinstance(node, tuple) else self._grown(ask, undecided)

    def _grown(self, ask: Ask, undecided: Callable[[Gate], bool]) -> tuple[Gate, ...]:
        """The same after an answer that is new: the tree gets a branch."""
        if self._ends >= REMEMBERED:
            self._root.answers.clear()
            self._ends = 0
        told: dict[str, object] = {}
        fork, answer = self._root, None
        while isinstance(node := fork.answers.get(answer), _Fork):
            fork, answer = node, ask(node.fact)
            told[fork.fact] = answer
        for fact in self._questions(told, ask):
            following = _Fork(fact)
            fork.answers[answer] = following
            fork, answer = following, told[fact]
        left = fork.answers[answer] = tuple(
            gate for gate in self._gates if self._stays(gate, told, undecided)
        )
        self._ends += 1
        return left

    def _stays(self, gate: Gate, told: Mapping[str, object], undecided: Callable[[Gate], bool]) -> bool:
        if self._closing(gate, told.get, told):
            return False
        holds = gate.guard is None or self._truth(gate, gate.guard, told)
        return holds if isinstance(holds, bool) else undecided(gate)

    def _questions(self, told: dict[str, object], ask: Ask) -> list[str]:
        """What is still to be asked, that which closes most gates first; the answers go into ``told``."""
        asked: list[str] = []

        def learn(fact: str) -> None:
            asked.append(fact)
            told[fact] = ask(fact)

        standing = [gate for gate in self._gates if not self._closing(gate, told.get, told)]
        closed_by = [self._closing(gate, ask) for gate in standing]
        open_gates = [gate for gate, facts in zip(standing, closed_by, strict=True) if not facts]
        while closed_by := [facts for facts in closed_by if facts and told.keys().isdisjoint(facts)]:
            learn(Counter(fact for facts in closed_by for fact in facts).most_common(1)[0][0])
        for gate in open_gates:
            for fact in gate.guarding:
                if fact not in told and not isinstance(self._truth(gate, gate.guard or "", told), bool):
                    learn(fact)
        return asked

    def _closing(self, gate: Gate, ask: Ask, among: Mapping[str, object] | None = None) -> list[str]:
        """The facts, of all or ``among`` these, that close a gate each alone."""
        return [
            fact
            for hint, fact in gate.hints
            if (among is None or fact in among) and self._truth(gate, hint, {fact: ask(fact)}) is False
        ]
