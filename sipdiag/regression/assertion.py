"""Assertions: CEL expressions over the facts of a leg."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

from sipdiag.facts.table import FACTS
from sipdiag.rules.expression import ExpressionError, facts_named

if TYPE_CHECKING:
    from cel_expr_python import cel

    from sipdiag.rules.language import Language

_SHOWN = 60
"""Characters of a fact's value in a failure."""


@cache
def _language() -> Language:
    from sipdiag.rules.language import Language

    return Language(FACTS["leg"])


@cache
def _compiled(text: str) -> cel.Expression:
    return _language().compile(text)


def check(text: str) -> ExpressionError | None:
    """What is wrong with an assertion: an unknown fact, types that do not go together."""
    try:
        _compiled(text)
    except ExpressionError as error:
        return error
    return None


def failure(text: str, facts: Mapping[str, object]) -> str | None:
    """Why a (checked) assertion does not hold of a leg; None if it does.  An absent fact fails it."""
    from sipdiag.rules.language import truth

    language = _language()
    data = language.known(facts)
    try:
        held = truth(_compiled(text), language.activation(data))
    except ExpressionError as error:
        return f"cannot be computed: {error}"
    if held is True:
        return None
    named = [fact.name for fact in facts_named(text, FACTS["leg"])]
    absent = [name for name in named if name not in data]
    if held is None:
        return f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} not known of this leg"
    values = (f"{name} is {_shown(data[name])}" for name in named if name in data)
    return ", ".join(values) or "is false"


def _shown(value: object) -> str:
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"a table of {len(value)} headers"
    text = f"{value:.3f}" if isinstance(value, float) else repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
