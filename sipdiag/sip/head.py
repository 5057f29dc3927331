"""The head of a message: start line and header fields by name (RFC 3261 §7.1 to §7.3)."""

from __future__ import annotations

import re
from collections.abc import KeysView

from sipdiag.sip.fields import Fields
from sipdiag.sip.grammar import (
    CSEQ,
    FIRST_LINE_END,
    HEAD_END_CR,
    HEAD_END_LF,
    IS_VERSION,
    METHODS,
    STATUS_PARTS,
)
from sipdiag.sip.lazy import lazy

_FOLD = re.compile(r"\n[ \t]+")
_BLANKS = re.compile(rb"[\r\n]*")


class MessageHead:
    """Start line and header fields, each read when it is asked for."""

    raw: bytes
    """The bytes as captured."""

    def __init__(self, raw: bytes) -> None:
        """Keep the bytes of exactly one message."""
        self.raw = raw

    def forget(self) -> None:
        """Keep the bytes alone again: what was read of them is read anew when it is asked for."""
        raw = self.raw
        self.__dict__.clear()
        self.raw = raw

    @lazy
    def _extent(self) -> tuple[int, int, int, bool]:
        """Where the head begins and ends, where the body begins, and whether lines end in CR alone."""
        blanks = _BLANKS.match(self.raw)
        start = blanks.end() if blanks else 0
        line_end = FIRST_LINE_END.search(self.raw, start)
        cr_only = line_end is not None and line_end[0] == b"\r"
        empty = (HEAD_END_CR if cr_only else HEAD_END_LF).search(self.raw, start)
        end, body = empty.span() if empty else (len(self.raw), len(self.raw))
        return start, end, body, cr_only

    @lazy
    def _lines(self) -> list[str]:
        """The start line and the unfolded header lines."""
        start, end, _, cr_only = self._extent
        text = self.raw[start:end].decode("utf-8", "replace")
        if cr_only:
            text = text.replace("\r", "\n")
        elif "\r" in text:
            text = text.replace("\r\n", "\n")
        if "\n " in text or "\n\t" in text:
            text = _FOLD.sub(" ", text)
        return text.split("\n")

    @lazy
    def _fields(self) -> Fields:
        return Fields(self._lines[1:])

    # Start line

    @lazy
    def start_line(self) -> str:
        """The first line as text, without its line end."""
        return self._lines[0].rstrip("\r")

    @lazy
    def _parts(self) -> tuple[str, str, int | None, str, str]:
        """Method, Request-URI, status, reason phrase and version of the start line."""
        status = STATUS_PARTS.match(self.start_line)
        if status:
            code = int(status[2]) if len(status[2]) == 3 else None
            return "", "", code, status[3].strip(), status[1]
        method, _, rest = self.start_line.strip().replace("\t", " ").partition(" ")
        uri, _, version = rest.rstrip().rpartition(" ")
        if not IS_VERSION.match(version):
            uri, version = rest, ""
        method = method.upper() if method.upper() in METHODS else method
        return method, uri.strip(), None, "", version

    @property
    def is_request(self) -> bool:
        """Whether it begins with a request line; False too for bytes that begin with neither kind."""
        return bool(self._parts[1])

    @lazy
    def method(self) -> str:
        """Of a request its method, of a response the method in its CSeq; known methods in upper case."""
        return self._parts[0] if self.is_request else self.cseq_method

    @property
    def uri(self) -> str:
        """Request-URI as text; empty for responses."""
        return self._parts[1]

    @property
    def status(self) -> int | None:
        """Status code; None for requests and for a code that has not three digits."""
        return self._parts[2]

    @property
    def reason(self) -> str:
        """Reason phrase; empty for requests."""
        return self._parts[3]

    @property
    def version(self) -> str:
        """``SIP/2.0`` as written; empty without one."""
        return self._parts[4]

    # Header fields

    def header(self, name: str) -> str | None:
        """First value of a header, unfolded and stripped; any case, long or compact name."""
        return self._fields.first(name)

    def values(self, name: str) -> list[str]:
        """All values of a header; comma lists are split where RFC 3261 allows them."""
        return self._fields.values(name)

    def lines(self, name: str) -> list[str]:
        """The value of each header line of that name, not split."""
        return list(self._fields.lines(name))

    @property
    def names(self) -> KeysView[str]:
        """The canonical names (long form, lower case) of the headers that are there."""
        return self._fields.names

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Every header field in order: name as written, unfolded value."""
        return list(self._fields.items)

    @property
    def odd_lines(self) -> list[str]:
        """Lines of the head that are no header field for want of a colon."""
        return self._fields.odd_lines

    @property
    def unread_lines(self) -> int:
        """Header lines beyond the bound, which were not looked at."""
        return self._fields.overflow

    @lazy
    def _cseq(self) -> tuple[int | None, str]:
        match = CSEQ.match(self.header("cseq") or "")
        if match is None:
            return None, ""
        sent = match[2] or ""
        return int(match[1]), sent.upper() if sent.upper() in METHODS else sent

    @property
    def cseq(self) -> int | None:
        """CSeq's number; None if there is none that can be read."""
        return self._cseq[0]

    @property
    def cseq_method(self) -> str:
        """CSeq's method, known ones in upper case; empty if it cannot be read."""
        return self._cseq[1]
