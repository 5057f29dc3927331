"""Facts are declared once, on the method that reads them; everything else is collected from there.

A *view* is the reading of one leg, transfer, call …: a class whose methods compute something when it is
first asked for, and keep it (:mod:`~sipdiag.facts.once`).  Such a method becomes

* a **fact** with :func:`fact`: its name, the type from its annotation, its meaning from the first paragraph
  of its docstring.  It returns None where the fact is not known; an absent fact is left out, never None.
* **evidence** with :func:`evidence`: the messages that rules cite by its name.
* a **part** with :func:`facts`: a view of its own, whose facts and evidence belong to the same subject.

:func:`declared` collects the facts of a view's class; :class:`Known` and :class:`Cited` are the facts and
messages of one view, read lazily.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import cache
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeVar, overload

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.calls.model import Request
from sipdiag.facts.once import Once
from sipdiag.messages.captured import CapturedMessage

FactType = Literal["bool", "int", "double", "string", "list_string", "list_int", "map_string"]
SubjectKind = Literal[
    "leg", "direction", "transfer", "call", "registration", "exchange", "capture", "context"
]
KnownAt = Literal["call", "capture"]

EnumClass = type[IntEnum]

StepsName = Literal["cause", "refer_enable", "refer_send", "foreign_caller_id"]
"""Advice that stands in the provider tables and that a rule's ``fix`` can call for by name."""

SUBJECT_KINDS: tuple[SubjectKind, ...] = (
    "leg",
    "direction",
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
    known_at: KnownAt = "call"
    """``capture``: other calls of the input have a say in it, so that all of them must have been read."""
    enum: EnumClass | None = None
    """The closed set of an ``int`` fact; rules write its members as ``Outcome.busy``."""
    absent: str | None = None
    """What a sentence prints in place of the absent fact; None: a phrase made from the unit."""
    for_expectations: bool = False
    """No built-in rule needs it; expectation files and rules of users may."""
    optional: bool = False
    """It may be absent."""
    presence_of: str | None = None
    """This is the generated ``has_…`` of that optional fact."""

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


# -- on the methods of a view ------------------------------------------------------------------

T = TypeVar("T")
_Method = Callable[[Any], T]


class _Declared(Once[T]):
    """A method of a view that is a fact, evidence or a part."""

    tell: Callable[[str], Fact] | None = None
    """The fact it is, under a prefix."""
    cite: _Cite | None = None
    part: _Part | None = None


class _Cite(NamedTuple):
    name: str
    answered: bool
    """A request is cited with its final response."""


class _Part(NamedTuple):
    prefix: str
    found: str | None


@overload
def fact(method: _Method[T], /) -> Once[T]: ...
@overload
def fact(
    *,
    name: str = "",
    unit: str = "",
    absent: str | None = None,
    known_at: KnownAt = "call",
    for_expectations: bool = False,
) -> Callable[[_Method[T]], Once[T]]: ...
def fact(
    method: _Method[T] | None = None,
    /,
    *,
    name: str = "",
    unit: str = "",
    absent: str | None = None,
    known_at: KnownAt = "call",
    for_expectations: bool = False,
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
                known_at,
                enum,
                absent,
                for_expectations,
                optional or known_at == "capture",
            )

        declared: _Declared[T] = _Declared(method)
        declared.tell = tell
        return declared

    return declare if method is None else declare(method)


def evidence(name: str, *, answered: bool = False) -> Callable[[_Method[T]], Once[T]]:
    """Declare evidence: the method returns a message, a request, several messages, or None.

    A request is cited by its first message, and with its final response if ``answered``.
    """

    def declare(method: _Method[T]) -> Once[T]:
        declared: _Declared[T] = _Declared(method)
        declared.cite = _Cite(name, answered)
        return declared

    return declare


def facts(*, prefix: str = "", found: str | None = None) -> Callable[[_Method[T]], Once[T]]:
    """Declare a part; its facts are named with ``prefix``.

    A part that may be None is something found: all its facts are absent then, and the fact ``found`` says
    whether it was.  That fact's meaning is the method's docstring.
    """

    def declare(method: _Method[T]) -> Once[T]:
        declared: _Declared[T] = _Declared(method)
        declared.part = _Part(prefix, found)
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


def _annotation(method: Callable[..., object]) -> tuple[str, bool]:
    """The return annotation as written, and whether it is optional."""
    text = method.__annotations__.get("return")
    if not isinstance(text, str):
        raise TypeError(f"{method.__qualname__} needs a return annotation, in a module with postponed ones")
    return text.removesuffix(" | None"), text.endswith(" | None")


def _class_named(method: Callable[..., Any], name: str) -> type:
    found = method.__globals__.get(name)
    if not isinstance(found, type):
        raise TypeError(f"{method.__qualname__}: '{name}' is neither a scalar nor a class of its module")
    return found


def _type_of(method: Callable[..., object]) -> tuple[FactType, EnumClass | None, bool]:
    text, optional = _annotation(method)
    scalar = _SCALARS.get(text)
    if scalar is not None:
        return scalar, None, optional
    enum = _class_named(method, text)
    if not issubclass(enum, IntEnum):
        raise TypeError(f"{method.__qualname__}: a fact is a scalar or a closed set, not {text}")
    return "int", enum, optional


_PARAGRAPH = re.compile(r"\n\s*\n")


def meaning_of(method: Callable[..., object]) -> str:
    """The first paragraph of the docstring, on one line."""
    return " ".join(_PARAGRAPH.split((method.__doc__ or "").strip(), maxsplit=1)[0].split())


# -- collected ---------------------------------------------------------------------------------

_Read = Callable[[object], object]


class Declarations(NamedTuple):
    """What the class of a view declares."""

    facts: tuple[Fact, ...]
    """In the order of their declaration, parts in place, the generated ``has_…`` last."""
    read: Mapping[str, _Read]
    """Fact → how to read it from a view."""
    cite: Mapping[str, tuple[_Read, bool]]
    """Evidence → how to find it, and whether with its answer."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """The names under which rules cite messages."""
        return tuple(self.cite)


@cache
def declared(view: type) -> Declarations:
    """Collect the facts and evidence of a view's class, its parts included.

    :raises TypeError: a method has no annotation that can be a fact, or a name is declared twice.
    """
    found: dict[str, tuple[Fact, _Read]] = {}
    cited: dict[str, tuple[_Read, bool]] = {}
    for one, read in _facts(view, (), "", whole=True):
        if one.name in found:
            raise TypeError(f"{view.__name__}: fact '{one.name}' is declared twice")
        found[one.name] = one, read
    for cite, read in _cited(view, (), whole=True):
        if cite.name in cited:
            raise TypeError(f"{view.__name__}: evidence '{cite.name}' is declared twice")
        cited[cite.name] = read, cite.answered
    for one, read in list(found.values()):
        if one.optional:
            presence = _presence(one)
            found[presence.name] = presence, _present(read)
    return Declarations(
        tuple(one for one, _ in found.values()), {name: read for name, (_, read) in found.items()}, cited
    )


def _presence(one: Fact) -> Fact:
    return Fact(f"has_{one.name}", "bool", "", f"`{one.name}` is known", one.known_at, presence_of=one.name)


def _present(read: _Read) -> _Read:
    return lambda view: read(view) is not None


def _declarations(view: type) -> Iterator[_Declared[object]]:
    """What the class and those it builds on declare, the basic ones first."""
    names: dict[str, None] = {}
    for base in reversed(view.__mro__):
        names.update((name, None) for name, value in vars(base).items() if isinstance(value, _Declared))
    for name in names:
        yield getattr(view, name)


def _facts(view: type, path: tuple[str, ...], prefix: str, *, whole: bool) -> Iterator[tuple[Fact, _Read]]:
    """The facts of a view that is reached by ``path``; ``whole``: nothing on that path may be None."""
    for one in _declarations(view):
        here = (*path, one.name)
        if one.tell is not None:
            told = one.tell(prefix)
            yield (told if whole else replace(told, optional=True)), _reader(here, whole)
        if one.part is not None:
            name, optional = _annotation(one.compute)
            if one.part.found is not None:
                yield (
                    Fact(one.part.found, "bool", "", meaning_of(one.compute), optional=not whole),
                    _finder(here, path, whole),
                )
            yield from _facts(
                _class_named(one.compute, name), here, prefix + one.part.prefix, whole=whole and not optional
            )


def _cited(view: type, path: tuple[str, ...], *, whole: bool) -> Iterator[tuple[_Cite, _Read]]:
    for one in _declarations(view):
        here = (*path, one.name)
        if one.cite is not None:
            yield one.cite, _reader(here, whole)
        if one.part is not None:
            name, optional = _annotation(one.compute)
            yield from _cited(_class_named(one.compute, name), here, whole=whole and not optional)


def _reader(path: tuple[str, ...], whole: bool) -> _Read:
    if whole:
        return attrgetter(".".join(path))

    def read(view: object) -> object:
        for name in path:
            view = getattr(view, name)
            if view is None:
                return None
        return view

    return read


def _finder(path: tuple[str, ...], above: tuple[str, ...], whole: bool) -> _Read:
    part, owner = _reader(path, whole), _reader(above, whole) if above else None

    def read(view: object) -> object:
        if not whole and owner is not None and owner(view) is None:
            return None
        return part(view) is not None

    return read


@cache
def _readers(kind: type, names: tuple[str, ...]) -> tuple[_Read, ...]:
    read = declared(kind).read
    return tuple(read.get(name, _unknown) for name in names)


def _unknown(view: object) -> None:
    """A fact that is not declared is not known."""


# -- of one view -------------------------------------------------------------------------------


class Known(Mapping[str, object]):
    """The facts of one view that are known, each computed when it is first asked for.

    The generated ``has_…`` can be asked for, but are not listed.
    """

    __slots__ = ("_hidden", "_kind", "_listed", "_read", "_valued", "_view")

    def __init__(self, view: Any, hidden: frozenset[str] = frozenset()) -> None:
        """``hidden``: facts that count as absent."""
        kind: type = type(view)
        declarations = declared(kind)
        self._kind = kind
        self._view = view
        self._hidden = hidden
        self._valued: tuple[tuple[str, ...], tuple[object, ...]] | None = None
        self._read = declarations.read
        self._listed = declarations.facts

    def without(self, names: Collection[str]) -> Known:
        """The same with these facts absent."""
        return Known(self._view, self._hidden.union(names))

    def get(self, name: str, default: Any = None) -> Any:
        """The fact's value; ``default`` where it is not known."""
        read = self._read.get(name)
        if read is None or name in self._hidden:
            return default
        if self._hidden and name.startswith("has_") and name[4:] in self._hidden:
            return False
        value = read(self._view)
        return default if value is None else value

    def valued(self, names: tuple[str, ...]) -> tuple[object, ...]:
        """The values of many facts at once, None where one is not known; kept, for the same are asked again."""
        if self._valued is None or self._valued[0] is not names:
            view = self._view
            if self._hidden:
                values = [self.get(name) for name in names]
            else:
                values = [read(view) for read in _readers(self._kind, names)]
            self._valued = names, tuple(values)
        return self._valued[1]

    def __getitem__(self, name: str) -> object:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (
            one.name for one in self._listed if one.presence_of is None and self.get(one.name) is not None
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Cited(Mapping[str, Sequence[CapturedMessage]]):
    """The evidence of one view, by name; found when it is asked for."""

    __slots__ = ("_cite", "_view")

    def __init__(self, view: Any) -> None:
        self._view = view
        kind: type = type(view)
        self._cite = declared(kind).cite

    def __getitem__(self, name: str) -> Sequence[CapturedMessage]:
        read, answered = self._cite[name]
        return _messages(read(self._view), answered)

    def __iter__(self) -> Iterator[str]:
        return iter(self._cite)

    def __len__(self) -> int:
        return len(self._cite)


def _messages(cited: object, answered: bool) -> Sequence[CapturedMessage]:
    match cited:
        case CapturedMessage():
            return [cited]
        case Request():
            return [cited.first, cited.final] if answered and cited.final is not None else [cited.first]
        case list():
            return cited
        case None:
            return []
    raise TypeError(f"{cited!r} is no evidence")
