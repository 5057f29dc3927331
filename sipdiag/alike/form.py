"""Results with blanks: what several calls of one kind came to, and where in it each had what is its own.

The results of the calls are laid over each other.  Where they are the same, the form says so; where they differ, each must
have something of its own: a value, a time, a message, in all of them that of the same place.  If anything else differs,
there is no form.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence, Set
from enum import Enum
from types import NoneType
from typing import Any, NamedTuple

from msgspec import Struct

from sipdiag.alike.noted import Gap, Moment, Span
from sipdiag.messages.captured import CapturedMessage

NAME = 0
"""The place of what a call is called among what is its own: no two have that in common."""
_SHORTEST = 6
"""Characters of a value that is looked for within texts: shorter ones stand there by chance."""


class UnlikeError(Exception):
    """The results differ in something that is not the calls' own."""


class Blanks(NamedTuple):
    """What is a call's own."""

    read: Sequence[Hashable]
    """Its name and its values, and what is read of them."""
    times: Sequence[int]
    """The times of its messages, and what else :mod:`~sipdiag.alike.noted` counts among them."""
    messages: Sequence[CapturedMessage]


class Witness(NamedTuple):
    """A call, and what it came to."""

    read: Sequence[Hashable]
    within: Sequence[int]
    """The places of what may also stand within a text."""
    result: Any
    messages: Sequence[CapturedMessage]
    """The messages as they stand in the result."""


_Fill = Callable[[Blanks], Any]
_Part = _Fill | None
"""How a part is filled in; None where it is the same in every call."""


class Form:
    """What calls of a kind come to."""

    def __init__(self, witnesses: Sequence[Witness]) -> None:
        """:raises UnlikeError: they differ in something else than what is their own."""
        first = witnesses[0]
        common = [
            place
            for place, value in enumerate(first.read)
            if place != NAME and all(one.read[place] == value for one in witnesses)
        ]
        self._fixed = [(place, first.read[place]) for place in common]
        """What all of them had in common: of a call that has something else there nothing is known."""
        self._whole = first.result
        self._fill = _Overlay(witnesses, frozenset(common)).part([one.result for one in witnesses])

    def fits(self, read: Sequence[Hashable]) -> bool:
        """Whether a call of the kind has all that the witnesses had in common."""
        for place, value in self._fixed:  # noqa: SIM110  a generator takes twice as long
            if read[place] != value:
                return False
        return True

    def filled(self, blanks: Blanks) -> Any:
        """What a call comes to."""
        return self._whole if self._fill is None else self._fill(blanks)


class _Overlay:
    """Results of several calls, laid over each other."""

    def __init__(self, witnesses: Sequence[Witness], common: Set[int]) -> None:
        self._reads = [one.read for one in witnesses]
        free = [place for place in range(len(self._reads[0])) if place not in common]
        self._places = {self._reads[0][place]: place for place in reversed(free)}
        within = [place for place in witnesses[0].within if place in free]
        self._within = [_to_find(read, within) for read in self._reads]
        self._messages = [
            {id(captured): place for place, captured in enumerate(one.messages)} for one in witnesses
        ]

    def part(self, parts: Sequence[Any]) -> _Part:
        """How to fill in what stands at one place in all results."""
        first = parts[0]
        if all(one is first for one in parts):
            # What belongs to one call alone, such as its times, is never the same object in two results.
            return None
        kind = type(first)
        for one in parts:
            if type(one) is not kind:
                raise UnlikeError
        return _HOW.get(kind, _how(kind))(self, parts)

    def texts(self, parts: Sequence[str]) -> _Part:
        first = parts[0]
        if all(one == first for one in parts):
            return None
        place = self._places.get(first)
        if place is not None and all(
            read[place] == one for read, one in zip(self._reads, parts, strict=True)
        ):
            return lambda blanks: blanks.read[place]
        pieces = self._template(first, 0)
        if any(self._template(one, number) != pieces for number, one in enumerate(parts)):
            raise UnlikeError
        return lambda blanks: "".join(
            [one if isinstance(one, str) else str(blanks.read[one]) for one in pieces]
        )

    def _template(self, text: str, witness: int) -> list[str | int]:
        """A text cut where values of a witness stand in it, the longest first; these as their places."""
        pieces: list[str | int] = [text]
        for value, place in self._within[witness]:
            if value in text:
                pieces = [new for piece in pieces for new in _cut(piece, value, place)]
        return pieces

    def times(self, parts: Sequence[Any]) -> _Fill:
        first = parts[0]
        if not all(first.same(one) for one in parts):
            raise UnlikeError
        return lambda blanks: first.told(blanks.times)

    def messages(self, parts: Sequence[CapturedMessage]) -> _Fill:
        places = {known.get(id(one)) for known, one in zip(self._messages, parts, strict=True)}
        place = places.pop()
        if places or place is None:
            raise UnlikeError
        return lambda blanks: blanks.messages[place]

    def tuples(self, parts: Sequence[tuple[Any, ...]]) -> _Part:
        return self._several(getattr(type(parts[0]), "_make", tuple), parts)

    def lists(self, parts: Sequence[list[Any]]) -> _Part:
        # It may be changed by whom it is given to.
        return self._several(list, parts, always=True)

    def mappings(self, parts: Sequence[dict[Any, Any]]) -> _Part:
        names = list(parts[0])
        if any(list(one) != names for one in parts):
            raise UnlikeError
        return self._several(
            lambda values: dict(zip(names, values, strict=True)),
            [list(one.values()) for one in parts],
            always=True,
        )

    def structs(self, parts: Sequence[Struct]) -> _Part:
        kind: Any = type(parts[0])
        names: tuple[str, ...] = kind.__struct_fields__

        def make(values: Sequence[Any]) -> Any:
            return kind(*values)

        return self._several(
            make,
            [[getattr(one, name) for name in names] for one in parts],
            always=not kind.__struct_config__.frozen,
        )

    def sets(self, parts: Sequence[Set[Any]]) -> _Part:
        """Those members lie over each other that stand for the same."""
        if any(type(one) is not str for some in parts for one in some):
            self.others(parts)
            kept = parts[0]
            return (lambda _: set(kept)) if type(kept) is set else None
        ordered = [self._in_order(some, witness) for witness, some in enumerate(parts)]
        make: Callable[[Sequence[Any]], Any] = type(parts[0])
        return self._several(make, ordered, always=make is set)

    def _in_order(self, some: Set[str], witness: int) -> list[str]:
        return sorted(some, key=lambda text: repr(self._template(text, witness)))

    def others(self, parts: Sequence[Any]) -> _Part:
        """What holds nothing of a call's own: it is the same in all."""
        if any(one != parts[0] for one in parts):
            raise UnlikeError
        return None

    def unknown(self, parts: Sequence[Any]) -> _Part:
        """There may be anything in it."""
        raise UnlikeError

    def _several(
        self, make: Callable[[Sequence[Any]], Any], parts: Sequence[Sequence[Any]], *, always: bool = False
    ) -> _Part:
        if len({len(one) for one in parts}) > 1:
            raise UnlikeError
        fills = [self.part(some) for some in zip(*parts, strict=True)]
        if not always and not any(fills):
            return None
        steps = list(zip(fills, parts[0], strict=True))
        return lambda blanks: make([one if fill is None else fill(blanks) for fill, one in steps])


_How = Callable[[_Overlay, Any], _Part]
_HOW: dict[type, _How] = {
    str: _Overlay.texts,
    Moment: _Overlay.times,
    Gap: _Overlay.times,
    Span: _Overlay.times,
    CapturedMessage: _Overlay.messages,
    list: _Overlay.lists,
    set: _Overlay.sets,
    frozenset: _Overlay.sets,
    **dict.fromkeys((bool, bytes, int, float, NoneType), _Overlay.others),
}


def _how(kind: type) -> _How:
    """How parts of a type are laid over each other."""
    ways: tuple[tuple[type, _How], ...] = (
        (Enum, _Overlay.others),
        (tuple, _Overlay.tuples),
        (dict, _Overlay.mappings),
        (Struct, _Overlay.structs),
    )
    return _HOW.setdefault(
        kind, next((way for base, way in ways if issubclass(kind, base)), _Overlay.unknown)
    )


def _to_find(read: Sequence[Hashable], places: Sequence[int]) -> list[tuple[str, int]]:
    """The values that are looked for within texts, the longest first, with their places."""
    values = [
        (value, place)
        for place in places
        if isinstance(value := read[place], str) and len(value) >= _SHORTEST
    ]
    return sorted(values, key=lambda one: -len(one[0]))


def _cut(piece: str | int, value: str, place: int) -> list[str | int]:
    if not isinstance(piece, str) or value not in piece:
        return [piece]
    found: list[str | int] = []
    for text in piece.split(value):
        found += [text, place]
    return [one for one in found[:-1] if one != ""]
