"""What was probably meant by a word that is not known: one wording wherever somebody types a name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LIKENESS = 0.6
"""From 0 to 1, how alike two words have to be to be taken for one another."""


def did_you_mean(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """A hint that names the closest known word; where none is close, ``otherwise``, or else all that are known."""
    words = list(known)
    close = get_close_matches(word, words, n=1, cutoff=_LIKENESS)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(words) or 'none'}" if otherwise is None else otherwise
