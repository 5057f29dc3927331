"""Plain conditions, told without CEL: truths, limits and members of sets, joined by ``&&``, ``||`` and ``!``.

Nearly all conditions are plain.  Each is read once into functions that ask for one fact after the other, the truths and
whole numbers first, and stop where the rest cannot change what holds; three values tell the same as CEL's.  What is not
read here, or would be refused, is CEL's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from msgspec import Struct

from sipdiag.facts.declare import Fact
from sipdiag.facts.later import LATER, Later
from sipdiag.rules.expression import LONGEST, Token, Vocabulary, tokens

Truth = bool | Later | None
"""Whether a condition holds; None: facts it needs are absent; ``LATER``: that hangs on what is not known yet."""
Ask = Callable[[str], object]
"""The value of a fact by its name; None where it is absent."""
Told = Callable[[Ask], Truth]

LONGEST_TEXT = 1024
"""Characters of a text that a condition sees."""
MOST_ITEMS = 256
"""Items of a list that a condition sees."""
DEEPEST = 30
"""Parentheses within each other."""
_LONGEST_LITERAL = 100
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_EQUAL = ("==", "!=")
_TRUTHS = {"true": True, "false": False}
_WHOLE = re.compile(r"\d{1,18}")
_FRACTION = re.compile(r"\d{1,18}\.\d{1,18}")
_TEXT = re.compile(r"""(["'])(?P<inside>[^"'\\]*)\1""")


class _Part(Struct, frozen=True):
    told: Told
    measured: bool
    """It asks for a fact that is neither a truth nor a whole number: most of these cost more to find out."""


class _OtherError(Exception):
    """The expression is not plain."""


def plain(expression: str, vocabulary: Vocabulary) -> Told | None:
    """How to tell whether an expression holds; None if it is not plain."""
    if len(expression) > LONGEST:
        return None
    reader = _Reader(tokens(expression), vocabulary)
    try:
        return reader.whole().told
    except _OtherError:
        return None


class _Reader:
    """Reads tokens by recursive descent; ``||`` binds less than ``&&``."""

    def __init__(self, read: Sequence[Token], vocabulary: Vocabulary) -> None:
        self._tokens, self._vocabulary = read, vocabulary
        self._place = self._depth = 0
        self._denied = False
        """What is read stands under an odd number of ``!``."""

    def whole(self) -> _Part:
        part = self._either()
        if self._place < len(self._tokens):
            raise _OtherError
        return part

    def _either(self) -> _Part:
        return self._joined("|", self._both, decides=True)

    def _both(self) -> _Part:
        return self._joined("&", self._one, decides=False)

    def _joined(self, sign: str, read: Callable[[], _Part], *, decides: bool) -> _Part:
        parts = [read()]
        while self._next(sign):
            if not self._next(sign):
                raise _OtherError
            parts.append(read())
        if len(parts) == 1:
            return parts[0]
        parts.sort(key=lambda part: part.measured)
        told = [part.told for part in parts]
        joined = _joining(told, decides, None if sign == "&" and not self._denied else LATER)
        return _Part(joined, parts[-1].measured)

    def _one(self) -> _Part:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _OtherError
        if self._next("!"):
            self._denied = not self._denied
            inner = self._one()
            self._denied = not self._denied
            part = _Part(_denying(inner.told), inner.measured)
        elif self._next("("):
            part = self._either()
            self._must(")")
        elif self._peek().kind == "string":
            part = self._listed()
        else:
            part = self._compared()
        self._depth -= 1
        return part

    def _listed(self) -> _Part:
        """A text that is ``in`` a list."""
        text = self._text()
        self._must("in")
        fact = self._fact()
        if fact.type != "list_string":
            raise _OtherError
        return _Part(_holding(fact.name, text), measured=True)

    def _compared(self) -> _Part:
        """A truth by itself, or a fact and what it is held against."""
        fact = self._fact()
        measured = not fact.discrete
        if self._next("in"):
            self._must("[")
            members = [self._literal(fact, "==")]
            while self._next(","):
                members.append(self._literal(fact, "=="))
            self._must("]")
            return _Part(_among(fact.name, members), measured)
        sign = self._sign()
        if sign:
            return _Part(_comparing(fact.name, _SIGNS[sign], self._literal(fact, sign)), measured)
        if fact.type != "bool":
            raise _OtherError
        return _Part(_true(fact.name), measured)

    def _sign(self) -> str:
        for sign in _EQUAL:
            if self._next(sign):
                return sign
        for sign in "<>":
            if self._next(sign):
                # ``< =`` is no sign, and is found out by what follows it.
                here = self._tokens[self._place - 1].offset
                near = self._peek().text == "=" and self._peek().offset == here + 1
                return sign + "=" if near and self._next("=") else sign
        return ""

    def _literal(self, fact: Fact, sign: str) -> object:
        """A value of the fact's own type."""
        if fact.type == "string":
            if sign not in _EQUAL:
                raise _OtherError
            return self._text()
        token = self._taken()
        if fact.type == "bool" and sign in _EQUAL and token.text in _TRUTHS:
            return _TRUTHS[token.text]
        if fact.type == "int" and token.kind == "name":
            return self._member(fact, token.text)
        if fact.type == "int" and _WHOLE.fullmatch(token.text):
            return int(token.text)
        if fact.type == "double" and _FRACTION.fullmatch(token.text):
            return float(token.text)
        raise _OtherError

    def _member(self, fact: Fact, name: str) -> int:
        owner, _, member = name.partition(".")
        if self._vocabulary.sets.get(fact.name) != owner:
            raise _OtherError
        found = self._vocabulary.enums[owner].__members__.get(member)
        if found is None:
            raise _OtherError
        return int(found)

    def _text(self) -> str:
        found = _TEXT.fullmatch(self._taken().text)
        if found is None or len(found["inside"]) > _LONGEST_LITERAL:
            raise _OtherError
        return found["inside"]

    def _fact(self) -> Fact:
        fact = self._vocabulary.fact(self._taken().text)
        if fact is None:
            raise _OtherError
        return fact

    def _peek(self) -> Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else Token("end", "", -1)

    def _taken(self) -> Token:
        token = self._peek()
        self._place += 1
        return token

    def _next(self, text: str) -> bool:
        """Whether the next token is this one, which then is read."""
        found = self._peek().text == text
        self._place += found
        return found

    def _must(self, text: str) -> None:
        if not self._next(text):
            raise _OtherError


def _joining(parts: Sequence[Told], decides: bool, stronger: Truth) -> Told:
    """Parts of which one that is ``decides`` makes the whole so.

    Of what is absent and what comes later the ``stronger`` one is the whole's: what is true of an absent fact as well
    as of a later one will never be so.
    """

    def told(ask: Ask) -> Truth:
        whole: Truth = not decides
        for part in parts:
            found = part(ask)
            if found is decides:
                return decides
            if not isinstance(found, bool) and whole is not stronger:
                whole = found
        return whole

    return told


def _denying(part: Told) -> Told:
    def told(ask: Ask) -> Truth:
        found = part(ask)
        return not found if isinstance(found, bool) else found

    return told


def _true(name: str) -> Told:
    def told(ask: Ask) -> Truth:
        value = ask(name)
        return value if isinstance(value, bool) else LATER if value is LATER else None

    return told


def _comparing(name: str, holds: Callable[[Any, Any], bool], other: object) -> Told:
    def told(ask: Ask) -> Truth:
        value = ask(name)
        return value if value is None or isinstance(value, Later) else holds(value, other)

    return told


def _among(name: str, members: Sequence[object]) -> Told:
    some = frozenset(members)

    def told(ask: Ask) -> Truth:
        value = ask(name)
        return value if value is None or isinstance(value, Later) else value in some

    return told


def _holding(name: str, text: str) -> Told:
    def told(ask: Ask) -> Truth:
        values = ask(name)
        if isinstance(values, Later):
            return LATER
        return text in list(values)[:MOST_ITEMS] if isinstance(values, Collection) else None

    return told
