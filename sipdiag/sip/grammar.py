"""The named pieces of SIP's grammar (RFC 3261 §25.1), and the bounds every parser here keeps.

Captures hold what was really sent, so the expressions are wider than the RFC wherever a sender's
meaning stays clear.  Each of them runs in time linear in its input: nothing is repeated inside a
repetition, and whatever could be tried at many places is bounded.

What counts as a start line
---------------------------
A request line is a token, a Request-URI and ``SIP/x.y``; a status line is ``SIP/x.y`` and a number.
Accepted beyond the RFC, because the torture messages of RFC 4475 (§3.1.2) ask for an answer and not
for silence: more than one blank between the parts or behind them, blanks inside the Request-URI,
the Request-URI in angle brackets, other versions, status codes of any size.  :mod:`sipdiag.sip.defects`
says so afterwards.  The first word of the Request-URI has to hold a colon (a scheme, if need be only
a port) or be ``*``: that is what keeps prose (``the foo SIP/2.0``) out and where Wireshark draws the
line too.  HTTP, RTSP and the like end in another version and are never taken.
"""

from __future__ import annotations

import re

MAX_START_LINE = 8 * 1024
"""Bytes; a longer first line is not taken for a start line."""
MAX_MESSAGE = 256 * 1024
"""Bytes of one message on a stream, head and body; what is longer is cut there."""
MAX_HEADERS = 1_000
"""Header lines of one message that are looked at; the rest stays in the raw bytes only."""
MAX_DEFECTS = 50
"""Defects named of one message."""
MAX_PARTS = 64
"""Parts of one multipart body that are looked at."""
MAX_MULTIPART_DEPTH = 3
"""Multipart bodies inside multipart bodies."""
MAX_MEDIA = 64
"""Media descriptions of one SDP body that are looked at."""

TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]+"
"""RFC 3261 §25.1 ``token``."""
SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*"
"""RFC 3986 §3.1 ``scheme``."""
VERSION = r"(?:SIP|sip|Sip)/[0-9]{1,3}\.[0-9]{1,3}"
"""``SIP/2.0``, or what claims to be another version of it."""

METHODS = frozenset(
    [
        "ACK",
        "BYE",
        "CANCEL",
        "INFO",
        "INVITE",
        "MESSAGE",
        "NOTIFY",
        "OPTIONS",
        "PRACK",
        "PUBLISH",
        "REFER",
        "REGISTER",
        "SUBSCRIBE",
        "UPDATE",
    ]
)
"""The methods of RFC 3261 and its extensions (IANA registry)."""

COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
"""Compact header names (RFC 3261 §7.3.3 and the IANA registry) and what they stand for."""

LISTS = frozenset(
    [
        "accept",
        "accept-contact",
        "accept-encoding",
        "accept-language",
        "alert-info",
        "allow",
        "allow-events",
        "call-info",
        "contact",
        "content-encoding",
        "content-language",
        "diversion",
        "error-info",
        "geolocation",
        "history-info",
        "in-reply-to",
        "p-access-network-info",
        "p-asserted-identity",
        "p-associated-uri",
        "p-preferred-identity",
        "path",
        "permission-missing",
        "proxy-require",
        "reason",
        "record-route",
        "refer-events-at",
        "reject-contact",
        "remote-party-id",
        "require",
        "resource-priority",
        "route",
        "security-client",
        "security-server",
        "security-verify",
        "service-route",
        "supported",
        "unsupported",
        "user-to-user",
        "via",
        "warning",
    ]
)
"""Headers whose value is a comma-separated list, so that one line may hold several (RFC 3261 §7.3.1)."""

_REQUEST_LINE = (
    rf"{TOKEN}[ \t]+(?:[^ \t\r\n:]{{1,{MAX_START_LINE}}}:[^\r\n]{{0,{MAX_START_LINE}}}|\*)"
    rf"[ \t]{VERSION}[ \t]*(?=[\r\n]|\Z)"
)
_STATUS_LINE = rf"{VERSION}[ \t]+[0-9]{{1,20}}(?=[ \t\r\n]|\Z)"

START_LINE = re.compile(rf"(?:{_STATUS_LINE}|{_REQUEST_LINE})".encode())
"""A request or status line at the very position of the match."""

_BLANK_LINES = re.compile(rb"[\r\n]*")

REQUEST_SPACING = re.compile(rf"\S+ \S(?:.*\S)? {VERSION}\Z")
"""A request line with single blanks between its parts and none behind them."""
STATUS_PARTS = re.compile(rf"({VERSION})[ \t]+([0-9]+)[ \t]?(.*)\Z", re.DOTALL)
"""Version, code and reason phrase of a status line."""
CSEQ = re.compile(r"([0-9]{1,40})(?:\s+(\S+)|\Z)")
"""Sequence number and method (§20.16), the method missing or misspelt if need be."""
NUMBER = re.compile(r"[0-9]+\Z")
"""Digits and nothing else, in ASCII."""
IS_VERSION = re.compile(rf"{VERSION}\Z")
"""A version and nothing else."""
FIRST_LINE_END = re.compile(rb"\r{0,2}\n|\r")
"""The first line end settles the style: lines end in LF (CRs before it do no harm), or in CR alone."""
HEAD_END_LF = re.compile(rb"\n\r{0,2}\n")
"""The empty line between head and body where lines end in LF or CRLF."""
HEAD_END_CR = re.compile(rb"\r\r")
"""The same where lines end in CR alone."""
IS_TOKEN = re.compile(rf"{TOKEN}\Z")
"""A token and nothing else."""


def is_start_line(data: bytes) -> bool:
    """Say whether the bytes begin, behind any blank lines, with a SIP request or status line."""
    start = 0
    if data[:1] in (b"\r", b"\n"):
        blank = _BLANK_LINES.match(data)
        start = blank.end() if blank else 0
    return START_LINE.match(data, start) is not None
