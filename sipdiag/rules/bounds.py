"""How long a rendered text, and a value in it, may become."""

from __future__ import annotations

from typing import Any

MAX_TEXT = 4000
"""Characters of a rendered text, and of a value in it: header values can be of any length."""
MOST_ITEMS = 256
"""Items of a list in a text."""


def short(value: Any) -> Any:
    """A value as far as it is printed: a text and a list have bounds."""
    if isinstance(value, str):
        return value[:MAX_TEXT] if len(value) > MAX_TEXT else value
    if isinstance(value, (list, tuple)):
        return [short(one) for one in value[:MOST_ITEMS]]
    return value
