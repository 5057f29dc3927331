"""The Jinja environment of rule texts: its sandbox, its filters, and what absent facts print.

Imported only when a template is used.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from functools import wraps
from typing import Any, ClassVar

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sipdiag.facts.declare import Fact, enum_label, enums_of
from sipdiag.rules.bounds import MAX_TEXT, short

UNKNOWN = "unknown"


class Absent(Undefined):
    """A fact that is not known: prints its phrase, and nothing that is done with it fails.

    Subclassed for each environment with the phrases of its facts.
    """

    phrases: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.phrases.get(self._undefined_name or "", UNKNOWN)

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undefined)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, Undefined)

    def __hash__(self) -> int:
        return hash(Absent)

    def __contains__(self, item: object) -> bool:
        return False

    def __format__(self, spec: str) -> str:
        return str(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _false(self: Absent, other: object) -> bool:
    return False


def _itself(self: Absent, *args: object) -> Absent:
    return self


_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
_OPERATIONS: dict[str, Callable[..., object]] = {
    **{f"__{name}__": _itself for name in ("call", "getitem", "neg", "pos", "round")},
    **{f"__{side}{name}__": _itself for name in _BINARY for side in ("", "r")},
    **{f"__{name}__": _false for name in ("lt", "le", "gt", "ge")},
}
"""What Jinja's own undefined value refuses: an absent fact passes through."""


LONGEST_SOURCE = 20_000
"""Characters of a template."""
MOST_DIGITS = 15
"""Decimals that a number can be rounded to."""

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
"""What of Jinja's filters a rule may use: none of them makes much of little."""
JINJA_TESTS = frozenset(
    [
        "boolean",
        "defined",
        "even",
        "false",
        "float",
        "in",
        "integer",
        "lower",
        "none",
        "number",
        "odd",
        "sequence",
        "string",
        "true",
        "undefined",
        "upper",
        "eq",
        "equalto",
        "==",
        "ne",
        "!=",
        "lt",
        "lessthan",
        "<",
        "le",
        "<=",
        "gt",
        "greaterthan",
        ">",
        "ge",
        ">=",
    ]
)
_ELEMENTS = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign),
    *(nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Getattr, nodes.Getitem, nodes.CondExpr),
    *(nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos),
    *(nodes.Concat, nodes.Keyword, nodes.Pow, nodes.Call),
)
"""What a template may consist of; what a call or a power comes to is refused where it is rendered."""


class RuleTexts(ImmutableSandboxedEnvironment):
    """A sandbox in which a template can neither change anything nor make much of little.

    Its elements, filters and tests are an allow-list.  A loop goes through one fact that is a list, and
    holds no other; what is set is a value as it stands; calls are refused, and arithmetic is for numbers.
    """

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, lists: frozenset[str], **options: Any) -> None:
        """``lists``: the facts that are lists."""
        super().__init__(**options)
        self._lists = lists
        self.filters = {name: one for name, one in self.filters.items() if name in JINJA_FILTERS}
        self.tests = {name: one for name, one in self.tests.items() if name in JINJA_TESTS}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > LONGEST_SOURCE:
            raise TemplateSyntaxError(f"the text is longer than {LONGEST_SOURCE:,} characters", 1)
        tree = super()._parse(source, name, filename)
        self._examine(tree, looping=False)
        return tree

    def _examine(self, node: nodes.Node, *, looping: bool) -> None:
        """Refuse what is no element of a rule's text."""
        line = node.lineno or 1
        if not isinstance(node, _ELEMENTS):
            raise TemplateSyntaxError(f"'{type(node).__name__.lower()}' may not stand in a rule's text", line)
        if isinstance(node, nodes.For):
            if looping or not isinstance(node.iter, nodes.Name) or node.iter.name not in self._lists:
                raise TemplateSyntaxError(
                    "a loop goes through one fact that is a list, and holds no other", line
                )
            looping = True
        if isinstance(node, nodes.Assign) and not isinstance(
            node.node, (nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem)
        ):
            raise TemplateSyntaxError("'set' takes a value as it stands", line)
        for child in node.iter_child_nodes():
            self._examine(child, looping=looping)

    def call(self, context: Context, function: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(function, Absent):
            return function
        raise SecurityError("nothing can be called in a rule's text")

    def getitem(self, obj: Any, argument: Any) -> Any:
        return short(super().getitem(obj, argument))

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Refuse at once: an absent fact would pass silently."""
        raise SecurityError(f"'{attribute}' of a {type(obj).__name__} is out of reach")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, Absent) or isinstance(right, Absent):
            return left if isinstance(left, Absent) else right
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if operator == "**" or not numbers:
            raise SecurityError(f"'{operator}' does not go with these values")
        return left * right if operator == "*" else left % right


def environment(facts: Sequence[Fact], *, command: bool) -> RuleTexts:
    """The environment for the texts of one subject kind; ``command``: for commands and settings."""
    phrases = {fact.name: f"<{fact.name}>" if command else fact.absent_phrase for fact in facts}
    absent = type("AbsentFact", (Absent,), {**_OPERATIONS, "phrases": phrases})
    lists = frozenset(fact.name for fact in facts if fact.type in ("list_string", "list_int"))
    env = RuleTexts(
        lists, autoescape=False, undefined=absent, finalize=_for_command if command else _for_prose
    )
    env.globals.clear()
    env.globals.update(enums_of(facts))
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


def _for_prose(value: Any) -> Any:
    """How a value prints that no filter shaped."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, IntEnum):
        return enum_label(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (list, tuple)):
        return listing(value)
    return value


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def _for_command(value: Any) -> Any:
    """As prose, but text from a capture can neither end the line nor start another command."""
    printed = _for_prose(value)
    return shlex.quote(_CONTROL.sub(" ", printed)) if isinstance(printed, str) else printed


def seconds(value: Any) -> Any:
    """``42.3 s``; below 0.1 s ``42 ms``; from two minutes on ``12 min 05 s``, from two hours on ``2 h 05 min``."""
    if isinstance(value, Absent) and str(value) == UNKNOWN:
        return "an unknown time"
    if not isinstance(value, (int, float)):
        return value
    if abs(value) < 0.1:
        return f"{value * 1000:.0f} ms" if value else "0 s"
    if abs(value) < 120:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def number(value: Any) -> Any:
    """Thousands are set apart; at most two decimals, without trailing zeros."""
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if type(value) is int else value


def plural(count: Any, one: str, many: str | None = None) -> Any:
    """``1 try``, ``2 tries``: the count with the word that goes with it; ``many`` defaults to ``one`` + s."""
    several = many or f"{one}s"
    if not isinstance(count, (int, float)):
        return f"an unknown number of {several}"
    return f"{number(count)} {one if count == 1 else several}"


def times(count: Any) -> Any:
    """``once``, ``twice``, ``3 times``."""
    if not isinstance(count, (int, float)):
        return "an unknown number of times"
    return {1: "once", 2: "twice"}.get(int(count)) or f"{number(count)} times"


_WITH_ARTICLE = re.compile(
    r"(United|Netherlands|Philippines|Bahamas|Maldives|Gambia|Comoros|Isle of|Republic of)\b|.* (Islands|Republic|Emirates|Territory)$"
)


def the_country(name: Any) -> Any:
    """A country within a sentence: ``the United States``, ``Pakistan``."""
    if not isinstance(name, str) or isinstance(name, Undefined):
        return name
    return f"the {name}" if _WITH_ARTICLE.match(name) else name


def listing(values: Any, last: str = "and") -> Any:
    """``a, b and c``; nothing at all is ``none``."""
    if isinstance(values, (str, Undefined)):
        return values
    words = [str(_for_prose(value)) for value in values]
    if len(words) < 2:
        return words[0] if words else "none"
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def join(values: Any, separator: str = ", ") -> Any:
    """The values in one line; an absent list is its phrase."""
    if isinstance(values, (str, Undefined)):
        return values
    return separator.join(str(_for_prose(value)) for value in values)


def replace(value: Any, old: Any, new: Any) -> Any:
    """The text with ``new`` for each ``old``, as far as the result is not longer than any text is printed."""
    if isinstance(value, Undefined) or not str(old):
        return value
    text, grows = str(value), len(str(new)) - len(str(old))
    most = (MAX_TEXT - len(text)) // grows if grows > 0 else -1
    return text.replace(str(old), str(new), max(0, most) if grows > 0 else -1)


def rounded(value: Any, digits: Any = 0) -> Any:
    """The number with so many decimals; whatever is no number is left as it is."""
    if isinstance(value, (int, float)) and isinstance(digits, int):
        return round(value, max(-MOST_DIGITS, min(digits, MOST_DIGITS)))
    return value


def status(code: Any) -> Any:
    """``486 Busy Here``: a SIP status with its registered name."""
    from sipdiag.knowledge.codes import SIP_STATUSES

    if not isinstance(code, int) or code not in SIP_STATUSES:
        return code
    return f"{int(code)} {SIP_STATUSES[code].name}"


def country(region: Any) -> Any:
    """The English name of an ISO 3166 region code; any other text is left as it is."""
    from sipdiag.knowledge.countries import COUNTRIES

    return COUNTRIES.get(region, region) if isinstance(region, str) else region


FILTERS: dict[str, Callable[..., Any]] = {
    "seconds": seconds,
    "number": number,
    "plural": plural,
    "times": times,
    "listing": listing,
    "join": join,
    "replace": replace,
    "round": rounded,
    "status": status,
    "country": country,
    "the_country": the_country,
}
"""Filters of our own, beside Jinja's."""
