"""Masking what stands percent-encoded (RFC 3986 §2.1): headers and bodies that a URI carries."""

from __future__ import annotations

import re
from collections.abc import Callable

_ESCAPE = re.compile(r"(%[0-9A-Fa-f]{2})")
_HEADER = re.compile(r"(?<=[?&])[^=&?\s<>\"]{1,128}=[^&\s<>\"]*|(?<=;)[^=;&?\s<>\"]{1,128}=[^;&?\s<>\"]*")
"""A header behind a URI's ``?`` (RFC 3261 §19.1.1), or a parameter."""
_WORD = re.compile(r"[^\s<>\"]+")


def mask_decoded(text: str, mask: Callable[[str], str]) -> str:
    """Mask the headers of URIs as header lines, then each word, both with their escapes undone.

    ``mask`` keeps the length; what it replaces is replaced here, each character of an escape by the
    same one.  The length stays.
    """
    text = _HEADER.sub(lambda header: _masked(header[0], lambda plain: _as_header(plain, mask)), text)
    return _WORD.sub(lambda word: _masked(word[0], mask), text)


def _as_header(plain: str, mask: Callable[[str], str]) -> str:
    name, _, value = plain.partition("=")
    masked = mask(f"{name}:{value}")
    return f"{masked[: len(name)]}={masked[len(name) + 1 :]}"


def _masked(text: str, mask: Callable[[str], str]) -> str:
    if "%" not in text:
        return text
    # Escapes at the odd places, what stands between them at the even ones.
    pieces = _ESCAPE.split(text)
    plain = "".join(chr(int(piece[1:], 16)) if odd % 2 else piece for odd, piece in enumerate(pieces))
    masked, at, shown = mask(plain), 0, []
    for odd, piece in enumerate(pieces):
        width = 1 if odd % 2 else len(piece)
        new = masked[at : at + width]
        shown.append(new if not odd % 2 else piece if new == plain[at] else new * len(piece))
        at += width
    return "".join(shown)
