"""Bodies of several parts (RFC 5621, RFC 2046 §5.1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sipdiag.sip.grammar import MAX_MULTIPART_DEPTH, MAX_PARTS
from sipdiag.sip.quoting import parameters, split_outside

_PART_HEAD_END = re.compile(rb"\r?\n\r?\n")
_PART_TYPE = re.compile(rb"(?:^|\n)(?:content-type|c)[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE)


def find_part(content_type: str, body: bytes, wanted: Collection[str]) -> bytes | None:
    """The first part of one of the wanted types (lower case), or the body itself if it is one; else None."""
    return next((part for kind, part in parts(content_type, body) if kind in wanted), None)


def parts(content_type: str, body: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield (type/subtype in lower case, bytes) of each part that is no multipart itself."""
    kind, *pieces = split_outside(content_type, ";", angles=False)
    kind = kind.lower()
    boundary = parameters(pieces).get("boundary")
    if not kind.startswith("multipart/") or not boundary or depth >= MAX_MULTIPART_DEPTH:
        yield kind, body
        return
    for part in body.split(b"--" + boundary.encode("utf-8", "replace"), MAX_PARTS + 1)[1 : MAX_PARTS + 1]:
        if part.startswith(b"--"):
            return
        yield from parts(*_divide(part), depth + 1)


def _divide(part: bytes) -> tuple[str, bytes]:
    """Content-Type (text/plain by default, RFC 2046 §5.1) and content of a part, between its line ends."""
    part = part.removesuffix(b"\n").removesuffix(b"\r")
    empty = _PART_HEAD_END.search(part)
    if empty is None:
        return "text/plain", part
    found = _PART_TYPE.search(part, 0, empty.start())
    return found[1].decode("utf-8", "replace").strip() if found else "text/plain", part[empty.end() :]
