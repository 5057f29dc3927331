"""What a rule says, for a reader without a capture at hand: ``explain`` and the reference page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sipdiag.knowledge.provider import AdviceStep, Provider
from sipdiag.knowledge.providers import Providers
from sipdiag.rules.schema import Fix, Rule

_VALUE = re.compile(r"\{\{\s*\(?([a-z0-9_]+).*?\}\}", re.DOTALL)
_CLAUSE = re.compile(r"clause\((['\"])(.*?)\1\)")
_ANYBODY = "any"


def plain(text: str) -> str:
    """A template with values by their names, ``[called number]``; a duration is ``N s``."""
    return " ".join(_VALUE.sub(_placeholder, text).split())


def _placeholder(value: re.Match[str]) -> str:
    name, _, unit = value[1].rpartition("_")
    shown = f"N {unit}" if unit in ("s", "ms") and name else f"[{value[1].replace('_', ' ')}]"
    around = _CLAUSE.search(value[0])
    return around[2].replace("{}", shown) if around is not None else shown


def sentences(rule: Rule) -> list[str]:
    """What it may say, its own sentence first."""
    others = [case.sentence for case in rule.cases if case.sentence is not None]
    return list(dict.fromkeys(map(plain, (rule.sentence, *others))))


def reasons(rule: Rule) -> list[str]:
    """Why it is a fault, and what cases put in its place or add."""
    others = [text for case in rule.cases for text in (case.why, case.also) if text is not None]
    return list(dict.fromkeys(map(plain, (rule.why, *others))))


def steps(rule: Rule, providers: Providers) -> list[str]:
    """What to do, each step once; advice of provider files by whose it is."""
    told = (text for _, fix in rule.steps() for text in _step(fix, providers))
    return list(dict.fromkeys(told))


def _step(fix: Fix, providers: Providers) -> Iterator[str]:
    if fix.advice is not None:
        yield from _advised(*fix.advice.partition(".")[::2], providers)
    if fix.text:
        command = f" {plain(fix.command)}" if fix.command is not None else ""
        otherwise = "Otherwise: " if fix.advice is not None else ""
        yield f"{otherwise}{plain(fix.text)}{command}"


def _advised(party: str, name: str, providers: Providers) -> Iterator[str]:
    """The advice in full, by whose it is."""
    if not name:
        yield "What the provider's table advises on this refusal."
    elif party == _ANYBODY:
        yield from (step.text for step in providers.shared_advice(name))
    else:
        where = "a cited file is {}'s" if party.startswith("file_") else f"the {party} is {{}}"
        for provider in sorted(providers, key=lambda one: one.name):
            for step in provider.advice_of(name) or _of_products(provider, name):
                yield f"Where {where.format(provider.name)}: {step.text}"


def _of_products(provider: Provider, name: str) -> Iterator[AdviceStep]:
    for product in provider.products.values():
        yield from product.advice.get(name, ())
