"""Logs for tests: a call as a program would log it, and what is read of a text."""

from __future__ import annotations

import io

from sipdiag.capture.payload import Endpoint
from sipdiag.logs.forms import BY_NAME
from sipdiag.logs.trace import Trace, read_trace
from sipdiag.logs.write import Logged, written

A = Endpoint("203.0.113.10", 5060)
B = Endpoint("198.51.100.7", 5080)
START_NS = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 203.0.113.10\r\ns=-\r\nc=IN IP4 203.0.113.10\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


class Bytes:
    """A text as :class:`sipdiag.logs.source.Text` reads it, in pieces of any size."""

    def __init__(self, text: bytes) -> None:
        self._file = io.BytesIO(text)

    def fill(self, view: memoryview) -> int:
        return self._file.readinto(view)


def trace(text: bytes, form: str | None = None) -> Trace:
    """What is read of a text."""
    return read_trace(Bytes(text), 0, form)


def data(text: bytes, form: str | None = None) -> list[bytes]:
    """The messages of a text."""
    return [payload.data for payload in trace(text, form).payloads]


def request(method: str, cseq: int, branch: str, body: bytes = b"", sender: Endpoint = A) -> bytes:
    """A request within the one call that tests have."""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    to_tag = "" if method in ("INVITE", "CANCEL") and cseq == 1 else ";tag=b1"
    via = f"SIP/2.0/UDP {sender.address}:{sender.port};branch=z9hG4bK{branch}"
    return (
        f"{method} sip:bob@198.51.100.7:5080 SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\n"
        f"From: <sip:alice@203.0.113.10>;tag=a1\r\nTo: <sip:bob@198.51.100.7>{to_tag}\r\n"
        f"Call-ID: one@203.0.113.10\r\nCSeq: {cseq} {method}\r\nContact: <sip:alice@203.0.113.10:5060>\r\n"
        f"{kind}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def response(status: str, cseq: int, method: str, branch: str, body: bytes = b"") -> bytes:
    """The response to such a request."""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    to_tag = "" if status.startswith("100") else ";tag=b1"
    return (
        f"SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 203.0.113.10:5060;branch=z9hG4bK{branch}\r\n"
        f"From: <sip:alice@203.0.113.10>;tag=a1\r\nTo: <sip:bob@198.51.100.7>{to_tag}\r\n"
        f"Call-ID: one@203.0.113.10\r\nCSeq: {cseq} {method}\r\nContact: <sip:bob@198.51.100.7:5080>\r\n"
        f"{kind}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def call() -> list[Logged]:
    """A call from A, which writes the log, to B: answered, and ended by A after 12 s."""
    sent: list[tuple[float, bool, bytes]] = [
        (0.0, True, request("INVITE", 1, "i", SDP)),
        (0.1, False, response("100 Trying", 1, "INVITE", "i")),
        (0.9, False, response("180 Ringing", 1, "INVITE", "i")),
        (3.0, False, response("200 OK", 1, "INVITE", "i", SDP)),
        (3.1, True, request("ACK", 1, "a")),
        (15.0, True, request("BYE", 2, "b")),
        (15.1, False, response("200 OK", 2, "BYE", "b")),
    ]
    return [
        Logged(START_NS + int(after * SECOND), A if ours else B, B if ours else A, "UDP", text, ours)
        for after, ours, text in sent
    ]


def log(form: str, messages: list[Logged] | None = None) -> bytes:
    """The call as a log of a form."""
    return b"".join(written(BY_NAME[form], messages or call(), {}))
