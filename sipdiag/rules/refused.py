"""The messages of CEL's compiler in plain words; nothing here imports it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sipdiag.facts.declare import Fact, enums_of
from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.rules.expression import ExpressionError

_COMPILER = re.compile(r"ERROR: [^:\n]*:(\d+):(\d+): ([^\n]*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '(\S+)' applied to '([^']*)'")
_CONTAINER = re.compile(r" \(in container ''\)")
_EXPECTING = re.compile(r" expecting \{.*")


def compiler_error(message: str, expression: str, facts: Sequence[Fact]) -> ExpressionError:
    """Translate the compiler's first complaint."""
    found = _COMPILER.search(message)
    if found is None:
        return ExpressionError(1, 1, message.strip().split("\n", 1)[0])
    line, column, text = int(found[1]), int(found[2]), found[3].removesuffix(" [INVALID_ARGUMENT]")
    text = _EXPECTING.sub("", _CONTAINER.sub("", text))
    if undeclared := _UNDECLARED.search(text):
        return _undeclared(line, column, undeclared[1], expression, facts)
    if overload := _OVERLOAD.search(text):
        return ExpressionError(line, column, *_overload(overload[1], overload[2], facts))
    if "mismatched input '<EOF>'" in text:
        text = "the expression ends too early"
    return ExpressionError(line, column, text)


def _undeclared(line: int, column: int, name: str, expression: str, facts: Sequence[Fact]) -> ExpressionError:
    """The compiler points at the dot of a dotted name, and at the parenthesis of a call."""
    here = expression.split("\n")[line - 1]
    enums = enums_of(facts)
    owner, _, member = name.partition(".")
    if here[column - 1 : column] == "(":
        return ExpressionError(
            line, column - len(name), f"there is no function '{name}'", "rules use CEL's own only"
        )
    column = here.rfind(owner, 0, column - 1 + len(owner)) + 1 or column
    if owner in enums and member:
        hint = did_you_mean(name, [f"{owner}.{m.name}" for m in enums[owner]])
        return ExpressionError(line, column, f"{owner} has no member '{member}'", hint)
    if owner in enums:
        hint = f"write a member of it, such as {owner}.{next(iter(enums[owner])).name}"
        return ExpressionError(line, column, f"{owner} is a closed set, not a value", hint)
    hint = did_you_mean(owner, [*(fact.name for fact in facts), *enums], "")
    return ExpressionError(line, column, f"there is no fact '{owner}' on this subject", hint)


_WORDS = {"_==_": "==", "_!=_": "!=", "_&&_": "&&", "_||_": "||", "!_": "!", "_in_": "in", "@in": "in"}


def _overload(operator: str, types: str, facts: Sequence[Fact]) -> tuple[str, str]:
    sign = _WORDS.get(operator, operator.strip("_"))
    text = f"'{sign}' does not go with {types.strip('()').replace(', ', ' and ')}"
    return text, _overload_hint(types.strip("()"), facts)


_OVERLOAD_HINTS: Mapping[frozenset[str], str] = {
    frozenset({"double", "int"}): "a double is compared with a double: write 3.0, not 3",
    frozenset({"int", "string"}): "a closed set is compared with its constants, without quotes",
    frozenset({"int"}): "compare the number: n == 0",
    frozenset({"string"}): "compare the text: name == ''",
    frozenset({"bool", "int"}): "compare the number: n > 0",
    frozenset({"bool", "string"}): "compare the text: name != ''",
}


def _overload_hint(types: str, facts: Sequence[Fact]) -> str:
    pair = frozenset(types.split(", "))
    if "null_type" in pair:
        return "an absent fact makes the expression unknown by itself: leave the test for null out"
    hint = _OVERLOAD_HINTS.get(pair, "")
    enums = enums_of(facts)
    if pair == {"int", "string"} and enums:
        name, members = next(iter(enums.items()))
        hint += f", such as {name}.{next(iter(members)).name}"
    return hint
