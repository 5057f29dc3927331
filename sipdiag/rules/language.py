"""Conditions over facts: the only place that knows the CEL runtime.

CEL works in three values.  A fact that is absent makes an expression unknown unless the rest decides
it alone (``false && absent`` is false), and an unknown rule is silent; where the fact is not known yet, so is
whether the expression holds.  The runtime does not raise: it returns a value of type ERROR whose ``value()``
is a non-empty string, so only ``is True`` counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from sipdiag.facts.declare import Fact
from sipdiag.facts.later import LATER
from sipdiag.rules.expression import (
    ExpressionError,
    Vocabulary,
    conjuncts,
    refuse_burden,
    refuse_misuse,
)
from sipdiag.rules.plain import LONGEST_TEXT, MOST_ITEMS, Told, Truth, plain
from sipdiag.rules.refused import compiler_error

if TYPE_CHECKING:
    from cel_expr_python import cel

_UNKNOWN = 'UNKNOWN: No value with name "'
_INT64 = 2**63 - 1
REMEMBERED = 256
"""Cached results per condition."""


T = TypeVar("T")


class Recent(dict[tuple[object, ...], T]):
    """Results by values, emptied when it holds ``most``: calls of a large capture repeat a few patterns."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, values: tuple[object, ...], result: T) -> None:
        if len(self) >= self._most:
            self.clear()
        super().__setitem__(values, result)


class Language:
    """Expressions over the facts of one kind of subject."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.vocabulary = Vocabulary(facts)
        self.facts = self.vocabulary.facts
        self._ints = {fact.name for fact in facts if fact.type == "int"}
        self._maps = {fact.name for fact in facts if fact.type == "map_string"}
        self._lists = {fact.name for fact in facts if fact.type in ("list_string", "list_int")}

    @cached_property
    def _env(self) -> cel.Env:
        """Made, and CEL imported, for the first condition that is not plain: most captures ask for none."""
        from cel_expr_python import cel

        types = {
            "bool": cel.Type.BOOL,
            "int": cel.Type.INT,
            "double": cel.Type.DOUBLE,
            "string": cel.Type.STRING,
            "list_string": cel.Type.List(cel.Type.STRING),
            "list_int": cel.Type.List(cel.Type.INT),
            "map_string": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
        }
        constants = "".join(
            f"  - {{name: {name}.{member.name}, type: int, value: {int(member)}}}\n"
            for name, enum in self.vocabulary.enums.items()
            for member in enum
        )
        config = cel.NewEnvConfigFromYaml(f"variables:\n{constants}") if constants else None
        return cel.NewEnv(variables={fact.name: types[fact.type] for fact in self.facts}, config=config)

    def compile(self, expression: str) -> cel.Expression:
        """Check and compile a condition.

        :raises ExpressionError: it names unknown facts, mixes types, or is not a truth value.
        """
        refuse_burden(expression)
        refuse_misuse(expression, self.vocabulary)
        try:
            compiled = self._env.compile(expression)
        except RuntimeError as error:
            raise compiler_error(str(error), expression, self.facts) from error
        kind = compiled.return_type().name().lower()
        if kind != "bool":
            raise ExpressionError(1, 1, f"the expression must be true or false, but is {kind}", "compare it")
        return compiled

    def known(self, facts: Mapping[str, object]) -> dict[str, object]:
        """Facts as the runtime takes them: real lists and dicts, integers of 64 bits, known ones only."""
        data = {name: value for name, value in facts.items() if value is not None and value is not LATER}
        for name in self._ints & data.keys():
            value = data[name]
            if isinstance(value, int) and not -_INT64 <= value <= _INT64:
                data[name] = _INT64 if value > 0 else -_INT64
        for name in self._lists & data.keys():
            values = data[name]
            if isinstance(values, Iterable):
                data[name] = list(values)
        for name in self._maps & data.keys():
            values = data[name]
            if isinstance(values, Mapping):
                data[name] = dict(values)
        return data

    def activation(self, data: Mapping[str, object]) -> cel.Activation:
        """Values as a condition sees them: texts and lists cut to their bounds."""
        return self._env.Activation({name: _seen(value) for name, value in data.items()})


def _seen(value: object) -> object:
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    if isinstance(value, list):
        return [_seen(one) for one in value[:MOST_ITEMS]]
    if isinstance(value, dict):
        return {name: _seen(one) for name, one in value.items()}
    return value


def truth(compiled: cel.Expression, activation: cel.Activation) -> bool | None:
    """Whether a condition holds; None: facts it needs are absent.

    :raises ExpressionError: it cannot be computed, for instance because of a division by zero.
    """
    try:
        value = compiled.eval(activation).value()
    except RuntimeError as error:
        # The only error the runtime raises: its step budget is exhausted.
        raise ExpressionError(1, 1, f"it takes too many steps ({error})") from error
    if value is True or value is False:
        return value
    if isinstance(value, str) and value.startswith(_UNKNOWN):
        return None
    raise ExpressionError(1, 1, str(value))


def condition_of(language: Language, expression: str) -> Condition | Plain:
    """A condition, however it is best asked.

    :raises ExpressionError: see :meth:`Language.compile`.
    """
    told = plain(expression, language.vocabulary)
    return Condition(language, expression) if told is None else Plain(told)


class Plain:
    """A condition that holds, or not, to CEL just as it does without asking it."""

    def __init__(self, told: Told) -> None:
        self._told = told

    def truth(self, facts: Mapping[str, object]) -> Truth:
        """Whether it holds.

        :raises ExpressionError: a fact is not of its type.
        """
        try:
            return self._told(facts.get)
        except TypeError as error:
            raise ExpressionError(1, 1, str(error)) from error


class Limit(Struct, frozen=True):
    """A part of a condition that holds a count or a measure against a number: where it is false, so is the whole."""

    fact: str
    holds: Callable[[float, float], bool]
    number: float

    def refuses(self, value: object) -> bool:
        """Whether the part is false; an absent value tells nothing."""
        return isinstance(value, int | float) and not self.holds(value, self.number)


_LIMIT = re.compile(r"\s*(?P<fact>[A-Za-z_]\w*)\s*(?P<sign>[<>]=?)\s*(?P<number>-?\d+(?:\.\d+)?)\s*")
_SIGNS: Mapping[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _limits(expression: str, names: Sequence[str]) -> tuple[Limit, ...]:
    """Those of the parts that ``&&`` joins which are about one of these facts."""
    found = map(_LIMIT.fullmatch, conjuncts(expression))
    return tuple(
        Limit(
            one["fact"],
            _SIGNS[one["sign"]],
            float(one["number"]) if "." in one["number"] else int(one["number"]),
        )
        for one in found
        if one is not None and one["fact"] in names
    )


class Condition:
    """A compiled condition, asked about one subject after the other.

    Results are cached by the values of the facts it names that are truths and whole numbers: the calls
    of a large capture repeat a few patterns.  Where those decide it, whatever the others are, the others
    are not asked for.
    """

    def __init__(self, language: Language, expression: str) -> None:
        """:raises ExpressionError: see :meth:`Language.compile`."""
        self._language = language
        self._compiled = language.compile(expression)
        self.facts = tuple(language.vocabulary.named(expression))
        """Those it names."""
        self._discrete = tuple(fact.name for fact in self.facts if fact.discrete)
        self._others = tuple(fact.name for fact in self.facts if not fact.discrete)
        self._counts = tuple(
            (self._discrete.index(one.fact), one) for one in _limits(expression, self._discrete)
        )
        self._measures = _limits(expression, self._others)
        self._remembered: Recent[Truth | ExpressionError] = Recent(REMEMBERED)

    def truth(self, facts: Mapping[str, object]) -> Truth:
        """Whether it holds.

        :raises ExpressionError: it cannot be computed.
        """
        values = tuple(map(facts.get, self._discrete))
        for place, limit in self._counts:
            # Counts differ from call to call: what CEL says of them would not be found among what is remembered.
            if limit.refuses(values[place]):
                return False
        if values not in self._remembered:
            self._remembered[values] = self._attempted(values)
        found = self._remembered[values]
        if self._others and not isinstance(found, bool):
            if any(limit.refuses(facts.get(limit.fact)) for limit in self._measures):
                return False
            return self._computed((*values, *map(facts.get, self._others)))
        if isinstance(found, ExpressionError):
            raise found
        return found

    def _attempted(self, values: Sequence[object]) -> Truth | ExpressionError:
        try:
            return self._computed(values)
        except ExpressionError as error:
            return error

    def _computed(self, values: Sequence[object]) -> Truth:
        """By the values of ``_discrete`` and ``_others``, in that order; the latter may be left out."""
        # An activation of the few facts that are named costs a fraction of one of all.
        known = self._language.known(dict(zip((*self._discrete, *self._others), values, strict=False)))
        activation = self._language.activation(known)
        if LATER not in values:
            return truth(self._compiled, activation)
        try:
            found = truth(self._compiled, activation)
        except ExpressionError:
            return LATER
        return LATER if found is None else found
