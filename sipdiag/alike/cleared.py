"""What a witness came to, with true times in place of those that note, and under its own name."""

from __future__ import annotations

from enum import Enum
from typing import Any

from msgspec import Struct

from sipdiag.alike.form import NAME, Blanks, Witness
from sipdiag.alike.noted import Gap, Moment, Span
from sipdiag.alike.trail import NotPlainError
from sipdiag.messages.captured import CapturedMessage


def cleared(witness: Witness, blanks: Blanks, shared: tuple[type, ...]) -> Any:
    """What the call itself comes to; objects of ``shared`` types are not looked into.

    :raises NotPlainError: there is something in it that cannot be looked into.
    """
    stand_in, name = str(witness.read[NAME]), str(blanks.read[NAME])
    own = {id(one): true for one, true in zip(witness.messages, blanks.messages, strict=True)}

    def of(part: Any) -> Any:
        kind = type(part)
        if kind is str:
            return part.replace(stand_in, name) if stand_in in part else part
        if kind is Moment or kind is Span or kind is Gap:
            return part.told(blanks.times)
        if kind is CapturedMessage:
            return own[id(part)]
        if kind in shared:
            return part
        if isinstance(part, tuple):
            return getattr(kind, "_make", tuple)([of(one) for one in part])
        if kind is list or kind is set or kind is frozenset:
            return kind([of(one) for one in part])
        if isinstance(part, dict):
            return {of(key): of(one) for key, one in part.items()}
        if isinstance(part, Struct):
            return kind(*[of(getattr(part, field)) for field in kind.__struct_fields__])
        if part is None or isinstance(part, bool | bytes | int | float | Enum):
            return part
        # A time that notes might stand in it, which whoever prints it would take for a number.
        raise NotPlainError

    return of(witness.result)
