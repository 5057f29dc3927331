"""The facts of a subject as ``sipdiag rules facts`` prints them: what they mean, and what they are in a capture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from textwrap import wrap

from sipdiag.facts.declare import Fact

_WIDTH = 100
_TYPES: Mapping[str, str] = {
    "list_string": "list of texts",
    "list_int": "list of numbers",
    "map_string": "map of texts",
}


def meanings(facts: Sequence[Fact], evidence: Sequence[str], word: str = "") -> Iterator[str]:
    """A fact each, with type and meaning: those that hold ``word`` in either; then what can be cited."""
    wanted = word.lower()
    shown = [fact for fact in facts if fact.presence_of is None and _has(fact, wanted)]
    for fact in shown:
        text = f"{fact.name} ({_type(fact)}): {fact.meaning.replace('``', '')}"
        yield from wrap(text, _WIDTH, subsequent_indent="    ", break_long_words=False)
    yield from _sets(shown, wanted)
    if evidence and not wanted:
        text = f"evidence: {', '.join(evidence)}"
        yield from wrap(text, _WIDTH, subsequent_indent="    ", break_long_words=False)


def _has(fact: Fact, wanted: str) -> bool:
    return wanted in f"{fact.name} {fact.meaning}".lower()


def _sets(facts: Sequence[Fact], wanted: str) -> Iterator[str]:
    """The members of the closed sets of these facts; of numbers with names only where they are asked for."""
    sets = {one.__name__: one for fact in facts if (one := fact.enum) is not None}
    sets |= {
        one.__name__: one
        for fact in facts
        if (one := fact.named) is not None and wanted == one.__name__.lower()
    }
    for name, members in sorted(sets.items()):
        text = f"{name}: {', '.join(f'{name}.{member.name}' for member in members)}"
        yield from wrap(text, _WIDTH, subsequent_indent="    ", break_long_words=False)


def _type(fact: Fact) -> str:
    set_ = fact.enum or fact.named
    unit = f", {fact.unit}" if fact.unit else ""
    absent = ", may be absent" if fact.optional else ""
    return f"{set_.__name__ if set_ is not None else _TYPES.get(fact.type, fact.type)}{unit}{absent}"


def values(facts: Sequence[Fact], known: Mapping[str, object], word: str = "") -> Iterator[str]:
    """What each fact is, as a condition would write it; what is not known is not listed."""
    for fact in facts:
        value = known.get(fact.name)
        if fact.type == "map_string":
            continue  # whole headers, which may hold what is secret
        if value is not None and fact.presence_of is None and _has(fact, word.lower()):
            yield f"{fact.name} = {_written(fact, value)}"


def _written(fact: Fact, value: object) -> str:
    if fact.enum is not None and isinstance(value, int):
        return f"{fact.enum.__name__}.{fact.enum(value).name}"
    if fact.named is not None and isinstance(value, int):
        member: IntEnum | None = next((one for one in fact.named if one == value), None)
        return f"{value} ({fact.named.__name__}.{member.name})" if member is not None else str(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
