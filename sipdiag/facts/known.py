"""The facts and evidence that the class of a view declares, and those of one view, read lazily."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.calls.model import Request
from sipdiag.facts.declare import Cite, Declared, Fact, KnownAt, annotation, class_named, meaning_of
from sipdiag.facts.later import LATER, Later
from sipdiag.messages.captured import CapturedMessage
from sipdiag.position import Packet

_Read = Callable[[object], object]


class Declarations(Struct, frozen=True):
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
    for one, read in _facts(view, (), "", "call", whole=True):
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
    def present(view: object) -> bool | Later:
        value = read(view)
        return LATER if value is LATER else value is not None

    return present


def _declarations(view: type) -> Iterator[Declared[object]]:
    """What the class and those it builds on declare, the basic ones first."""
    names: dict[str, None] = {}
    for base in reversed(view.__mro__):
        names.update((name, None) for name, value in vars(base).items() if isinstance(value, Declared))
    for name in names:
        yield getattr(view, name)


def _facts(
    view: type, path: tuple[str, ...], prefix: str, known_at: KnownAt, *, whole: bool
) -> Iterator[tuple[Fact, _Read]]:
    """The facts of a view that is reached by ``path``; ``whole``: nothing on that path may be missing."""
    for one in _declarations(view):
        here = (*path, one.name)
        if one.tell is not None:
            told, read = one.tell(prefix), _reader(here, whole)
            if whole:
                yield told, read
            elif told.enum is None:
                yield replace(told, known_at=known_at, optional=True), read
            else:
                yield replace(told, known_at=known_at), _or_unknown(told, read)
        if one.part is not None:
            name, optional = annotation(one.compute)
            late = one.part.known_at if known_at == "call" else known_at
            there = whole and not optional and late == "call"
            if one.part.found is not None:
                yield (
                    Fact(one.part.found, "bool", "", meaning_of(one.compute), optional=not whole),
                    _finder(here, path, whole),
                )
            part = class_named(one.compute, name)
            yield from _facts(part, here, prefix + one.part.prefix, late, whole=there)


def _cited(view: type, path: tuple[str, ...], *, whole: bool) -> Iterator[tuple[Cite, _Read]]:
    for one in _declarations(view):
        here = (*path, one.name)
        if one.cite is not None:
            yield one.cite, _reader(here, whole)
        if one.part is not None:
            name, optional = annotation(one.compute)
            there = whole and not optional and one.part.known_at == "call"
            yield from _cited(class_named(one.compute, name), here, whole=there)


def _reader(path: tuple[str, ...], whole: bool) -> _Read:
    if whole:
        return attrgetter(".".join(path))

    def read(view: object) -> object:
        for name in path:
            view = getattr(view, name)
            if view is None or view is LATER:
                break
        return view

    return read


def _or_unknown(one: Fact, read: _Read) -> _Read:
    """A closed set's fact of a part that may be missing: ``unknown`` then."""
    unknown = one.enum.__members__.get("unknown") if one.enum is not None else None
    if unknown is None:
        raise TypeError(
            f"fact '{one.name}' is one of a part that may be missing, and its set has no `unknown`"
        )

    def known(view: object) -> object:
        value = read(view)
        return unknown if value is None else value

    return known


def _finder(path: tuple[str, ...], above: tuple[str, ...], whole: bool) -> _Read:
    part, owner = _reader(path, whole), _reader(above, whole) if above else None

    def read(view: object) -> object:
        if not whole and owner is not None and owner(view) is None:
            return None
        return part(view) is not None

    return read


class Known(Mapping[str, object]):
    """The known facts of one view, each computed on first access.

    The generated ``has_…`` can be asked for, but are not listed.  What is not known yet is ``LATER``.
    """

    __slots__ = ("_listed", "_read", "_view")

    def __init__(self, view: Any) -> None:
        kind: type = type(view)
        declarations = declared(kind)
        self._view = view
        self._read = declarations.read
        self._listed = declarations.facts

    def get(self, name: str, default: Any = None) -> Any:
        """The fact's value; ``default`` where it is not known."""
        read = self._read.get(name)
        if read is None:
            return default
        value = read(self._view)
        return default if value is None else value

    def all(self) -> dict[str, object]:
        """Every fact that is listed, each asked once."""
        listed = ((one.name, self.get(one.name)) for one in self._listed if one.presence_of is None)
        return {name: value for name, value in listed if value is not None}

    def __getitem__(self, name: str) -> object:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.all())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Cited(Mapping[str, Sequence[CapturedMessage | Packet]]):
    """The evidence of one view, by name; found on demand."""

    __slots__ = ("_cite", "_view")

    def __init__(self, view: Any) -> None:
        self._view = view
        kind: type = type(view)
        self._cite = declared(kind).cite

    def __getitem__(self, name: str) -> Sequence[CapturedMessage | Packet]:
        read, answered = self._cite[name]
        return _messages(read(self._view), answered)

    def __iter__(self) -> Iterator[str]:
        return iter(self._cite)

    def __len__(self) -> int:
        return len(self._cite)


def _messages(cited: object, answered: bool) -> Sequence[CapturedMessage | Packet]:
    match cited:
        case CapturedMessage() | Packet():
            return [cited]
        case Request():
            return [cited.first, cited.final] if answered and cited.final is not None else [cited.first]
        case list():
            return cited
        case None:
            return []
    raise TypeError(f"{cited!r} is no evidence")
