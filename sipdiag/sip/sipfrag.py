"""Message fragments (RFC 3420): what a NOTIFY tells about the call that a REFER caused."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.sip.fields import Fields
from sipdiag.sip.grammar import STATUS_PARTS
from sipdiag.sip.headers import Reason, parse_reasons


class SipFrag(Struct, frozen=True):
    """A status line or request line, if there is one, and some header fields."""

    status: int | None
    """None for a fragment of a request, or of header fields alone."""
    reason: str
    """Reason phrase; empty without a status line."""
    version: str
    """``SIP/2.0``; empty without a status line."""
    start_line: str
    """The first line as written; empty for header fields alone."""
    fields: Fields

    def header(self, name: str) -> str | None:
        """First value of a header of the fragment, as :meth:`Message.header`."""
        return self.fields.first(name)

    @property
    def reasons(self) -> list[Reason]:
        """Reason values of the fragment."""
        return parse_reasons(self.fields.values("reason"))


def parse_sipfrag(body: bytes) -> SipFrag | None:
    """Read a fragment; the line end behind the first line may be missing, blanks may precede it.

    None for a body with nothing in it.
    """
    text = body.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").lstrip()
    head = text.partition("\n\n")[0].replace("\n ", " ").replace("\n\t", " ")
    if not head:
        return None
    first, *lines = head.split("\n")
    first = first.strip()
    status = STATUS_PARTS.match(first)
    if status:
        code = int(status[2]) if len(status[2]) == 3 else None
        return SipFrag(code, status[3].strip(), status[1], first, Fields(lines))
    name = first.partition(":")[0].rstrip()
    if " " not in name:
        return SipFrag(None, "", "", "", Fields([first, *lines]))
    return SipFrag(None, "", "", first, Fields(lines))
