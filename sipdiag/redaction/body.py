"""Bodies: session descriptions and fragments stay readable, of everything else only the outline stays."""

from __future__ import annotations

import re
from collections.abc import Callable

from sipdiag.redaction.markup import keys, outline
from sipdiag.redaction.names import Pseudonyms
from sipdiag.redaction.session import Sessions
from sipdiag.redaction.text import TextRedactor
from sipdiag.redaction.vocabulary import vocabulary
from sipdiag.sip.grammar import MAX_MULTIPART_DEPTH, MAX_PARTS
from sipdiag.sip.multipart import DEFAULT_KIND, divide
from sipdiag.sip.quoting import parameters, split_outside

HeadMask = Callable[[str], str]

_FRAGMENT_END = re.compile(r"\r?\n\r?\n|\r\r")
_FRAGMENTS = frozenset({"message/sipfrag", "message/sip"})
_DTMF = frozenset({"application/dtmf-relay", "application/dtmf", "audio/telephone-event"})
_SDP_START = b"v=0"


class Bodies:
    """Redacts the bodies of messages."""

    def __init__(self, values: Pseudonyms, texts: TextRedactor, head: HeadMask) -> None:
        """``head`` redacts a start line with the header lines behind it."""
        self._values = values
        self._texts = texts
        self._head = head
        self._sessions = Sessions(values, texts)
        self._vocabulary = vocabulary()

    def body(self, content_type: str, body: bytes, event: str) -> bytes:
        """A body of that Content-Type, as in a message with that Event header."""
        if not body:
            return body
        if not content_type:
            return self._untyped(body, event)
        return self._typed(content_type, body, 0)

    def _untyped(self, body: bytes, event: str) -> bytes:
        if body.startswith(_SDP_START):
            return self._as_text(body, self._sessions.session)
        return (
            self._as_text(body, self._fragment)
            if event.startswith("refer")
            else self._outline(DEFAULT_KIND, body)
        )

    def _typed(self, content_type: str, body: bytes, depth: int) -> bytes:
        kind, *pieces = split_outside(content_type, ";", angles=False)
        kind = kind.strip().lower()
        boundary = parameters(pieces).get("boundary")
        if kind.startswith("multipart/") and boundary and depth < MAX_MULTIPART_DEPTH:
            return self._parts(boundary, body, depth)
        if kind == "application/sdp":
            return self._as_text(body, self._sessions.session)
        if kind in _FRAGMENTS:
            return self._as_text(body, self._fragment)
        if kind in _DTMF:
            return keys(body, self._vocabulary.body_words)
        return self._outline(kind, body)

    def _parts(self, boundary: str, body: bytes, depth: int) -> bytes:
        old = b"--" + boundary.encode("utf-8", "surrogateescape")
        new = b"--" + self._values.identifier(boundary).encode("utf-8", "surrogateescape")
        first, *parts = body.split(old, MAX_PARTS + 1)
        masked = [self._part(part, depth) for part in parts[:MAX_PARTS]]
        outer = (self._outline(DEFAULT_KIND, one) for one in parts[MAX_PARTS:])
        return new.join([self._outline(DEFAULT_KIND, first), *masked, *outer])

    def _part(self, part: bytes, depth: int) -> bytes:
        if part.startswith(b"--"):
            return b"--" + self._outline(DEFAULT_KIND, part[2:])
        head, kind, gap, content = divide(part)
        if not gap:
            return self._outline(DEFAULT_KIND, part)
        ending = content[len(content.removesuffix(b"\n").removesuffix(b"\r")) :]
        masked = self._typed(kind, content.removesuffix(ending), depth + 1)
        return self._as_text(head, self._head) + gap + masked + ending

    def _as_text(self, body: bytes, mask: Callable[[str], str]) -> bytes:
        text = body.decode("utf-8", "surrogateescape")
        return mask(text).encode("utf-8", "surrogateescape")

    def _fragment(self, text: str) -> str:
        """A start line and headers; what follows an empty line is somebody's body."""
        blank = len(text) - len(text.lstrip())
        match = _FRAGMENT_END.search(text, blank)
        end = match.start() if match else len(text)
        behind = text[end:].encode("utf-8", "surrogateescape")
        outlined = self._outline(DEFAULT_KIND, behind).decode("utf-8", "surrogateescape")
        return text[:blank] + self._head(text[blank:end]) + outlined

    def _outline(self, kind: str, body: bytes) -> bytes:
        return outline(kind, body, self._vocabulary.markup)
