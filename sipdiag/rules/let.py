"""Names a rule gives to conditions: ``let: {barred: "q850 in [50, 52, 57]"}``.

A name stands for its condition wherever the rule asks something; it may build on names given before it.
CEL knows nothing of it: the condition is put in its place, in parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sipdiag.rules.expression import LONGEST, ExpressionError, tokens

NAME = re.compile(r"[a-z][a-z0-9_]*")


def expanded(expression: str, let: Mapping[str, str]) -> str:
    """The expression with each name of ``let`` replaced by what it stands for.

    A name may refer only to names above it, so this terminates.

    :raises ExpressionError: what comes of it is longer than any expression may be.
    """
    if not let:
        return expression
    before: dict[str, str] = {}
    for name, condition in let.items():
        before[name] = _replaced(condition, before)
    return _replaced(expression, before)


def _replaced(expression: str, meanings: Mapping[str, str]) -> str:
    """One pass over the tokens; a comment at the end of a condition must not swallow the parenthesis."""
    parts, end = [], 0
    for token in tokens(expression):
        if token.kind == "name" and token.text in meanings:
            parts += [expression[end : token.offset], f"({meanings[token.text]}\n)"]
            end = token.offset + len(token.text)
    whole = "".join([*parts, expression[end:]])
    if len(whole) > LONGEST:
        raise ExpressionError(1, 1, f"with its names written out it is longer than {LONGEST:,} characters")
    return whole
