"""Texts in conditions that no fact ever holds: a country's code for its name, a header's name in capitals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sipdiag.facts.declare import Fact
from sipdiag.knowledge.countries import COUNTRIES
from sipdiag.rules.expression import Token, tokens
from sipdiag.rules.schema import Rule

_COMPARED = frozenset(("==", "!=", "in", "[", ","))


def traps(rule: Rule, facts: Sequence[Fact]) -> Iterator[str]:
    """What conditions of a rule, which compile, compare in vain."""
    countries = {fact.name for fact in facts if fact.type == "string" and fact.name.endswith("_country")}
    headers = {fact.name for fact in facts if fact.type == "map_string"}
    for _, expression in rule.expressions():
        found = tokens(expression)
        for at, token in enumerate(found):
            if token.kind != "string":
                continue
            text = token.text[1:-1]
            if (fact := _compared_with(found, at, countries)) and text in COUNTRIES:
                yield f'{rule.id}: {fact} is never "{text}"; it holds the English name: "{COUNTRIES[text]}"'
            elif (fact := _looked_up_in(found, at, headers)) and text != text.lower():
                yield f'{rule.id}: {fact} never has "{text}"; its names are in lower case: "{text.lower()}"'


def _compared_with(found: Sequence[Token], at: int, names: set[str]) -> str | None:
    """The fact before a text that it is compared with, alone or in a list; or behind it."""
    before = at - 1
    while before >= 0 and (found[before].text in _COMPARED or found[before].kind == "string"):
        before -= 1
    places = [before] if before < at - 1 else []
    if [one.text for one in found[at + 1 : at + 2]] in (["=="], ["!="]):
        places.append(at + 2)
    return _first(found, places, names)


def _looked_up_in(found: Sequence[Token], at: int, names: set[str]) -> str | None:
    """The map in which a text is looked up: ``map["text"]``, ``"text" in map``."""
    places = [at - 2] if at > 1 and found[at - 1].text == "[" else []
    if [one.text for one in found[at + 1 : at + 2]] == ["in"]:
        places.append(at + 2)
    return _first(found, places, names)


def _first(found: Sequence[Token], places: Sequence[int], names: set[str]) -> str | None:
    texts = (found[place].text for place in places if 0 <= place < len(found))
    return next((text for text in texts if text in names), None)
