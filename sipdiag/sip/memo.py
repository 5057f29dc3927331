"""Structured header values read once: the messages of a call repeat their Vias, Froms, Tos and Contacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")

_ENTRIES = 4096
_LONGEST = 256
"""Characters; longer texts are read each time, so that what is remembered stays within a few MiB."""


class _Known(dict[str, Value], Generic[Value]):
    """Texts → what was read of them; emptied when it is full, as the calls of a capture come and go."""

    def __init__(self, read: Callable[[str], Value]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Value:
        value = self._read(text)
        if len(text) <= _LONGEST:
            if len(self) >= _ENTRIES:
                self.clear()
            self[text] = value
        return value


def remembered(read: Callable[[str], Value]) -> Callable[[str], Value]:
    """Let a function of a text that returns something immutable remember its recent results."""
    # What is known already is found without a Python function being called.
    return _Known(read).__getitem__
