"""The head of a message: start line and header fields by name (RFC 3261 §7.1 to §7.3)."""

from __future__ import annotations

import re
from collections.abc import KeysView
from sys import intern
from typing import TYPE_CHECKING, Any

from sipdiag.sip.boundaries import first_line_end, plain_end
from sipdiag.sip.fields import CANONICAL, Fields, fields_in_order
from sipdiag.sip.grammar import (
    HEAD_END_CR,
    HEAD_END_LF,
)
from sipdiag.sip.headparts import StartLine, any_via, read_cseq, read_sent_by, read_start_line, tag_of
from sipdiag.sip.lazy import lazy

_FOLD = re.compile(r"\n[ \t]+")
_CALL_ID = re.compile(rb"\n(?:Call-ID|i)[ \t]*:([^\r\n]*)\r\n", re.IGNORECASE)
_GLANCED = 1000
"""Bytes in which a Call-ID is looked for without reading the head: fewer than the headers that are read."""
_BLANKS = re.compile(rb"[\r\n]*")
_PLAIN_VIA = re.compile(
    r"SIP/2\.0/[A-Z]+ ([^\s;,\"]+)(?:;(?!branch)[a-z]+(?:=[^\s;,\"]*)?)*;branch=([^\s;,\"]*)(?=;|\Z)"
)
"""A Via value as nearly all are, up to its branch: no blanks, quotes or capitals where they make a difference."""


_IDENTITY = (
    "branch",
    "call_id",
    "cseq",
    "cseq_method",
    "from_tag",
    "is_request",
    "method",
    "rseq",
    "sent_by",
    "status",
    "to_tag",
)
"""Attributes that are read together and stay."""


class MessageHead:
    """Start line and header fields, each read when it is asked for.

    What identifies a message is read in one go and stays; everything else :meth:`forget` drops.
    """

    __slots__ = ("_fields_read", "_known", "_start_read", "raw", *_IDENTITY)

    raw: bytes
    """The bytes as captured."""
    is_request: bool
    """Whether it begins with a request line; False too for bytes that begin with neither kind."""
    method: str
    """Of a request its method, of a response the method in its CSeq; known methods in upper case."""
    status: int | None
    """Status code; None for requests and for a code that has not three digits."""
    call_id: str
    """Call-ID; empty without one."""
    from_tag: str
    """Tag of From; empty without one."""
    to_tag: str
    """Tag of To; empty without one."""
    cseq: int | None
    """CSeq's number; None if there is none that can be read."""
    cseq_method: str
    """CSeq's method, known ones in upper case; empty if it cannot be read."""
    branch: str
    """Branch of the topmost Via; empty without one."""
    rseq: str | None
    """RSeq, which numbers a provisional response (RFC 3262 §3); None without one."""
    sent_by: tuple[str, int | None]
    """Host and port of the topmost Via that can be read (RFC 3261 §18.1.1); the host empty without one."""

    def __init__(self, raw: bytes) -> None:
        """Keep the bytes of exactly one message."""
        self.raw = raw
        self._start_read: StartLine | None = None
        self._fields_read: Fields | None = None
        self._known: dict[str, Any] | None = None

    def __reduce__(self) -> tuple[type[MessageHead], tuple[bytes]]:
        return type(self), (self.raw,)

    def forget(self) -> None:
        """Keep the bytes and what identifies the message: the rest is read anew when it is asked for."""
        self._start_read = self._fields_read = self._known = None

    def complete_call_id(self, whole: str) -> None:
        """Take the whole Call-ID in place of what the bytes hold of it."""
        self._identify()
        self.call_id = intern(whole)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Called for slots that are empty yet: reads what identifies the message."""
            if name not in _IDENTITY:
                raise AttributeError(name)
            self._identify()
            return getattr(self, name)

    def _identify(self) -> None:
        start, fields = self._start_read, self._fields_read
        if start is None or fields is None:
            start, fields = self._read_head()
        first = fields.as_written.get
        self.is_request = bool(start.uri)
        self.status = start.status
        self.cseq, self.cseq_method = read_cseq(first("cseq", ""))
        self.method = start.method if start.uri else self.cseq_method
        self.rseq = fields.first("rseq") if "rseq" in fields.as_written else None
        # The messages of a call or transaction share these strings.
        self.call_id = intern(first("call-id", "").strip())
        self.from_tag = intern(tag_of(first("from", "")))
        self.to_tag = intern(tag_of(first("to", "")))
        plain = _PLAIN_VIA.match(first("via", "").strip())
        if plain is not None:
            self.sent_by, self.branch = read_sent_by(plain[1]), intern(plain[2])
        else:
            self.sent_by, self.branch = any_via(fields.first("via") or "", fields.values("via"))

    @property
    def _start(self) -> StartLine:
        return self._start_read or self._read_head()[0]

    @property
    def _fields(self) -> Fields:
        return self._fields_read or self._read_head()[1]

    def _read_head(self) -> tuple[StartLine, Fields]:
        lines = _head_lines(self.raw)
        start = self._start_read = read_start_line(lines[0].rstrip("\r"))
        fields = self._fields_read = Fields(lines[1:])
        return start, fields

    @lazy
    def _body_start(self) -> int:
        return _extent(self.raw)[2]

    # Start line

    @property
    def start_line(self) -> str:
        """The first line as text, without its line end."""
        return self._start.line

    @property
    def uri(self) -> str:
        """Request-URI as text; empty for responses."""
        return self._start.uri

    @property
    def reason(self) -> str:
        """Reason phrase; empty for requests."""
        return self._start.reason

    @property
    def version(self) -> str:
        """``SIP/2.0`` as written; empty without one."""
        return self._start.version

    # Header fields

    def header(self, name: str) -> str | None:
        """First value of a header, unfolded and stripped; any case, long or compact name."""
        fields = self._fields_read or self._read_head()[1]
        # Most headers that are asked for are not there.
        return fields.first(name) if CANONICAL[name] in fields.as_written else None

    def values(self, name: str) -> list[str]:
        """All values of a header; comma lists are split where RFC 3261 allows them."""
        return (self._fields_read or self._read_head()[1]).values(name)

    def lines(self, name: str) -> list[str]:
        """The value of each header line of that name, not split."""
        return self._fields.lines(name)

    @property
    def names(self) -> KeysView[str]:
        """The canonical names (long form, lower case) of the headers that are there."""
        return self._fields.names

    @property
    def repeated(self) -> KeysView[str]:
        """The canonical names of the headers that stand on several lines."""
        return self._fields.repeated

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Every header field in order: name as written, unfolded value."""
        return fields_in_order(_head_lines(self.raw)[1:])

    @property
    def odd_lines(self) -> list[str]:
        """Lines of the head that are no header field for want of a colon."""
        return self._fields.odd_lines

    @property
    def unread_lines(self) -> int:
        """Header lines beyond the bound, which were not looked at."""
        return self._fields.overflow


def glance_call_id(raw: bytes) -> str | None:
    """The Call-ID of a message of the usual form, without reading its head; None where that has to be read.

    Whoever has only to tell messages apart by Call-ID need not take them all apart for it.
    """
    if not 0 < raw.find(b"\r") == raw.find(b"\n") - 1:
        return None
    match = _CALL_ID.search(raw, 0, _GLANCED)
    if match is None or raw[match.end() : match.end() + 1] in (b" ", b"\t"):
        return None
    lines = raw[: match.start() + 1]
    ends = lines.count(b"\r\n")
    if b"\r\n\r\n" in lines or lines.count(b"\n") != ends or lines.count(b"\r") != ends:
        return None
    return intern(match[1].decode("utf-8", "replace").strip())


def _extent(raw: bytes) -> tuple[int, int, int, bool]:
    """Begin and end of the head, begin of the body, and whether lines end in CR alone."""
    blanks = _BLANKS.match(raw) if raw[:1] in (b"\r", b"\n") else None
    start = blanks.end() if blanks else 0
    ending = first_line_end(raw, start, len(raw))
    cr_only = ending is not None and ending[0] == b"\r"
    empty = (HEAD_END_CR if cr_only else HEAD_END_LF).search(raw, start)
    end, body = empty.span() if empty else (len(raw), len(raw))
    return start, end, body, cr_only


def _head_lines(raw: bytes) -> list[str]:
    """The start line and the unfolded header lines."""
    return _plain_lines(raw) or _any_lines(raw)


def _plain_lines(raw: bytes) -> list[str] | None:
    """The lines of a plain head, as nearly all are; None for others."""
    end = plain_end(raw)
    text = raw[:end].decode("utf-8", "replace")
    lines = text.split("\r\n")
    return lines if end and text.count("\n") == len(lines) - 1 else None


def _any_lines(raw: bytes) -> list[str]:
    start, end, _, cr_only = _extent(raw)
    text = raw[start:end].decode("utf-8", "replace")
    if cr_only:
        text = text.replace("\r", "\n")
    elif "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    return text.split("\n")
