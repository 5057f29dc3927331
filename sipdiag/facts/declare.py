"""The vocabulary in which facts are declared.

A fact is one typed scalar (or a short list of scalars) about one subject.  The tables of facts are
declared in one place; the rule engine takes them as parameters and checks every rule against them
when it loads.  A fact that is not known of a subject is simply absent, never None or a sentinel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Literal

from msgspec import Struct

FactType = Literal["bool", "int", "double", "string", "list_string", "list_int", "map_string"]
SubjectKind = Literal["leg", "transfer", "call", "registration", "exchange", "capture", "context"]

EnumClass = type[IntEnum]

StepsName = Literal["cause", "refer_enable", "refer_send", "foreign_caller_id"]
"""Advice that stands in the provider tables and that a rule's ``fix`` can call for by name."""

SUBJECT_KINDS: tuple[SubjectKind, ...] = (
    "leg",
    "transfer",
    "call",
    "registration",
    "exchange",
    "capture",
    "context",
)


class Fact(Struct, frozen=True):
    """One fact as rules see it."""

    name: str
    """Lower case with underscores; durations end in ``_s``."""
    type: FactType
    unit: str
    """``s``, ``bytes``, ``messages``; empty where there is none."""
    meaning: str
    """One sentence, and when the fact is absent."""
    known_at: Literal["call", "capture"] = "call"
    """``capture``: other calls of the input have a say in it, so that all of them must have been read."""
    enum: EnumClass | None = None
    """The closed set of an ``int`` fact; rules write its members as ``Outcome.busy``."""
    absent: str | None = None
    """What a sentence prints in place of the absent fact; None: a phrase made from the unit."""

    def __post_init__(self) -> None:
        if self.enum is not None and self.type != "int":
            raise ValueError(f"fact {self.name}: an enum fact has type int, not {self.type}")

    @property
    def absent_phrase(self) -> str:
        """Stands in a sentence where this fact is absent."""
        return self.absent or _ABSENT_BY_UNIT.get(self.unit, "unknown")

    @property
    def discrete(self) -> bool:
        """Takes few values, so that what follows from it can be remembered."""
        return self.type in ("bool", "int")

    @property
    def coarse(self) -> bool:
        """A truth, a member of a closed set or a code: discrete, and no measure or count that differs from call to call."""
        return self.type == "bool" or (self.type == "int" and not self.unit)


_ABSENT_BY_UNIT = {"s": "an unknown time", "ms": "an unknown time"}

FactTable = Mapping[str, Sequence[Fact]]
"""Subject kind → its facts."""

EvidenceTable = Mapping[str, Sequence[str]]
"""Subject kind → the names under which its messages can be shown as evidence."""


def enum_label(member: IntEnum) -> str:
    """The words for a member of a closed set: its ``label`` if it has one, else its name in plain words."""
    label = getattr(member, "label", None)
    return label if isinstance(label, str) else member.name.replace("_", " ")


def enums_of(facts: Sequence[Fact]) -> dict[str, EnumClass]:
    """The closed sets these facts use, by name."""
    return {fact.enum.__name__: fact.enum for fact in facts if fact.enum is not None}
