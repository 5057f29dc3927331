"""Bodies: session descriptions and fragments stay readable, of everything else only the shape stays."""

from __future__ import annotations

import re
from collections.abc import Callable

from sipdiag.redaction.names import Pseudonyms
from sipdiag.redaction.text import Texts
from sipdiag.redaction.words import SDP_ATTRIBUTES
from sipdiag.sip.grammar import MAX_MULTIPART_DEPTH, MAX_PARTS
from sipdiag.sip.quoting import parameters, split_outside

HeadMask = Callable[[str], str]

_LINE = re.compile(r"([^\r\n]*)(\r?\n|\r|\Z)")
_PART_HEAD_END = re.compile(rb"\r?\n\r?\n")
_PART_TYPE = re.compile(rb"(?:^|\n)(?:content-type|c)[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE)
_ALNUM = re.compile(rb"[0-9A-Za-z\x80-\xff]")
_MARKUP = re.compile(rb"<[/?!]?[A-Za-z][\w:.-]{0,64}|\s[\w:.-]{1,64}=(?=[\"'])|[0-9A-Za-z\x80-\xff]")
_FRAGMENTS = frozenset({"message/sipfrag", "message/sip"})
_DTMF = frozenset({"application/dtmf-relay", "application/dtmf", "audio/telephone-event"})
_KEYS = re.compile(rb"[0-9*#]|(?<![0-9A-Za-z])[A-Da-d](?![0-9A-Za-z])")
_SDP_START = b"v=0"

_KEPT_LINES = frozenset("vmbtrz")
"""Lines of codes, ports and times."""


class Bodies:
    """Redacts the bodies of messages."""

    def __init__(self, values: Pseudonyms, texts: Texts, head: HeadMask) -> None:
        """``head`` redacts a start line with the header lines behind it."""
        self._values = values
        self._texts = texts
        self._head = head

    def body(self, content_type: str, body: bytes, event: str) -> bytes:
        """A body of that Content-Type, as in a message with that Event header."""
        if not body:
            return body
        if not content_type:
            return self._untyped(body, event)
        return self._typed(content_type, body, 0)

    def _untyped(self, body: bytes, event: str) -> bytes:
        if body.startswith(_SDP_START):
            return self._as_text(body, self._sdp)
        return self._as_text(body, self._fragment) if event.startswith("refer") else _shape(body)

    def _typed(self, content_type: str, body: bytes, depth: int) -> bytes:
        kind, *pieces = split_outside(content_type, ";", angles=False)
        kind = kind.strip().lower()
        boundary = parameters(pieces).get("boundary")
        if kind.startswith("multipart/") and boundary and depth < MAX_MULTIPART_DEPTH:
            return self._parts(boundary, body, depth)
        if kind == "application/sdp":
            return self._as_text(body, self._sdp)
        if kind in _FRAGMENTS:
            return self._as_text(body, self._fragment)
        return _digits(body) if kind in _DTMF else _shape(body)

    def _parts(self, boundary: str, body: bytes, depth: int) -> bytes:
        old = b"--" + boundary.encode("utf-8", "surrogateescape")
        new = b"--" + self._values.identifier(boundary).encode("utf-8", "surrogateescape")
        first, *parts = body.split(old, MAX_PARTS + 1)
        masked = [self._part(part, depth) for part in parts[:MAX_PARTS]]
        return new.join([_shape(first), *masked, *(_shape(part) for part in parts[MAX_PARTS:])])

    def _part(self, part: bytes, depth: int) -> bytes:
        if part.startswith(b"--"):
            return b"--" + _shape(part[2:])
        empty = _PART_HEAD_END.search(part)
        if empty is None:
            return _shape(part)
        found = _PART_TYPE.search(part, 0, empty.start())
        kind = found[1].decode("utf-8", "replace").strip() if found else "text/plain"
        content = part[empty.end() :]
        ending = content[len(content.removesuffix(b"\n").removesuffix(b"\r")) :]
        masked = self._typed(kind, content.removesuffix(ending), depth + 1)
        head = self._as_text(part[: empty.start()], self._head)
        return head + empty[0] + masked + ending

    def _as_text(self, body: bytes, mask: Callable[[str], str]) -> bytes:
        text = body.decode("utf-8", "surrogateescape")
        return mask(text).encode("utf-8", "surrogateescape")

    def _fragment(self, text: str) -> str:
        """A start line and headers; what follows an empty line is somebody's body."""
        blank = len(text) - len(text.lstrip())
        match = re.search(r"\r?\n\r?\n|\r\r", text[blank:])
        end = blank + match.start() if match else len(text)
        behind = text[end:].encode("utf-8", "surrogateescape")
        return text[:blank] + self._head(text[blank:end]) + _shape(behind).decode("utf-8", "surrogateescape")

    def _sdp(self, text: str) -> str:
        return _LINE.sub(lambda line: self._sdp_line(line[1]) + line[2], text)

    def _sdp_line(self, line: str) -> str:
        kind, equals, value = line.partition("=")
        letter = kind.strip().lower()
        if not equals or len(letter) != 1:
            return self._texts.opaque(line)
        if letter in _KEPT_LINES:
            return line
        masks = {"o": self._origin, "s": self._session, "c": self._connection, "a": self._attribute}
        return f"{kind}={masks.get(letter, self._texts.opaque)(value)}"

    def _origin(self, value: str) -> str:
        """User, session id, its version, network and address types, address (RFC 8866 §5.2)."""
        words = value.split(" ")
        if len(words) < 6:
            return self._texts.opaque(value)
        user = words[0] if words[0] == "-" else self._software_or(words[0], self._values.user)
        ids = [self._values.identifier(word) for word in words[1:3]]
        return " ".join(
            [user, *ids, *words[3:5], self._values.host(words[5]), *map(self._texts.opaque, words[6:])]
        )

    def _session(self, value: str) -> str:
        return value if value.strip() == "-" else self._software_or(value, self._texts.product)

    def _software_or(self, text: str, mask: Callable[[str], str]) -> str:
        """Session names are how platforms are told; the known part of one stays."""
        known = self._values.keep.software(text)
        if not known:
            return mask(text)
        before, _, behind = text.partition(known)
        return self._texts.opaque(before) + known + self._texts.product(behind)

    def _connection(self, value: str) -> str:
        words = value.split(" ")
        if len(words) < 3:
            return self._texts.opaque(value)
        address, slash, ttl = words[2].partition("/")
        return " ".join(
            [*words[:2], self._values.host(address) + slash + ttl, *map(self._texts.opaque, words[3:])]
        )

    def _attribute(self, value: str) -> str:
        name, colon, argument = value.partition(":")
        lower = name.strip().lower()
        if lower in SDP_ATTRIBUTES:
            return value
        if lower == "candidate":
            return name + colon + " ".join(map(self._candidate, argument.split(" ")))
        if lower == "rtcp":
            return name + colon + " ".join(self._host_word(word) for word in argument.split(" "))
        if lower == "crypto":
            tag, blank, rest = argument.partition(" ")
            suite, space, keys = rest.partition(" ")
            return name + colon + tag + blank + suite + space + self._texts.opaque(keys)
        if lower == "fingerprint":
            method, blank, digest = argument.partition(" ")
            return name + colon + method + blank + self._values.identifier(digest)
        known = lower in (
            "ssrc",
            "msid",
            "ice-ufrag",
            "ice-pwd",
            "cname",
            "tool",
            "charset",
            "lang",
            "ssrc-group",
        )
        return (name if known else self._values.header_name(name)) + colon + self._texts.opaque(argument)

    def _candidate(self, word: str) -> str:
        """Addresses of an ICE candidate (RFC 8839 §5.1); its numbers and types stay."""
        if word.isalpha() or word.isdigit():
            return word
        # The foundation of some software is made of the address.
        return self._values.host(word) if "." in word or ":" in word else self._values.identifier(word)

    def _host_word(self, word: str) -> str:
        return self._values.host(word) if "." in word or ":" in word else word


def _shape(body: bytes) -> bytes:
    """Text as its outline: names of elements and attributes stay, letters and digits do not; else zeros."""
    if b"\x00" in body:
        return bytes(len(body))
    if b"<" in body:
        return _MARKUP.sub(lambda match: match[0] if len(match[0]) > 1 else _outline(match[0]), body)
    return _ALNUM.sub(lambda match: _outline(match[0]), body)


def _outline(character: bytes) -> bytes:
    return b"0" if character.isdigit() else b"x"


def _digits(body: bytes) -> bytes:
    """DTMF: which keys were pressed is nobody's business, that some were is."""
    return _KEYS.sub(b"0", body)
