"""Splitting header values where quotes, angle brackets and escapes allow it (RFC 3261 §7.3.1, §25.1).

One pass over the text each, whatever is in it: a quote or bracket that is never closed counts as an
ordinary character, and so does every later one of its kind.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def closing_quote(text: str, opening: int) -> int:
    """Index of the quote that closes the one at ``opening``, or -1."""
    at = opening + 1
    while True:
        quote = text.find('"', at)
        if quote < 0:
            return -1
        back = quote - 1
        while back > opening and text[back] == "\\":
            back -= 1
        if (quote - back) % 2:
            return quote
        at = quote + 1


def split_outside(text: str, separator: str, *, angles: bool = True) -> list[str]:
    """Split at a one-character separator outside quoted strings and (if ``angles``) ``<...>``; strip the pieces."""
    if separator not in text:
        return [text.strip()]
    if '"' not in text and not (angles and "<" in text):
        return [piece.strip() for piece in text.split(separator)]
    return [text[start:end].strip() for start, end in _spans(text, separator, angles)]


def _spans(text: str, separator: str, angles: bool) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = at = 0
    quotes = True
    stops = re.compile(f'[{re.escape(separator)}"<]')
    while (stop := stops.search(text, at)) is not None:
        at = stop.end()
        if stop[0] == separator:
            spans.append((start, stop.start()))
            start = at
        elif stop[0] == '"' and quotes:
            close = closing_quote(text, stop.start())
            quotes = close >= 0
            at = close + 1 if quotes else at
        elif stop[0] == "<" and angles:
            close = text.find(">", at)
            angles = close >= 0
            at = close + 1 if angles else at
    spans.append((start, len(text)))
    return spans


def unquote(text: str) -> str:
    """Strip the quotes of a quoted string and undo its escapes; other text comes back stripped only."""
    text = text.strip()
    if text[:1] != '"':
        return text
    inner = text[1:-1] if len(text) > 1 and text[-1] == '"' else text[1:]
    return _ESCAPE.sub(r"\1", inner) if "\\" in inner else inner


def parameters(pieces: list[str]) -> dict[str, str | None]:
    """Read ``name=value`` pieces: names in lower case, values unquoted, None without ``=``; the first one counts."""
    found: dict[str, str | None] = {}
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = name.strip().lower()
        if name and name not in found:
            found[name] = unquote(value) if equals else None
    return found


def parameter(value: str, name: str) -> str:
    """A parameter of a value without quoted strings, as written; empty without it."""
    for piece in value.split(";")[1:]:
        key, _, text = piece.partition("=")
        if key.strip().lower() == name:
            return text.strip()
    return ""
