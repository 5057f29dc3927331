"""One SIP message, read as far as somebody asks (RFC 3261 §7).

A :class:`Message` keeps the bytes it was made from and nothing else until an attribute is used.  The
first header asked for indexes all header lines in one pass; structured values are read one by one
and remembered.  Nothing raises whatever the bytes are: what cannot be read is None, empty or left
out, and :attr:`Message.defects` says in words what is wrong.
"""

from __future__ import annotations

import re
from functools import cached_property

from sipdiag.sip.address import NameAddr, Replaces, parse_name_addr, parse_replaces
from sipdiag.sip.defects import find_defects
from sipdiag.sip.fields import Fields
from sipdiag.sip.grammar import (
    CSEQ,
    FIRST_LINE_END,
    HEAD_END_CR,
    HEAD_END_LF,
    IS_VERSION,
    METHODS,
    NUMBER,
    STATUS_PARTS,
)
from sipdiag.sip.headers import (
    Challenge,
    Credentials,
    Reason,
    Via,
    Warning_,
    parse_challenge,
    parse_credentials,
    parse_reasons,
    parse_session_id,
    parse_via,
    parse_warnings,
)
from sipdiag.sip.multipart import find_part
from sipdiag.sip.sdp import Sdp, parse_sdp
from sipdiag.sip.sipfrag import SipFrag, parse_sipfrag

_FOLD = re.compile(r"\n[ \t]+")
_BLANKS = re.compile(rb"[\r\n]*")


class Message:
    """A request or response."""

    raw: bytes
    """The bytes as captured."""

    def __init__(self, raw: bytes) -> None:
        """Keep the bytes of exactly one message."""
        self.raw = raw

    def __repr__(self) -> str:
        return f"<Message {self.start_line!r}>"

    @cached_property
    def _extent(self) -> tuple[int, int, int, bool]:
        """Where the head begins and ends, where the body begins, and whether lines end in CR alone."""
        blanks = _BLANKS.match(self.raw)
        start = blanks.end() if blanks else 0
        line_end = FIRST_LINE_END.search(self.raw, start)
        cr_only = line_end is not None and line_end[0] == b"\r"
        empty = (HEAD_END_CR if cr_only else HEAD_END_LF).search(self.raw, start)
        end, body = empty.span() if empty else (len(self.raw), len(self.raw))
        return start, end, body, cr_only

    @cached_property
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

    @cached_property
    def _fields(self) -> Fields:
        return Fields(self._lines[1:])

    # Start line

    @cached_property
    def start_line(self) -> str:
        """The first line as text, without its line end."""
        return self._lines[0].rstrip("\r")

    @cached_property
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

    @cached_property
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

    @cached_property
    def call_id(self) -> str:
        """Call-ID; empty without one."""
        return self.header("call-id") or ""

    @cached_property
    def _cseq(self) -> tuple[int | None, str]:
        match = CSEQ.match(self.header("cseq") or "")
        if match is None:
            return None, ""
        method = match[2].upper()
        return int(match[1]), method if method in METHODS else match[2]

    @property
    def cseq(self) -> int | None:
        """CSeq's number; None if there is none that can be read."""
        return self._cseq[0]

    @property
    def cseq_method(self) -> str:
        """CSeq's method, known ones in upper case; empty if it cannot be read."""
        return self._cseq[1]

    def _address(self, name: str) -> NameAddr | None:
        value = self.header(name)
        return parse_name_addr(value) if value else None

    def _addresses(self, name: str) -> list[NameAddr]:
        return [address for value in self.values(name) if (address := parse_name_addr(value))]

    @cached_property
    def from_(self) -> NameAddr | None:
        """From."""
        return self._address("from")

    @cached_property
    def to(self) -> NameAddr | None:
        """To."""
        return self._address("to")

    @property
    def from_tag(self) -> str:
        """Tag of From; empty without one."""
        return self.from_.tag if self.from_ else ""

    @property
    def to_tag(self) -> str:
        """Tag of To; empty without one."""
        return self.to.tag if self.to else ""

    @cached_property
    def contact(self) -> NameAddr | None:
        """First Contact."""
        return self._address("contact")

    @cached_property
    def vias(self) -> list[Via]:
        """Via values, topmost first; unreadable ones left out."""
        return [via for value in self.values("via") if (via := parse_via(value))]

    @property
    def branch(self) -> str:
        """Branch of the topmost Via; empty without one."""
        return self.vias[0].branch if self.vias else ""

    @cached_property
    def refer_to(self) -> NameAddr | None:
        """Refer-To (RFC 3515)."""
        return self._address("refer-to")

    @cached_property
    def referred_by(self) -> NameAddr | None:
        """Referred-By (RFC 3892)."""
        return self._address("referred-by")

    @cached_property
    def pai(self) -> NameAddr | None:
        """First P-Asserted-Identity (RFC 3325)."""
        return self._address("p-asserted-identity")

    @cached_property
    def ppi(self) -> NameAddr | None:
        """First P-Preferred-Identity (RFC 3325)."""
        return self._address("p-preferred-identity")

    @cached_property
    def rpid(self) -> NameAddr | None:
        """First Remote-Party-ID."""
        return self._address("remote-party-id")

    @cached_property
    def diversion(self) -> list[NameAddr]:
        """Diversion, most recent first (RFC 5806)."""
        return self._addresses("diversion")

    @cached_property
    def history_info(self) -> list[NameAddr]:
        """History-Info, oldest first (RFC 7044)."""
        return self._addresses("history-info")

    @cached_property
    def replaces(self) -> Replaces | None:
        """Replaces (RFC 3891)."""
        return parse_replaces(self.header("replaces") or "")

    @cached_property
    def reasons(self) -> list[Reason]:
        """Reason values (RFC 3326)."""
        return parse_reasons(self.values("reason"))

    @cached_property
    def warnings(self) -> list[Warning_]:
        """Warning values."""
        return parse_warnings(self.values("warning"))

    @cached_property
    def session_id(self) -> tuple[str, str] | None:
        """Local and remote UUID of Session-ID (RFC 7989), lower case, nil UUIDs kept."""
        return parse_session_id(self.header("session-id") or "")

    @property
    def event(self) -> str:
        """Event type in lower case, without parameters (RFC 6665); empty without one."""
        return (self.header("event") or "").partition(";")[0].strip().lower()

    @property
    def event_id(self) -> str:
        """The id parameter of Event; empty without one."""
        return _parameter(self.header("event"), "id")

    @property
    def subscription_state(self) -> str:
        """``active``, ``pending``, ``terminated``, ... in lower case; empty without one (RFC 6665)."""
        return (self.header("subscription-state") or "").partition(";")[0].strip().lower()

    @property
    def subscription_reason(self) -> str:
        """Why the subscription ended, lower case; empty when not said."""
        return _parameter(self.header("subscription-state"), "reason").lower()

    @cached_property
    def challenges(self) -> list[Challenge]:
        """WWW-Authenticate, then Proxy-Authenticate."""
        named = (("www-authenticate", False), ("proxy-authenticate", True))
        found = (parse_challenge(v, proxy=proxy) for name, proxy in named for v in self.values(name))
        return [challenge for challenge in found if challenge]

    @cached_property
    def credentials(self) -> list[Credentials]:
        """Authorization, then Proxy-Authorization."""
        named = (("authorization", False), ("proxy-authorization", True))
        found = (parse_credentials(v, proxy=proxy) for name, proxy in named for v in self.values(name))
        return [credentials for credentials in found if credentials]

    # Body

    @cached_property
    def content_length(self) -> int | None:
        """The first Content-Length that is a number; None without one."""
        for value in self._fields.lines("content-length"):
            if NUMBER.match(value) and len(value) <= 18:
                return int(value)
        return None

    @cached_property
    def body(self) -> bytes:
        """What follows the empty line, cut to Content-Length."""
        start = self._extent[2]
        if self.content_length is None:
            return self.raw[start:]
        return self.raw[start : start + self.content_length]

    @property
    def body_present(self) -> int:
        """Bytes behind the empty line, whatever Content-Length says."""
        return len(self.raw) - self._extent[2]

    @cached_property
    def content_type(self) -> str:
        """``type/subtype`` in lower case; empty without one."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @cached_property
    def sdp(self) -> Sdp | None:
        """The session description, also from inside a multipart body; None without one."""
        body = find_part(self.header("content-type") or "", self.body, ("application/sdp",))
        if body is None and not self.content_type and self.body.startswith(b"v=0"):
            body = self.body
        return parse_sdp(body) if body else None

    @cached_property
    def sipfrag(self) -> SipFrag | None:
        """The message fragment of a NOTIFY (RFC 3420), also from inside a multipart body; None without one."""
        body = find_part(self.header("content-type") or "", self.body, ("message/sipfrag", "message/sip"))
        if body is None and not self.content_type and self.event == "refer":
            body = self.body
        return parse_sipfrag(body) if body else None

    @cached_property
    def defects(self) -> list[str]:
        """What is malformed, a sentence each; empty for a message as RFC 3261 wants it."""
        return find_defects(self)


def _parameter(value: str | None, name: str) -> str:
    for piece in (value or "").split(";")[1:]:
        key, _, text = piece.partition("=")
        if key.strip().lower() == name:
            return text.strip()
    return ""
