"""Structured header values read once: the messages of a call repeat their Vias, Froms, Tos and Contacts."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Value = TypeVar("Value")

_ENTRIES = 8192
_LONGEST = 256
"""Characters; longer texts are read each time, so that what is remembered stays within a few MiB."""


def remembered(read: Callable[[str], Value]) -> Callable[[str], Value]:
    """Let a function of a text that returns something immutable remember its recent results."""
    known = lru_cache(maxsize=_ENTRIES)(read)

    @wraps(read)
    def reading(text: str) -> Value:
        return known(text) if len(text) <= _LONGEST else read(text)

    return reading
