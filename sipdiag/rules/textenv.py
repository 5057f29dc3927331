"""The Jinja environment of rule texts: its sandbox, and what may stand in a text.

A text fills in values and lists; what it says where is decided by the cases of its rule.  Imported only
when a template is used.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sipdiag.facts.declare import Fact
from sipdiag.rules.absent import OPERATIONS, Absent
from sipdiag.rules.bounds import short
from sipdiag.rules.filters import FILTERS, for_prose

LONGEST_SOURCE = 20_000
"""Characters of a template."""

JINJA_FILTERS = frozenset(
    [
        "abs",
        "capitalize",
        "count",
        "d",
        "default",
        "first",
        "float",
        "int",
        "last",
        "length",
        "lower",
        "max",
        "min",
        "sort",
        "string",
        "title",
        "trim",
        "truncate",
        "unique",
        "upper",
    ]
)
"""The Jinja filters a rule may use: none can blow up a short text."""
_ELEMENTS = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getitem),
    *(nodes.Filter, nodes.Keyword, nodes.Concat),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos),
)
"""What a template may consist of."""
_DECISION = "a text decides nothing: put the condition under 'cases', with the text it leads to"
_INSTEAD: Mapping[type[nodes.Node], str] = {
    nodes.If: _DECISION,
    nodes.CondExpr: _DECISION,
    nodes.Compare: _DECISION,
    nodes.Test: "whether a fact is known is a condition under 'cases'; the filter 'clause' drops what surrounds an absent one",
    nodes.For: "a list is written with the filters 'listing' or 'join'",
}


class RuleTexts(ImmutableSandboxedEnvironment):
    """A sandbox in which a template can neither change anything nor blow up a short text.

    Its elements and filters are an allow-list; nothing is called, and arithmetic is for numbers.
    """

    intercepted_binops = frozenset({"*", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters = {name: one for name, one in self.filters.items() if name in JINJA_FILTERS}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > LONGEST_SOURCE:
            raise TemplateSyntaxError(f"the text is longer than {LONGEST_SOURCE:,} characters", 1)
        tree = super()._parse(source, name, filename)
        self._examine(tree)
        return tree

    def _examine(self, node: nodes.Node) -> None:
        """Refuse what is no element of a rule's text."""
        if not isinstance(node, _ELEMENTS):
            instead = _INSTEAD.get(
                type(node), f"'{type(node).__name__.lower()}' may not stand in a rule's text"
            )
            raise TemplateSyntaxError(instead, node.lineno or 1)
        for child in node.iter_child_nodes():
            self._examine(child)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return short(super().getitem(obj, argument))

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Refuse at once: an absent fact would pass silently."""
        raise SecurityError(f"'{attribute}' of a {type(obj).__name__} is out of reach")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, Absent) or isinstance(right, Absent):
            return left if isinstance(left, Absent) else right
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if not numbers:
            raise SecurityError(f"'{operator}' does not go with these values")
        return left * right if operator == "*" else left % right


def environment(facts: Sequence[Fact], *, command: bool) -> RuleTexts:
    """The environment for the texts of one subject kind; ``command``: for commands and settings."""
    phrases = {fact.name: f"<{fact.name}>" if command else fact.absent_phrase for fact in facts}
    absent = type("AbsentFact", (Absent,), {**OPERATIONS, "phrases": phrases})
    env = RuleTexts(autoescape=False, undefined=absent, finalize=_for_command if command else for_prose)
    env.globals.clear()
    env.filters.update({n: _spare_absent(f) for n, f in env.filters.items() if n not in ("default", "d")})
    env.filters.update(FILTERS)
    return env


def _spare_absent(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that hands an absent fact on instead of failing on it."""
    place = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def spared(*args: Any, **kwargs: Any) -> Any:
        return args[place] if isinstance(args[place], Absent) else short(function(*args, **kwargs))

    return spared


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def _for_command(value: Any) -> Any:
    """As prose, but text from a capture can neither end the line nor start another command."""
    printed = for_prose(value)
    return shlex.quote(_CONTROL.sub(" ", printed)) if isinstance(printed, str) else printed
