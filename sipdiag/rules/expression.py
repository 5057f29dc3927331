"""What the text of a CEL expression reveals without compiling it.

The compiler is asked in ``language.py``; nothing here imports it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from sipdiag.facts.declare import Fact, enums_of


class ExpressionError(Exception):
    """An expression cannot be used.  Line and column are those of the expression, from 1."""

    def __init__(self, line: int, column: int, text: str, hint: str = "") -> None:
        super().__init__(line, column, text, hint)
        self.line = line
        self.column = column
        self.text = text
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.text}; {self.hint}" if self.hint else self.text


_TOKEN = re.compile(
    r"""(?P<string>[rRbB]{0,2}(?:\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
      |(?P<comment>//[^\n]*)
      |(?P<name>\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      |(?P<number>\d[\w.]*)
      |(?P<operator>==|!=|[\[\](),])
      |(?P<space>\s+)
      |(?P<other>.)""",
    re.VERBOSE,
)


class Token(Struct, frozen=True):
    """One lexical element of an expression."""

    kind: str
    text: str
    offset: int


@lru_cache(maxsize=512)
def tokens(expression: str) -> tuple[Token, ...]:
    """The tokens of an expression except spaces and comments; a dotted name is one token."""
    return tuple(
        Token(match.lastgroup or "other", match.group(), match.start())
        for match in _TOKEN.finditer(expression)
        if match.lastgroup not in ("space", "comment")
    )


class Vocabulary:
    """What expressions about one kind of subject can name; made once for all of them."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = tuple(facts)
        self.enums = enums_of(facts)
        """The closed sets and named numbers, by name."""
        self.sets = {
            fact.name: one.__name__ for fact in facts if (one := fact.enum or fact.named) is not None
        }
        """Fact → the name of its closed set."""
        self._places = {fact.name: place for place, fact in enumerate(self.facts)}

    def fact(self, name: str) -> Fact | None:
        """The fact of this name."""
        place = self._places.get(name)
        return None if place is None else self.facts[place]

    def named(self, expression: str) -> list[Fact]:
        """The facts an expression names, in the order of their table."""
        return [
            self.facts[place]
            for place in sorted(self._places[name] for name in _names(expression) & self._places.keys())
        ]


def facts_named(expression: str, facts: Sequence[Fact]) -> list[Fact]:
    """The facts, of a few, that an expression names, in their order; of a whole table :class:`Vocabulary` tells it sooner."""
    names = _names(expression)
    return [fact for fact in facts if fact.name in names]


def _names(expression: str) -> set[str]:
    return {token.text.split(".", 1)[0] for token in tokens(expression) if token.kind == "name"}


def conjuncts(expression: str) -> list[str]:
    """The parts that ``&&`` joins at the top of an expression, or in parentheses there; else the whole."""
    while (inner := _unwrapped(expression)) is not None:
        expression = inner
    parts = _parts(expression)
    return parts if len(parts) == 1 else [one for part in parts for one in conjuncts(part)]


def _unwrapped(expression: str) -> str | None:
    """The inside of parentheses around the whole expression; None without them."""
    depth, last = 0, len(tokens(expression)) - 1
    for i, token in enumerate(tokens(expression)):
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth == 0:
            return expression[tokens(expression)[0].offset + 1 : token.offset] if 0 < i == last else None
    return None


def _parts(expression: str) -> list[str]:
    depth = 0
    parts: list[str] = []
    start = 0
    previous: Token | None = None
    for token in tokens(expression):
        if token.text in _OPENING:
            depth += 1
        elif token.text in _CLOSING:
            depth -= 1
        elif depth == 0 and (token.text == "?" or _doubled("|", previous, token)):
            return [expression]
        elif depth == 0 and _doubled("&", previous, token):
            parts.append(expression[start : token.offset - 1])
            start = token.offset + 1
        previous = token
    return [*parts, expression[start:]]


_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


def _doubled(sign: str, previous: Token | None, token: Token) -> bool:
    return (
        previous is not None and previous.text == token.text == sign and previous.offset + 1 == token.offset
    )


LONGEST = 8000
"""Characters of an expression."""
MOST_IN_LOOP = (400, 50)
"""Names and signs that are looked at for each item of a list, and for each item of a list within that."""
MOST_SUMS = 20
"""Additions: texts can be added, too."""
_LOOPS = frozenset(("all", "exists", "exists_one", "map", "filter"))


def refuse_burden(expression: str) -> None:
    """Refuse what the runtime's step budget does not bound: costly steps, repeated.

    :raises ExpressionError: at the first such place.
    """
    if len(expression) > LONGEST:
        raise ExpressionError(1, 1, f"the expression is longer than {LONGEST:,} characters")
    sums, depth, previous = 0, 0, ""
    loops: list[int] = []
    counts = [0] * (len(MOST_IN_LOOP) + 1)
    for token in tokens(expression):
        if token.text in _OPENING:
            depth += 1
            if token.text == "(" and previous in _LOOPS:
                loops.append(depth)
        elif token.text in _CLOSING:
            if loops and loops[-1] == depth:
                loops.pop()
            depth -= 1
        elif loops and token.kind in ("name", "operator", "other") and token.text != ",":
            counts[min(len(loops), len(MOST_IN_LOOP))] += 1
        sums += token.text == "+"
        if len(loops) > len(MOST_IN_LOOP) or any(map(int.__gt__, counts[1:], MOST_IN_LOOP)):
            raise _error(expression, token.offset, "this goes through lists within lists for too much", "")
        if sums > MOST_SUMS:
            raise _error(expression, token.offset, f"there are more than {MOST_SUMS} additions", "")
        previous = token.text.rsplit(".", 1)[-1] if token.kind == "name" else ""


def refuse_misuse(expression: str, vocabulary: Vocabulary) -> None:
    """Refuse what compiles but must not stand in a rule.

    ``matches`` compiles its regular expression anew at each evaluation; members of different closed
    sets are all integers to the compiler, so comparing them would compile and never mean anything.

    :raises ExpressionError: at the first such place.
    """
    subject: str | None = None
    """Closed set of the name at the left of a comparison."""
    listing = False
    previous: Token | None = None
    for token in tokens(expression):
        if token.kind == "name":
            if token.text.rsplit(".", 1)[-1] == "matches":
                raise _error(expression, token.offset + len(token.text) - len("matches"), *_NO_MATCHES)
            belongs = vocabulary.sets.get(token.text) or _owner(token.text, vocabulary)
            compared = previous is not None and (previous.text in ("==", "!=") or listing)
            if compared and subject and belongs and belongs != subject:
                text = f"'{token.text}' is of the set {belongs}, not {subject}"
                raise _error(expression, token.offset, text, f"compare with a member of {subject}")
            if token.text != "in" and not listing:
                subject = belongs
        elif token.text == "[":
            listing = previous is not None and previous.text == "in"
        elif token.text == "]":
            listing = False
        elif token.text not in ("==", "!=", ","):
            subject = None
        previous = token


_NO_MATCHES = (
    "'matches' is not allowed in rules",
    "use startsWith, endsWith or contains, or classify the text in a provider table",
)


def _owner(name: str, vocabulary: Vocabulary) -> str | None:
    """The closed set a constant such as ``Outcome.busy`` belongs to."""
    owner = name.split(".", 1)[0]
    return owner if "." in name and owner in vocabulary.enums else None


def _error(expression: str, offset: int, text: str, hint: str) -> ExpressionError:
    before = expression[:offset]
    return ExpressionError(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, text, hint)
