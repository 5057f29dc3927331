"""Bodies of which only the outline stays: text, XML, and bytes that are neither."""

from __future__ import annotations

import re

from sipdiag.redaction.vocabulary import Words

_TEXT_TYPES = re.compile(r"text/|message/|application/(?:[\w.+-]*[+]xml|xml|[\w.+-]*json)\Z")
_NOT_TEXT = re.compile(rb"[^\t\n\r\x20-\x7e\x80-\xff]")
_ALNUM = re.compile(rb"[0-9A-Za-z\x80-\xff]")
_KNOWN_OR_ALNUM = re.compile(rb"(?:(?<=<)|(?<=</)|(?<=<\?)|(?<=\s))[A-Za-z][\w.-]*+|[0-9A-Za-z\x80-\xff]")
"""A word that may be the name of an element or attribute, or else a single character."""
_KEYS_OR_WORDS = re.compile(rb"[A-Za-z][A-Za-z-]*+|[0-9A-Za-z\x80-\xff*#]")


def outline(kind: str, body: bytes, names: Words) -> bytes:
    """A body of that media type: of text the punctuation stays and, in XML, known ``names``; of bytes nothing.

    A digit may be half a byte, or a byte a character of any alphabet: only where both are told by the type
    is anything to be seen.
    """
    if not _TEXT_TYPES.match(kind) or _NOT_TEXT.search(body):
        return bytes(len(body))
    if kind.endswith("xml"):
        return _KNOWN_OR_ALNUM.sub(lambda match: _known_or_outline(match[0], names), body)
    return _ALNUM.sub(lambda match: _outline(match[0]), body)


def keys(body: bytes, words: Words) -> bytes:
    """DTMF: which keys were pressed is nobody's business, that some were is."""
    if _NOT_TEXT.search(body):
        return bytes(len(body))
    return _KEYS_OR_WORDS.sub(
        lambda match: match[0] if len(match[0]) > 1 and _in(match[0], words) else b"0" * len(match[0]), body
    )


def _known_or_outline(word: bytes, names: Words) -> bytes:
    return (
        word
        if len(word) > 1 and _in(word, names)
        else b"".join(_outline(word[at : at + 1]) for at in range(len(word)))
    )


def _in(word: bytes, words: Words) -> bool:
    return word.isascii() and word.decode().lower() in words


def _outline(character: bytes) -> bytes:
    return b"0" if character.isdigit() else b"x"
