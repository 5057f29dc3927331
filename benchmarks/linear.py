"""Whether time is linear in the input, whoever made it: ``python -m benchmarks.linear [NAME ...]``.

Each case makes the worst input of a size that its author could think of, and what is to be done with it.
Of the CPU time, best of five, four times the input may take four times as long and a third more; the
smallest size is not compared, for there the constant part counts.  Exits with 1 and names the case that
does not hold.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO

from benchmarks import documents, hostile
from benchmarks.case import Case, cpu_seconds
from sipdiag.logs.trace import read_trace
from sipdiag.redaction.redactor import Redactor
from sipdiag.sip.secrets import mask

ROUNDS = 5
TRIES = 3
"""On a busy machine one measurement proves nothing: a case fails only if it fails as often."""
SLACK = 1.3
_LOGGED = b"INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP b\nCall-ID: a\nCSeq: 1 INVITE\n"
_HEAD = b"INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\n"


def redaction(message: Callable[[int], bytes]) -> Callable[[int], Callable[[], object]]:
    """Learning and redacting one message."""

    def make(size: int) -> Callable[[], object]:
        raw = message(size)

        def work() -> None:
            redactor = Redactor(b"key")
            redactor.learn(raw)
            redactor.redact(raw)

        return work

    return make


def log(repeated: bytes, before: bytes = b"") -> Callable[[int], Callable[[], object]]:
    """Reading a text log that consists of one thing."""

    class Source:
        def __init__(self, text: bytes) -> None:
            self._file = BytesIO(text)

        def fill(self, view: memoryview) -> int:
            return self._file.readinto(view)

    def make(size: int) -> Callable[[], object]:
        text = before + repeated * size
        return lambda: read_trace(Source(text), 0)

    return make


def masking(repeated: str) -> Case:
    """Masking the secrets of a text that has some of what most of them come with."""

    def make(size: int) -> Callable[[], object]:
        text = "Authorization: Digest a=%20 password digits\n" + repeated * (size // len(repeated) + 1)
        return lambda: mask(text)

    return Case(1000, make)


_SECRETS = (
    "sip:",
    "sip:a:",
    "sip:a@b:",
    "password",
    "token=",
    '"token":"',
    "<token ",
    "authorization: basic ",
    "\nauthorization:",
    "%25",
    "?a=%25",
    "?a=%25 ",
    ";a",
    "a=crypto",
    "inline:",
    "bearer ",
    "eyJaaaaaaaa.",
    "digits",
    '"digits',
    "\nc:application/dtmf",
    "\nc:application/dtmf\n\n5",
)


def _line(before: bytes, repeated: bytes, behind: bytes = b"") -> Callable[[int], bytes]:
    return lambda n: _HEAD + before + repeated * n + behind + b"\r\n\r\n"


def _body(kind: bytes, repeated: bytes) -> Callable[[int], bytes]:
    return lambda n: _HEAD + b"Content-Type: " + kind + b"\r\n\r\n" + repeated * n


CASES: dict[str, Case] = {
    "redaction: From of blanks": Case(1000, redaction(_line(b"From:", b" "))),
    "redaction: From of words": Case(400, redaction(_line(b"From:", b"a "))),
    "redaction: Contact of tabs": Case(1000, redaction(_line(b"Contact:", b"\t", b"x"))),
    "redaction: open quotes": Case(400, redaction(_line(b'Contact: "', b'\\"'))),
    "redaction: dots": Case(400, redaction(_line(b"Reason: SIP;text=", b"a."))),
    "redaction: dots and dashes": Case(400, redaction(_line(b"Warning: 399 x ", b"a-a."))),
    "redaction: digits and blanks": Case(400, redaction(_line(b"Reason: SIP;text=", b"1 "))),
    "redaction: colons": Case(400, redaction(_line(b"Reason: SIP;text=", b"a:"))),
    "redaction: at signs": Case(400, redaction(_line(b"Reason: SIP;text=", b"a@"))),
    "redaction: percent signs": Case(400, redaction(_line(b"Refer-To: <sip:a?", b"b=%3F&"))),
    "redaction: Call-ID of at signs": Case(400, redaction(_line(b"Call-ID: ", b"a@b"))),
    "redaction: a long name of a header": Case(400, redaction(_line(b"X-", b"call", b": x"))),
    "redaction: unknown headers": Case(
        25,
        redaction(
            lambda n: _HEAD + b"".join(b"X-Head%06dabc-Def: v%06d\r\n" % (at, at) for at in range(n)) + b"\r\n"
        ),
    ),
    "redaction: numbers": Case(
        10, redaction(lambda n: _HEAD + b"".join(b"To: <sip:+1415%07d@b>\r\n" % at for at in range(n)))
    ),
    "redaction: numbers of no country": Case(
        5, redaction(lambda n: _HEAD + b"".join(b"To: <sip:0%d@b>\r\n" % (at * 7919 + 10**7) for at in range(n)))
    ),
    "redaction: numbers of one area": Case(
        10, redaction(lambda n: _HEAD + b"".join(b"To: <sip:+4420%08d@b>\r\n" % (at * 79) for at in range(n)))
    ),
    "redaction: a number of many groups": Case(400, redaction(_line(b"Reason: SIP;text=", b"12/"))),
    "redaction: words and digits": Case(400, redaction(_line(b"Reason: SIP;text=", b"a1-"))),
    "redaction: schemes": Case(400, redaction(_line(b"Reason: SIP;text=", b"http:"))),
    "redaction: codes": Case(400, redaction(_line(b"Allow: ", b"a/b,"))),
    "redaction: a product": Case(400, redaction(_line(b"User-Agent: ", b"a/1.2 "))),
    "redaction: words of markup": Case(400, redaction(_body(b"application/xml", b" a-b.c"))),
    "redaction: keys": Case(400, redaction(_body(b"application/dtmf-relay", b"a-1"))),
    "redaction: addresses": Case(
        25, redaction(lambda n: _HEAD + b"".join(b"Via: SIP/2.0/UDP 8.8.%d.%d\r\n" % divmod(at, 250) for at in range(n)))
    ),
    "redaction: markup": Case(1000, redaction(_body(b"application/xml", b"<a "))),
    "redaction: lines of a session": Case(100, redaction(_body(b"application/sdp", b"a=fmtp:0 a=b;c\r\n"))),
    "redaction: parts": Case(400, redaction(_body(b"multipart/mixed;boundary=x", b"\r\n--x\r\n"))),
    "redaction: blanks behind a port": Case(1000, redaction(_line(b"Contact: <sip:a@b:", b" ", b"x>"))),
    "redaction: folded lines": Case(200, redaction(_line(b"Subject: a", b"\r\n b"))),
    **{f"masking: {text!r}": masking(text) for text in _SECRETS},
    **hostile.CASES,
    **documents.CASES,
    "logs: start lines": Case(500, log(b"SIP/2.0 200 OK\n")),
    "logs: start lines on one line": Case(500, log(b"INVITE sip:a SIP/2.0 ")),
    "logs: messages without an end": Case(50, log(_LOGGED)),
    "logs: bodies that are not there": Case(50, log(_LOGGED + b"Content-Type: a/b\nContent-Length: 999999\n\nx\n")),
    "logs: blanks behind a start line": Case(1000, log(b" ", b"INVITE sip:a SIP/2.0")),
    "logs: blanks behind a version": Case(1000, log(b"INVITE sip:a SIP/2.0" + b" " * 20 + b"x ")),
    **{
        f"logs: empty lines behind {mark!r}": Case(500, log(b"\n", mark))
        for mark in (b"peers:", b"*" * 10 + b" 1. row " + b"*" * 10, b"'SIP/2.0\\r\\n'")
    },
    "logs: escaped messages": Case(200, log(b"SIP/2.0 200 OK\\r\\nVia: SIP/2.0/UDP b\\r\\n")),
    "logs: records": Case(200, log(b'{"log":"INVITE sip:a SIP/2.0\\n"}\n')),
    "logs: prefixes": Case(50, log(b"[12:00 a] INVITE sip:a@b SIP/2.0\n[12:00 a] Via: SIP/2.0/UDP b\n[12:00 a] To: b\n")),
    "logs: colons before a message": Case(10, log(b":a" * 2000 + b"\n" + _LOGGED + b"\n")),
    "logs: words before a message": Case(10, log(b"to a" * 1000 + b"\n" + _LOGGED + b"\n")),
    "logs: times before a message": Case(10, log(b"12:34:56 " * 400 + b"\n" + _LOGGED + b"\n")),
    "logs: trouble behind a message": Case(30, log(_LOGGED + b"\n" + b"ERROR failed\n" * 20)),
}  # fmt: skip
"""What is measured, by name: input that makes the most of whatever is not linear."""


def main(names: list[str]) -> int:
    """Measure the named cases, or all; exit status 1 if one does not hold."""
    broken = [name for name in names or CASES if not holds(name, CASES[name])]
    for name in broken:
        print(f"not linear: {name}", file=sys.stderr)
    return 1 if broken else 0


def holds(name: str, case: Case) -> bool:
    """Whether four times the input takes at most four times as long, and some slack."""
    four = sixteen = float("inf")
    for _ in range(TRIES):
        four = min(four, cpu_seconds(case.make(4 * case.size), ROUNDS))
        sixteen = min(sixteen, cpu_seconds(case.make(16 * case.size), ROUNDS))
        if sixteen <= SLACK * 4 * four:
            break
    print(f"{sixteen / four:5.1f}  {four * 1000:8.2f} ms  {sixteen * 1000:8.2f} ms  {name}")
    return sixteen <= SLACK * 4 * four


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
