"""Bodies of several parts (RFC 5621, RFC 2046 §5.1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from sipdiag.sip.grammar import MAX_MULTIPART_DEPTH, MAX_PARTS
from sipdiag.sip.quoting import parameters, split_outside

DEFAULT_KIND = "text/plain"
"""Of a part without Content-Type (RFC 2046 §5.1)."""
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
        found = divide(part.removesuffix(b"\n").removesuffix(b"\r"))
        yield from parts(found.kind, found.content, depth + 1)


class BodyPart(NamedTuple):
    """One part, between its line ends."""

    head: bytes
    kind: str
    """Content-Type as written; text/plain by default (RFC 2046 §5.1)."""
    gap: bytes
    """The empty line behind the head; empty where there is no head."""
    content: bytes


def divide(part: bytes) -> BodyPart:
    """Head and content of what stands between two boundaries."""
    empty = _PART_HEAD_END.search(part)
    if empty is None:
        return BodyPart(b"", DEFAULT_KIND, b"", part)
    found = _PART_TYPE.search(part, 0, empty.start())
    kind = found[1].decode("utf-8", "replace").strip() if found else DEFAULT_KIND
    return BodyPart(part[: empty.start()], kind, empty[0], part[empty.end() :])
