"""Blanking what derives from a password, before anything leaves the program."""

from __future__ import annotations

import re

_FIELD = re.compile(
    rb"(?:\A|[\r\n])(?:proxy-)?(?:authorization|authentication-info)[ \t]*:"
    rb"[^\r\n]*(?:(?:\r{0,2}\n|\r)[ \t][^\r\n]*)*",
    re.IGNORECASE,
)
_DIGEST = re.compile(
    rb"(\b(?:response|cnonce|rspauth)\s{0,64}=\s{0,64})(?:\"((?:[^\"\\]|\\.)*)|([^,\s\"]+))",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(rb"(:\s{0,64}(?:basic|bearer)\s{1,64})([^\s,]+)", re.IGNORECASE)


def mask(raw: bytes) -> bytes:
    """Replace the secret values of the (Proxy-)Authorization lines by ``*``; the length stays the same.

    Secret are ``response``, ``cnonce`` and ``rspauth`` of a digest, and the token of Basic and Bearer.
    Every line of that name counts, those of a message inside a body too.
    """
    return _FIELD.sub(_mask_field, raw)


def mask_text(text: str) -> str:
    """As :func:`mask`, for a message as text."""
    return mask(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def _mask_field(field: re.Match[bytes]) -> bytes:
    masked = _DIGEST.sub(
        lambda m: m[1] + (b'"' + _stars(m[2]) if m[2] is not None else _stars(m[3])), field[0]
    )
    return _TOKEN.sub(lambda m: m[1] + _stars(m[2]), masked, count=1)


def _stars(secret: bytes) -> bytes:
    """As many stars, line ends and blanks kept, so that a folded field stays one."""
    return re.sub(rb"[^\r\n\t ]", b"*", secret)
