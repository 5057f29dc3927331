"""Which step of one call is which of the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

from msgspec import Struct

from sipdiag.comparison.step import Step

Kind = Literal["same", "status", "moved", "missing", "extra"]


class Pair(Struct, frozen=True):
    """A step of each call, or of one."""

    kind: Kind
    """``status``: the same step with another status; ``moved``: it stands elsewhere in the failing call."""
    good: Step | None
    bad: Step | None


def align(good: Sequence[Step], bad: Sequence[Step]) -> list[Pair]:
    """The steps of both calls in one order."""
    pairs = list(_aligned(good, bad))
    return _with_moves(pairs)


def _aligned(good: Sequence[Step], bad: Sequence[Step]) -> Iterator[Pair]:
    matcher = SequenceMatcher(None, [s.key for s in good], [s.key for s in bad], autojunk=False)
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation == "equal":
            yield from (Pair("same", one, two) for one, two in zip(good[i1:i2], bad[j1:j2], strict=True))
        else:
            yield from _unequal(good[i1:i2], bad[j1:j2])


def _unequal(good: Sequence[Step], bad: Sequence[Step]) -> Iterator[Pair]:
    """A stretch without equal steps: by slot, then what only one of them has."""
    matcher = SequenceMatcher(None, [s.slot for s in good], [s.slot for s in bad], autojunk=False)
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation == "equal":
            yield from (Pair("status", one, two) for one, two in zip(good[i1:i2], bad[j1:j2], strict=True))
        else:
            yield from (Pair("missing", step, None) for step in good[i1:i2])
            yield from (Pair("extra", None, step) for step in bad[j1:j2])


def _with_moves(pairs: Sequence[Pair]) -> list[Pair]:
    """A step that is missing here and extra there has moved; it is told where the failing call has it."""
    missing: dict[tuple[object, ...], list[Step]] = {}
    for pair in pairs:
        if pair.kind == "missing" and pair.good:
            missing.setdefault(pair.good.key, []).append(pair.good)
    moved: dict[Step, Step] = {}
    for pair in pairs:
        if pair.kind == "extra" and pair.bad and missing.get(pair.bad.key):
            moved[pair.bad] = missing[pair.bad.key].pop(0)
    gone = set(moved.values())
    result = []
    for pair in pairs:
        if pair.bad is not None and pair.bad in moved:
            result.append(Pair("moved", moved[pair.bad], pair.bad))
        elif pair.good is None or pair.good not in gone:
            result.append(pair)
    return result
