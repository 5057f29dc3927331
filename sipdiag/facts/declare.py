"""Facts are declared once, on the method that reads them; everything else is collected from there.

A *view* is the reading of one leg, transfer, call …: a class whose methods compute something when it is
first asked for, and keep it (:mod:`~sipdiag.facts.once`).  Such a method becomes

* a **fact** with :func:`fact`: its name, the type from its annotation, its meaning from the first paragraph
  of its docstring.  It returns None where the fact is not known; an absent fact is left out, never None.
  A member of a closed set is never absent: it is ``unknown``.
* **evidence** with :func:`evidence`: the messages that rules cite by its name.
* a **part** with :func:`facts`: a view of its own, whose facts and evidence belong to the same subject.

What a class declares is collected in :mod:`~sipdiag.facts.known`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Literal, TypeVar, overload

from msgspec import Struct

from sipdiag.facts.once import Once

FactType = Literal["bool", "int", "double", "string", "list_string", "list_int", "map_string"]
KnownAt = Literal["call", "capture"]

EnumClass = type[IntEnum]

ADVISED: Mapping[str, tuple[str, ...]] = {
    "leg": ("callee", "caller", "platform", "any"),
    "transfer": ("transferee", "transferor", "any"),
    "direction": ("sender", "receiver", "any"),
}
"""Subject kind → the parties whose provider files a rule's ``fix`` can call on: ``callee.geo_permissions``.

``any`` is the file for every party.  :func:`makers` adds those whose files are cited."""


def makers(subject: str, evidence: Iterable[str]) -> tuple[str, ...]:
    """The evidence names that are places in files: their makers' advice is called for as ``file_method.refer_send``."""
    return tuple(name for name in evidence if subject == "context" or name.startswith("file_"))


class Fact(Struct, frozen=True):
    """One fact as rules see it."""

    name: str
    """Lower case with underscores; durations end in ``_s``."""
    type: FactType
    unit: str
    """``s``, ``bytes``, ``messages``; empty where there is none."""
    meaning: str
    known_at: KnownAt = "call"
    """``capture``: other calls of the input have a say in it, so that all of them must have been read."""
    enum: EnumClass | None = None
    """The closed set of an ``int`` fact, which is never absent; rules write its members as ``Outcome.busy``."""
    absent: str | None = None
    """What a sentence prints for the absent fact; None: a phrase derived from the unit."""
    for_expectations: bool = False
    """No built-in rule needs it; expectation files and rules of users may."""
    optional: bool = False
    """It may be absent."""
    presence_of: str | None = None
    """This is the generated ``has_…`` of that optional fact."""
    named: EnumClass | None = None
    """Names for numbers that this fact may take, beside others: rules write ``Q850.user_busy``, texts print the number."""

    def __post_init__(self) -> None:
        if self.enum is not None and self.type != "int":
            raise ValueError(f"fact {self.name}: an enum fact has type int, not {self.type}")
        if self.enum is not None and self.optional:
            raise ValueError(
                f"fact {self.name}: of a closed set, `unknown` says that it is not known, not None"
            )

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
    """The closed sets and the named numbers these facts use, by name."""
    return {one.__name__: one for fact in facts for one in (fact.enum, fact.named) if one is not None}


# -- on the methods of a view ------------------------------------------------------------------

T = TypeVar("T")
_Method = Callable[[Any], T]


class Declared(Once[T]):
    """A method of a view that is a fact, evidence or a part."""

    tell: Callable[[str], Fact] | None = None
    """The fact it is, under a prefix."""
    cite: Cite | None = None
    part: Part | None = None


class Cite(Struct, frozen=True):
    """How evidence is named."""

    name: str
    answered: bool
    """A request is cited with its final response."""


class Part(Struct, frozen=True):
    """How the facts of a part are named."""

    prefix: str
    found: str | None
    """The fact that says whether the part is there."""
    known_at: KnownAt
    """Of all its facts."""


@overload
def fact(method: _Method[T], /) -> Once[T]: ...
@overload
def fact(
    *,
    name: str = "",
    unit: str = "",
    absent: str | None = None,
    for_expectations: bool = False,
    named: EnumClass | None = None,
) -> Callable[[_Method[T]], Once[T]]: ...
def fact(
    method: _Method[T] | None = None,
    /,
    *,
    name: str = "",
    unit: str = "",
    absent: str | None = None,
    for_expectations: bool = False,
    named: EnumClass | None = None,
) -> Once[T] | Callable[[_Method[T]], Once[T]]:
    """Declare a fact, under the method's name or ``name``; ``absent`` is what a sentence prints where it is not known."""

    def declare(method: _Method[T]) -> Once[T]:
        def tell(prefix: str) -> Fact:
            told_as = prefix + (name or method.__name__)
            type_, enum, optional = _type_of(method)
            seconds = "s" if type_ == "double" and told_as.endswith("_s") else ""
            return Fact(
                told_as,
                type_,
                unit or seconds,
                meaning_of(method),
                "call",
                enum,
                absent,
                for_expectations,
                optional,
                named=named,
            )

        declared: Declared[T] = Declared(method)
        declared.tell = tell
        return declared

    return declare if method is None else declare(method)


def evidence(name: str, *, answered: bool = False) -> Callable[[_Method[T]], Once[T]]:
    """Declare evidence: the method returns a message, a packet that is none, a request, several messages, or None.

    A request is cited by its first message, and with its final response if ``answered``.
    """

    def declare(method: _Method[T]) -> Once[T]:
        declared: Declared[T] = Declared(method)
        declared.cite = Cite(name, answered)
        return declared

    return declare


def facts(
    *, prefix: str = "", found: str | None = None, known_at: KnownAt = "call"
) -> Callable[[_Method[T]], Once[T]]:
    """Declare a part; its facts are named with ``prefix``.

    A part that may be None is something found: all its facts are absent then, and the fact ``found`` says
    whether it was.  That fact's meaning is the method's docstring.  A part that is known at the end of the
    capture is :data:`~sipdiag.facts.later.LATER` until then.
    """

    def declare(method: _Method[T]) -> Once[T]:
        declared: Declared[T] = Declared(method)
        declared.part = Part(prefix, found, known_at)
        return declared

    return declare


_SCALARS: Mapping[str, FactType] = {
    "bool": "bool",
    "int": "int",
    "float": "double",
    "str": "string",
    "list[str]": "list_string",
    "list[int]": "list_int",
    "Mapping[str, str]": "map_string",
}


def annotation(method: Callable[..., object]) -> tuple[str, bool]:
    """The return annotation as written, and whether it is optional."""
    text = method.__annotations__.get("return")
    if not isinstance(text, str):
        raise TypeError(f"{method.__qualname__} needs a return annotation, in a module with postponed ones")
    text = text.removesuffix(" | Later")
    return text.removesuffix(" | None"), text.endswith(" | None")


def class_named(method: Callable[..., Any], name: str) -> type:
    found = method.__globals__.get(name)
    if not isinstance(found, type):
        raise TypeError(f"{method.__qualname__}: '{name}' is neither a scalar nor a class of its module")
    return found


def _type_of(method: Callable[..., object]) -> tuple[FactType, EnumClass | None, bool]:
    text, optional = annotation(method)
    scalar = _SCALARS.get(text)
    if scalar is not None:
        return scalar, None, optional
    enum = class_named(method, text)
    if not issubclass(enum, IntEnum):
        raise TypeError(f"{method.__qualname__}: a fact is a scalar or a closed set, not {text}")
    return "int", enum, optional


_PARAGRAPH = re.compile(r"\n\s*\n")


def meaning_of(method: Callable[..., object]) -> str:
    """The first paragraph of the docstring, on one line."""
    return " ".join(_PARAGRAPH.split((method.__doc__ or "").strip(), maxsplit=1)[0].split())
