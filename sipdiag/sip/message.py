"""One SIP message, parsed lazily (RFC 3261 §7).

A :class:`Message` keeps the bytes it was made from and nothing else until an attribute is used.  The
first header asked for indexes all header lines in one pass; structured values are read one by one
and remembered.  Nothing raises whatever the bytes are: what cannot be read is None, empty or left
out, and :func:`sipdiag.sip.defects.find_defects` says in words what is wrong.
"""

from __future__ import annotations

from sipdiag.sip.address import NameAddr, Replaces, parse_name_addr, parse_replaces
from sipdiag.sip.boundaries import ends_with_head
from sipdiag.sip.grammar import NUMBER
from sipdiag.sip.head import MessageHead
from sipdiag.sip.headers import (
    Challenge,
    Credentials,
    Reason,
    Via,
    Warning_,
    parse_challenge,
    parse_credentials,
    parse_reasons,
    parse_remarks,
    parse_session_id,
    parse_via,
    parse_warnings,
)
from sipdiag.sip.lazy import lazy
from sipdiag.sip.multipart import find_part
from sipdiag.sip.quoting import parameter
from sipdiag.sip.sdp import Sdp, parse_sdp
from sipdiag.sip.sipfrag import SipFrag, parse_sipfrag

_CHALLENGES = {"www-authenticate": False, "proxy-authenticate": True}
"""Headers and whether they are a proxy's."""
_CREDENTIALS = {"authorization": False, "proxy-authorization": True}


class Message(MessageHead):
    """A request or response."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Message {self.start_line!r}>"

    def _address(self, name: str) -> NameAddr | None:
        value = self.header(name)
        return parse_name_addr(value) if value else None

    def addresses(self, name: str) -> list[NameAddr]:
        """All values of a header, read as name-addrs."""
        return [address for value in self.values(name) if (address := parse_name_addr(value))]

    @lazy
    def from_(self) -> NameAddr | None:
        """From."""
        return self._address("from")

    @lazy
    def to(self) -> NameAddr | None:
        """To."""
        return self._address("to")

    @lazy
    def contact(self) -> NameAddr | None:
        """First Contact."""
        return self._address("contact")

    @lazy
    def vias(self) -> list[Via]:
        """Via values, topmost first; unreadable ones left out."""
        return [via for value in self.values("via") if (via := parse_via(value))]

    @lazy
    def refer_to(self) -> NameAddr | None:
        """Refer-To (RFC 3515)."""
        return self._address("refer-to")

    @lazy
    def referred_by(self) -> NameAddr | None:
        """Referred-By (RFC 3892)."""
        return self._address("referred-by")

    @lazy
    def pai(self) -> NameAddr | None:
        """First P-Asserted-Identity (RFC 3325)."""
        return self._address("p-asserted-identity")

    @lazy
    def ppi(self) -> NameAddr | None:
        """First P-Preferred-Identity (RFC 3325)."""
        return self._address("p-preferred-identity")

    @lazy
    def rpid(self) -> NameAddr | None:
        """First Remote-Party-ID."""
        return self._address("remote-party-id")

    @lazy
    def diversion(self) -> list[NameAddr]:
        """Diversion, most recent first (RFC 5806)."""
        return self.addresses("diversion")

    @lazy
    def history_info(self) -> list[NameAddr]:
        """History-Info, oldest first (RFC 7044)."""
        return self.addresses("history-info")

    @lazy
    def replaces(self) -> Replaces | None:
        """Replaces (RFC 3891)."""
        return parse_replaces(self.header("replaces") or "")

    @lazy
    def reasons(self) -> list[Reason]:
        """Reason values (RFC 3326)."""
        return parse_reasons(self.values("reason"))

    @lazy
    def warnings(self) -> list[Warning_]:
        """Warning values."""
        return parse_warnings(self.values("warning"))

    @lazy
    def remarks(self) -> list[str]:
        """What headers outside the standard say of a refusal."""
        return parse_remarks(self.header)

    @lazy
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
        return parameter(self.header("event") or "", "id")

    @property
    def subscription_state(self) -> str:
        """``active``, ``pending``, ``terminated``, ... in lower case; empty without one (RFC 6665)."""
        return (self.header("subscription-state") or "").partition(";")[0].strip().lower()

    @lazy
    def challenges(self) -> list[Challenge]:
        """WWW-Authenticate, then Proxy-Authenticate."""
        if self.names.isdisjoint(_CHALLENGES):
            return []
        named = _CHALLENGES.items()
        found = (parse_challenge(v, proxy=proxy) for name, proxy in named for v in self.values(name))
        return [challenge for challenge in found if challenge]

    @lazy
    def credentials(self) -> list[Credentials]:
        """Authorization, then Proxy-Authorization."""
        if self.names.isdisjoint(_CREDENTIALS):
            return []
        named = _CREDENTIALS.items()
        found = (parse_credentials(v, proxy=proxy) for name, proxy in named for v in self.values(name))
        return [credentials for credentials in found if credentials]

    # Body

    @lazy
    def content_length(self) -> int | None:
        """The first Content-Length that is a number; None without one."""
        for value in self._fields.lines("content-length"):
            if NUMBER.match(value) and len(value) <= 18:
                return int(value)
        return None

    @lazy
    def body(self) -> bytes:
        """What follows the empty line, cut to Content-Length."""
        if ends_with_head(self.raw):
            return b""
        length = self.content_length
        if length == 0:
            return b""
        start = self._body_start
        return self.raw[start:] if length is None else self.raw[start : start + length]

    @property
    def body_present(self) -> int:
        """Bytes behind the empty line, whatever Content-Length says."""
        return len(self.raw) - self._body_start

    @lazy
    def content_type(self) -> str:
        """``type/subtype`` in lower case; empty without one."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @lazy
    def sdp(self) -> Sdp | None:
        """The session description, also from inside a multipart body; None without one."""
        if not self.body:
            return None
        if self.content_type == "application/sdp":
            return parse_sdp(self.body)
        body = find_part(self.header("content-type") or "", self.body, ("application/sdp",))
        if body is None and not self.content_type and self.body.startswith(b"v=0"):
            body = self.body
        return parse_sdp(body) if body else None

    @lazy
    def sipfrag(self) -> SipFrag | None:
        """The message fragment of a NOTIFY (RFC 3420), also from inside a multipart body; None without one."""
        if not self.body:
            return None
        body = find_part(self.header("content-type") or "", self.body, ("message/sipfrag", "message/sip"))
        if body is None and not self.content_type and self.event == "refer":
            body = self.body
        return parse_sipfrag(body) if body else None
