"""What is a call's own, as far as facts look into it: of what class each value is, and what is read of it.

Facts hardly ever look into a value: they ask whether two are the same, whose network an address is in, how a number is
written, whether its plan has such numbers.  Whatever they can ask is the *class* of the values, which two calls must have
in common to be judged alike.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence, Set
from typing import NamedTuple

from sipdiag.alike.shape import Shape
from sipdiag.calls.parties import number_key
from sipdiag.facts.identity import NANP_EXIT_CODE, region_of
from sipdiag.facts.private import is_private
from sipdiag.knowledge.number import Number
from sipdiag.knowledge.numbers import home_region, parse_number, same_number
from sipdiag.knowledge.provider import pattern
from sipdiag.knowledge.providers import Providers
from sipdiag.sip.memo import remembered

_ORDINARY_ADDRESS = re.compile(r"(?!0\.|127\.|22[4-9]\.|2[3-5][0-9]\.).*")
"""None of this network, of this host, of a group, of nobody: such a one has a meaning of its own."""
_HIGHEST_PORT = 65_535
_SHORT = 8
"""Digits and plus: a shorter number may be a short code, and is its own key."""


class Own(NamedTuple):
    """What is a call's own."""

    read: tuple[Hashable, ...]
    """What it is called, its Call-ID, its values, and what is read of these: in calls of one class the same in the same places."""
    within: tuple[int, ...]
    """The places of what may also stand within a text."""
    of_class: Hashable
    """What calls must have in common with it, besides their shape, to be judged alike."""


class Owns:
    """Reads what is a call's own."""

    def __init__(self, providers: Providers, telling: Set[str] = frozenset()) -> None:
        """``telling``: texts that rules ask for."""
        self._providers, self._telling = providers, telling
        self._of_address = remembered(self._address)
        evidence = [one for provider in providers for one in provider.evidence]
        self._of_tag = _Fitting(text for one in evidence for text in one.tags)
        self._of_call_id = _Fitting(text for one in evidence for text in one.call_id)

    def of(self, shape: Shape, call_id: str) -> Own:
        """What is the own of a call of this shape."""
        values, kinds = shape.values, shape.kinds
        home = home_region(values[shape.caller]) if shape.caller is not None else None
        read: list[Hashable] = ["", call_id, *values]
        within = [0, 1]
        classes: list[Hashable] = [self._of_call_id.fit(call_id)]
        numbers: list[str] = []
        cseqs: list[int] = []
        for place, (text, kind) in enumerate(zip(values, kinds, strict=True), 2):
            if kind == "number":
                number = parse_number(text, home)
                if number is not None:
                    within += place, len(read) + 1
                    read += number_key(text), number.e164, region_of(number), number.country
                numbers.append(text)
                classes.append(_form(number, text))
            elif kind == "address":
                within.append(place)
                classes.append(self._of_address(text))
            elif kind == "cseq":
                cseqs.append(int(text))
            elif kind == "port":
                classes.append(int(text) <= _HIGHEST_PORT)
            elif kind in _APART_FROM_TEXTS:
                continue
            else:
                within.append(place)
                if kind == "tag":
                    classes.append(self._of_tag.fit(text))
        # By the country of the caller rules tell what is a call abroad, even where its own number says nothing.
        read.append(home)
        classes += (
            tuple([(one == 1, one - cseqs[0]) for one in cseqs]),
            _relations(numbers),
            self._coincidences(read),
            # Such a number may say where a caller is at home who does not say so: what that makes of the others is not read here.
            tuple(numbers)
            if home is None and any(one.startswith(NANP_EXIT_CODE) for one in numbers)
            else None,
        )
        return Own(tuple(read), tuple(within), tuple(classes))

    def _address(self, text: str) -> Hashable:
        """Whose network it is in, and who can send there."""
        found = self._providers.of_address(text)
        whose = (found.provider, found.product, found.how.replace(text, "")) if found is not None else None
        return whose, is_private(text), None if _ORDINARY_ADDRESS.match(text) else text

    def _coincidences(self, read: Sequence[Hashable]) -> Hashable:
        """What is read twice, and what rules ask for by name."""
        first: dict[Hashable, int] = {}
        same = tuple([first.setdefault(one, place) for place, one in enumerate(read)])
        return same, tuple([one for one in first if one in self._telling])


_APART_FROM_TEXTS = frozenset({"date", "session", "version"})
"""Kinds of values that nothing looks into, and that stand within no text."""


def _form(number: Number | None, text: str) -> Hashable:
    """How a number is written, and what its plan says."""
    if number is None:
        return None
    written = text[0] == "+", text[:1] == "0", text[:2] == "00", text[:3] == "011", len(text) < _SHORT
    known = number.e164 is None, number.region is None
    return number.form, number.possible, number.planned, number.is_global_service, written, known


def _relations(numbers: Sequence[str]) -> Hashable:
    """Which of the numbers are the same but for how they are written."""
    return tuple(
        [
            number_key(one) == number_key(other) and same_number(one, other)
            for place, one in enumerate(numbers)
            for other in numbers[:place]
        ]
    )


class _Fitting:
    """Patterns, of which hardly ever one fits."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._patterns = [pattern(text) for text in texts]
        self._any = pattern("|".join(f"(?:{one.pattern})" for one in self._patterns) or r"(?!)")

    def fit(self, text: str) -> tuple[int, ...]:
        """The places of those that fit a text."""
        if self._any.search(text) is None:
            return ()
        return tuple([place for place, one in enumerate(self._patterns) if one.search(text)])
