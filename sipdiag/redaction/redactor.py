"""The one redaction: messages in, messages out in which nobody is named.

Calls, verdicts and reports are built from the redacted messages, so that no output can show what was
taken out.  A :class:`Redactor` is given all messages twice: first to learn the forms in which each
number and name occurs, then to redact.  What it learns and its key decide every pseudonym; the order
of the messages does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote as percent_decode

from sipdiag.context.node import Node
from sipdiag.redaction.body import Bodies
from sipdiag.redaction.documents import Documents
from sipdiag.redaction.headers import Headers
from sipdiag.redaction.names import Keep, Pseudonyms
from sipdiag.redaction.permute import Permuter
from sipdiag.redaction.text import TextRedactor
from sipdiag.sip.fields import canonical
from sipdiag.sip.grammar import FIRST_LINE_END, HEAD_END_CR, HEAD_END_LF, IS_VERSION, STATUS_PARTS
from sipdiag.sip.message import Message
from sipdiag.sip.quoting import closing_quote, unquote
from sipdiag.sip.secrets import mask_bytes

if TYPE_CHECKING:
    from sipdiag.context.read import Block

__all__ = ["Keep", "Redactor"]

_USERS = re.compile(r"\b(?:sips?|tel):([^@>;?,\s\"<]{1,128})", re.IGNORECASE)
_NAMED = frozenset(
    {
        "from", "to", "contact", "p-asserted-identity", "p-preferred-identity", "remote-party-id", "diversion",
        "referred-by",
    }
)  # fmt: skip
"""Headers with a display name."""
_LONGEST_NAME = 128
_NAME_END = re.compile(r"[<;:]")
_USER_NAMES = re.compile(r"\busername[ \t]{0,16}=[ \t]{0,16}\"([^\"\r\n]{1,128})\"", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]+")
_LONG_NUMBER = re.compile(r"[0-9]{4,}")
_LONGEST_BODY = 999_999
"""Bytes; far more than a message may have, so that a larger number is none."""
_LENGTH = re.compile(r"[0-9]{1,18}\Z")


class Redactor:
    """Replaces whatever names a person, host or call by pseudonyms that keep what a diagnosis needs."""

    def __init__(self, key: bytes, keep: Keep | None = None) -> None:
        """``key`` chooses the pseudonyms: the same key gives the same ones again."""
        self._values = Pseudonyms(Permuter(key), keep or Keep())
        self._texts = TextRedactor(self._values)
        self._headers = Headers(self._values, self._texts)
        self._bodies = Bodies(self._values, self._texts, self._head)

    @property
    def mapping(self) -> Mapping[str, Mapping[str, str]]:
        """Kind → original → pseudonym, of everything that was replaced so far."""
        return self._values.used

    def learn(self, raw: bytes) -> None:
        """Take note of the numbers, names and Call-IDs of a message."""
        text = mask_bytes(raw, keys=False).decode("utf-8", "surrogateescape")
        for user in _USERS.findall(text):
            self._values.learn_user(percent_decode(user, errors="surrogateescape"))
        for user in _USER_NAMES.findall(text):
            self._values.learn_user(user)
        for line in _LINE.findall(text):
            name, _, value = line.partition(":")
            key = canonical(name)
            if key in _NAMED:
                self._values.learn_user(_display(value))
            elif key == "call-id":
                self._values.ids.update(value.split()[:1])

    def redact(self, raw: bytes) -> bytes:
        """A message with the same method or status, CSeq and meaning; its length may differ."""
        # No pseudonym is made of a secret.  The keys pressed become others, for they are to be read again.
        raw = mask_bytes(raw, keys=False)
        start = len(raw) - len(raw.lstrip(b"\r\n"))
        line_end = FIRST_LINE_END.search(raw, start)
        cr_only = line_end is not None and line_end[0] == b"\r"
        empty = (HEAD_END_CR if cr_only else HEAD_END_LF).search(raw, start)
        end, behind = empty.span() if empty else (len(raw), len(raw))
        message = Message(raw)
        length = message.content_length
        whole = raw[behind:]
        declared = whole if length is None else whole[:length]
        body = self._bodies.body(message.header("content-type") or "", declared, message.event)
        # What a datagram holds behind the body belongs to nothing, and names nobody when it is gone.
        if length is not None:
            length += len(body) - len(declared)
        head = raw[start:end].decode("utf-8", "surrogateescape")
        masked = self._lines(head, "\r" if cr_only else "\n", max(0, length) if length is not None else None)
        return raw[:start] + masked.encode("utf-8", "surrogateescape") + raw[end:behind] + body

    def remark(self, text: str) -> str:
        """A sentence about the messages, such as a warning of the capture stage."""
        return self._texts.remark(text)

    def address(self, address: str) -> str:
        """The address of a host, as packets have it."""
        return self._values.host(address)

    def call_id(self, call_id: str) -> str:
        """A Call-ID that was found elsewhere than in a message."""
        return self._values.identifier(call_id)

    def fragment(self, fragment: str) -> str:
        """``a=ice-ufrag``, as packets repeat it."""
        return self._texts.opaque(fragment)

    def digest(self, digest: str) -> str:
        """The value of ``a=fingerprint``, as it is computed from a certificate."""
        return self._values.identifier(digest)

    def document(self, block: Block, parts: Iterable[Node]) -> None:
        """Replace the values of a document beside the capture and of its parts, in place."""
        Documents(self._values, self._texts).redact(block, parts)

    def pseudonym(self, original: str) -> str | None:
        """What replaced a value, or the only value that contains this text; None if that is unclear."""
        tables = self.mapping.values()
        for table in tables:
            if original in table:
                return table[original]
        number = self._values.numbers.search(original)
        if number is not None:
            return number
        found = {new for table in tables for old, new in table.items() if original.lower() in old.lower()}
        return found.pop() if len(found) == 1 else None

    def _head(self, text: str) -> str:
        separator = "\r" if "\r" in text and "\n" not in text else "\n"
        name, colon, _ = text.partition(":")
        if colon and " " not in name.strip() and not STATUS_PARTS.match(text):
            # Header fields alone: an empty line takes the place of the start line.
            return self._lines(separator + text, separator, None).removeprefix(separator)
        return self._lines(text, separator, None)

    def _lines(self, head: str, separator: str, length: int | None) -> str:
        """A start line, if there is one, and header lines; folded ones become one line."""
        lines: list[str] = []
        for line in head.split(separator):
            if lines and line[:1] in (" ", "\t"):
                lines[-1] = lines[-1].rstrip("\r") + " " + line.lstrip(" \t")
            else:
                lines.append(line)
        first = self._start_line(lines[0])
        return separator.join([first, *(self._field(line, length) for line in lines[1:])])

    def _start_line(self, line: str) -> str:
        bare = line.rstrip("\r")
        ending = line[len(bare) :]
        status = STATUS_PARTS.match(bare)
        if status:
            return f"{self._status(bare[: status.start(3)])}{self._texts.text(status[3])}{ending}"
        method, blank, rest = bare.strip().replace("\t", " ").partition(" ")
        indent = bare[: len(bare) - len(bare.lstrip())]
        if not blank:
            # Without the blanks behind it: a vertical tab shown as "?" would be a second word.
            return f"{indent}{self._texts.opaque(method)}{ending}"
        shown = self._headers.method(method)
        uri, _, version = rest.rstrip().rpartition(" ")
        if not IS_VERSION.match(version):
            return f"{indent}{shown} {self._headers.uris.uri(rest)}{ending}"
        return f"{indent}{shown} {self._headers.uris.uri(uri)} {self._status(version)}{ending}"

    def _status(self, text: str) -> str:
        """Version and status code, unless they are too long to be any."""
        return _LONG_NUMBER.sub(lambda digits: self._texts.opaque(digits[0]), text)

    def _field(self, line: str, length: int | None) -> str:
        bare = line.rstrip("\r")
        ending = line[len(bare) :]
        name, colon, value = bare.partition(":")
        if not colon:
            return self._texts.opaque(bare) + ending
        text = value.strip()
        if length is not None and canonical(name) == "content-length" and _LENGTH.match(text):
            masked = str(min(length, _LONGEST_BODY))
        else:
            masked = self._headers.value(name, text)
        blank = value[: len(value) - len(value.lstrip())] if text else value
        return f"{self._headers.name(name)}:{blank}{masked}{ending}"


def _display(value: str) -> str:
    """The display name of a header's first value; empty without one."""
    bare = value.strip()
    if bare.startswith('"'):
        return unquote(bare[: closing_quote(bare, 0) + 1])[:_LONGEST_NAME]
    end = _NAME_END.search(bare)
    return bare[: end.start()].strip()[:_LONGEST_NAME] if end is not None and end[0] == "<" else ""
