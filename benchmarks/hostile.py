"""Worst cases of reading: files, packets, streams, messages, calls, rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.case import Case, Work
from sipdiag.capture.hep import HepStream
from sipdiag.capture.payload import Accounting, Endpoint, FileInfo
from sipdiag.capture.reassembly import Fragment, Reassembly
from sipdiag.capture.sctp import Sctp
from sipdiag.capture.segment import Segment
from sipdiag.capture.source import read_one
from sipdiag.capture.streams import Streams
from sipdiag.capture.websocket import WebSocket
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from sipdiag.rules.template import Sentences
from sipdiag.sip.framing import Framer
from sipdiag.sip.message import Message
from tests.capture.build import (
    START_NS,
    Packet,
    enhanced,
    eth,
    frame,
    interface,
    ipv4,
    pcap,
    section,
    sip,
    tcp,
)
from tests.capture.test_other_transports import hep3
from tests.capture.test_streams import ws

HERE, THERE = Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 5060)
_HEAD = b"INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\n"
_FIELDS = [name for name in dir(Message) if not name.startswith("_")]

# -- messages --------------------------------------------------------------------------------------


def _parsed(raw: Callable[[int], bytes]) -> Callable[[int], Work]:
    """Asking for every part of one message."""

    def make(size: int) -> Work:
        data = raw(size)

        def work() -> None:
            message = Message(data)
            for name in _FIELDS:
                getattr(message, name)
            for name in ("via", "contact", "x"):
                message.addresses(name)

        return work

    return make


def _line(before: bytes, repeated: bytes, behind: bytes = b"") -> Callable[[int], bytes]:
    return lambda n: _HEAD + before + repeated * n + behind + b"\r\n\r\n"


def _body(kind: bytes, repeated: bytes, before: bytes = b"") -> Callable[[int], bytes]:
    return lambda n: _HEAD + b"Content-Type: " + kind + b"\r\n\r\n" + before + repeated * n


MESSAGES = {
    "headers": _line(b"", b"X: y\r\n"),
    "folded lines": _line(b"Subject: a", b"\r\n b"),
    "blanks in From": _line(b"From:", b" "),
    "blanks before a colon": _line(b"From", b" ", b":x"),
    "open quotes in From": _line(b'From: "', b'\\"'),
    "quotes in Via": _line(b"Via: ", b'"'),
    "angle brackets": _line(b"Contact: ", b"<"),
    "addresses": _line(b"Contact: ", b"<sip:a@b>,"),
    "commas in Via": _line(b"Via: ", b","),
    "hops": _line(b"Via: ", b"SIP/2.0/UDP a;branch=b,"),
    "parentheses in Via": _line(b"Via: SIP/2.0/UDP a (", b"("),
    "parameters": _line(b"To: <sip:a@b>;", b"x;"),
    "URI: at signs": _line(b"To: <sip:", b"a@"),
    "URI: parameters": _line(b"To: <sip:a", b";x=y"),
    "URI: headers": _line(b"Refer-To: <sip:a?", b"x=%25&"),
    "URI: colons": _line(b"To: <sip:a", b":"),
    "Reason": _line(b"Reason: ", b'SIP;text="a,'),
    "Warning": _line(b"Warning: ", b'399 a "b", '),
    "challenge": _line(b"WWW-Authenticate: Digest ", b'a="b,'),
    "SDP: attributes": _body(b"application/sdp", b"a=rtpmap:0 a/b\r\n"),
    "SDP: media": _body(b"application/sdp", b"m=audio 1 RTP/AVP 0\r\n"),
    "SDP: formats": _body(b"application/sdp", b"0 ", b"m=audio 1 RTP/AVP "),
    "multipart: boundaries": _body(b"multipart/mixed;boundary=x", b"\r\n--x\r\n"),
    "multipart: almost boundaries": _body(b"multipart/mixed;boundary=xx", b"--x"),
    "multipart: blank lines": _body(b"multipart/mixed;boundary=x", b"\r\n", b"--x"),
    "sipfrag: headers": _body(b"message/sipfrag", b"X: y\r\n", b"SIP/2.0 200 OK\r\n"),
    "sipfrag: blanks": _body(b"message/sipfrag", b" "),
}


def _framed(data: Callable[[int], bytes], piece: int, *, datagram: bool = False) -> Callable[[int], Work]:
    """Cutting a stream that comes in pieces into messages."""

    def make(size: int) -> Work:
        whole = data(size)
        pieces = [whole[at : at + piece] for at in range(0, len(whole), piece)]

        def work() -> None:
            framer: Framer[None] = Framer(datagram=datagram)
            for one in pieces:
                framer.receive(one, tag=None)
                while framer.next_message():
                    pass
            framer.close()
            while framer.next_message():
                pass

        return work

    return make


FRAMING = {
    "framing: single bytes": (_framed(lambda n: sip() * n, 1), 3),
    "framing: blank lines": (_framed(lambda n: b"\r\n" * n, 5), 500),
    "framing: one line": (_framed(lambda n: b"a" * n, 50), 5000),
    "framing: versions": (_framed(lambda n: b"SIP/2.0 \r\n" * n, 100), 100),
    "framing: versions in one line": (_framed(lambda n: b" SIP/2.0" * n, 100), 2000),
    "framing: a head without end": (_framed(lambda n: _HEAD + b"X: y\r\n" * n, 10), 200),
    "framing: start lines in a body": (
        _framed(lambda n: _HEAD + b"Content-Length: 200000\r\n\r\n" + b"SIP/2.0 200 a\r\n" * n, 1000),
        100,
    ),
    "framing: a datagram of start lines": (_framed(lambda n: _HEAD * n, 1 << 20, datagram=True), 1000),
    "framing: a datagram of messages": (_framed(lambda n: sip() * n, 1 << 24, datagram=True), 30),
}

# -- streams and datagrams -------------------------------------------------------------------------


def _ordered(places: Callable[[int], Sequence[int]], size: int) -> Callable[[int], Work]:
    """Segments of ``size`` bytes at these places."""

    def make(number: int) -> Work:
        segments = [
            Segment(HERE, THERE, 1 + at, 16, b"x" * size, 0, START_NS + index, 0, (index + 1,), 0)
            for index, at in enumerate(places(number))
        ]
        syn = Segment(HERE, THERE, 0, 2, b"", 0, START_NS, 0, (1,), 0)

        def work() -> None:
            streams = Streams(count())
            for segment in (syn, *segments):
                streams.add(segment, [])
            streams.finish([])

        return work

    return make


def _filled(n: int) -> list[int]:
    """A thousand segments behind a hole, the hole filled, and again."""
    return [base + at for base in range(0, n, 1000) for at in (*range(1, min(1000, n - base)), 0)]


STREAMS = {
    "TCP: every second byte": _ordered(lambda n: range(1, 2 * n, 2), 1),
    "TCP: every second byte, from behind": _ordered(lambda n: range(2 * n, 0, -2), 1),
    "TCP: holes that are filled": _ordered(_filled, 1),
    "TCP: overlaps": _ordered(lambda n: range(1, n), 100),
    "TCP: one byte again and again": _ordered(lambda n: [5] * n, 1),
}


def _collected(places: Callable[[int], Sequence[tuple[int, int, int]]]) -> Callable[[int], Work]:
    """IP fragments: identification, place and size."""

    def make(number: int) -> Work:
        fragments = [
            Fragment(
                (b"a", 4, 17, ident, 0),
                4,
                bytes(20),
                at,
                bytes(size),
                size,
                True,
                START_NS,
                0,
                (index + 1,),
                1,
            )
            for index, (ident, at, size) in enumerate(places(number))
        ]

        def work() -> None:
            reassembly = Reassembly({})
            for fragment in fragments:
                reassembly.add(fragment, [])
            reassembly.finish([])

        return work

    return make


FRAGMENTS = {
    "fragments: tiny and overlapping": _collected(lambda n: [(0, at % 60_000, 9) for at in range(n)]),
    "fragments: with holes": _collected(lambda n: [(at // 1000, at % 1000 * 16, 8) for at in range(n)]),
    "fragments: of many datagrams": _collected(lambda n: [(at, 8, 8) for at in range(n)]),
}


def _unwrapped(
    kind: Callable[[], WebSocket | HepStream], data: Callable[[int], bytes], piece: int
) -> Callable[[int], Work]:
    def make(size: int) -> Work:
        whole = data(size)
        pieces = [whole[at : at + piece] for at in range(0, len(whole), piece)]

        def work() -> None:
            unwrapper = kind()
            for one in pieces:
                unwrapper.receive(one)
            unwrapper.finish()

        return work

    return make


def _websocket() -> WebSocket:
    return WebSocket(handshake=False)


LYING = b"\x81\xff" + (200_000).to_bytes(8, "big") + b"\x81\x82\x01\x02"
UNWRAPPING = {
    "WebSocket: single bytes": (_unwrapped(_websocket, lambda n: ws(sip()) * n, 1), 5),
    "WebSocket: frames that lie": (_unwrapped(_websocket, lambda n: (LYING + sip()) * n, 100), 20),
    "WebSocket: what may be frames": (_unwrapped(_websocket, lambda n: LYING + b"\x81\x83" * n, 100), 400),
    "WebSocket: fragments": (_unwrapped(_websocket, lambda n: ws(b"x", opcode=0, final=False) * n, 100), 500),
    "HEP: single bytes": (_unwrapped(HepStream, lambda n: hep3(sip()) * n, 1), 5),
    "HEP: packets that lie": (_unwrapped(HepStream, lambda n: b"HEP3\xff\xff\0\0\0\x01\0\7" * n, 100), 300),
    "HEP: almost the magic": (_unwrapped(HepStream, lambda n: b"HEP" * n, 100), 2000),
}


def _associated(n: int) -> Work:
    """SCTP fragments that all miss their beginning."""
    chunks = [b"\0\0\0\x14" + number.to_bytes(4, "big") + bytes(8) + b"SIP/" for number in range(n)]

    def work() -> None:
        sctp = Sctp()
        for number, chunk in enumerate(chunks):
            sctp.messages(HERE, THERE, 1, chunk, number)

    return work


# -- files -----------------------------------------------------------------------------------------


def _file(content: Callable[[int], bytes]) -> Callable[[int], Work]:
    """Reading a capture."""

    def make(size: int) -> Work:
        folder = TemporaryDirectory()
        path = Path(folder.name, "worst.pcap")
        path.write_bytes(content(size))

        def work(folder: TemporaryDirectory[str] = folder) -> None:
            for _ in read_one(str(path), 0, Accounting(), FileInfo(path="", format="")):
                pass

        return work

    return make


_RECORD = pcap([frame(sip())])[24:]
_BLOCK = enhanced(frame(sip()), START_NS // 1000)


def _tiny_segments(n: int) -> bytes:
    return pcap(Packet(eth(ipv4(tcp(b"x", 1 + at), 6)), START_NS + at * 1000) for at in range(n))


FILES = {
    "pcap: damaged places": (lambda n: pcap([]) + (_RECORD * 2 + b"\xff" * 20) * n, 50),
    "pcap: nothing but damage": (lambda n: pcap([frame(sip())]) + b"\xff" * n, 50_000),
    "pcapng: damaged places": (lambda n: section() + interface() + (_BLOCK * 2 + b"\xff" * 20) * n, 50),
    "pcapng: what may be blocks": (lambda n: section() + interface() + b"\x06\0\0\0\x20\0\0\0" * n, 5_000),
    "pcapng: sections": (lambda n: (section() + interface() + _BLOCK) * n, 40),
    "pcapng: interfaces": (lambda n: section() + interface() * n + _BLOCK, 300),
    "a connection of tiny segments": (_tiny_segments, 500),
    "HEP and SIP": (lambda n: pcap([frame(hep3(sip())), frame(sip())] * n), 50),
}

# -- calls and rules -------------------------------------------------------------------------------


@cache
def _rulebook() -> Rulebook:
    return load_rulebook()


def _judged(packets: Callable[[int], list[bytes]]) -> Callable[[int], Work]:
    """The whole pipeline over these datagrams."""

    def make(size: int) -> Work:
        folder = TemporaryDirectory()
        path = Path(folder.name, "worst.pcap")
        path.write_bytes(pcap(Packet(data, START_NS + at * 10**6) for at, data in enumerate(packets(size))))
        rulebook = _rulebook()

        def work(folder: TemporaryDirectory[str] = folder) -> None:
            analyze([str(path)], rulebook=rulebook, bounded=True)

        return work

    return make


def _sent(
    line: str,
    call: object,
    cseq: str,
    branch: object,
    to_tag: str = "",
    more: str = "",
    src: str = "192.0.2.1",
) -> bytes:
    text = (
        f"{line}\r\nVia: SIP/2.0/UDP {src};branch=z9hG4bK{branch}\r\nFrom: <sip:+14155550137@{src}>;tag=f\r\n"
        f"To: <sip:+12025550148@192.0.2.2>{to_tag}\r\nCall-ID: {call}\r\nCSeq: {cseq}\r\n{more}Content-Length: 0\r\n\r\n"
    )
    return frame(text.encode(), src=src)


INVITE = "INVITE sip:+12025550148@192.0.2.2 SIP/2.0"
CALLS: dict[str, tuple[Callable[[int], list[bytes]], int]] = {
    "a Call-ID of many requests": (lambda n: [_sent("INFO sip:a@b SIP/2.0", "a", f"{at} INFO", at, ";tag=t") for at in range(n)], 100),
    "a Call-ID of many INVITEs": (lambda n: [_sent(INVITE, "a", f"{at} INVITE", at) for at in range(n)], 60),
    "a Call-ID of many forks": (lambda n: [_sent("SIP/2.0 180 R", "a", "1 INVITE", 1, f";tag={at}") for at in range(n)], 60),
    "one request again and again": (lambda n: [_sent(INVITE, "a", "1 INVITE", 1)] * n, 200),
    "one branch for all": (lambda n: [_sent(INVITE, "a", f"{at} INVITE", "x") for at in range(n)], 60),
    "calls of one number at a time": (lambda n: [_sent(INVITE, at, "1 INVITE", at) for at in range(n)], 40),
    "calls with one id": (lambda n: [_sent(INVITE, at, "1 INVITE", at, more="X-CID: one\r\n") for at in range(n)], 40),
    "calls of many hosts": (lambda n: [_sent(INVITE, at, "1 INVITE", at, src=f"198.18.{at // 250}.{at % 250 + 1}") for at in range(n)], 40),
    "a call through many hosts": (lambda n: [_sent(INVITE, "a", "1 INVITE", "x", src=f"198.18.{at // 250}.{at % 250 + 1}") for at in range(n)], 40),
    "registrations": (lambda n: [_sent("REGISTER sip:b SIP/2.0", "r", f"{at} REGISTER", at) for at in range(n)], 100),
    "transfers in one call": (
        lambda n: [_sent(INVITE, "a", "1 INVITE", 0), _sent("SIP/2.0 200 OK", "a", "1 INVITE", 0, ";tag=t")]
        + [_sent("REFER sip:a@b SIP/2.0", "a", f"{at} REFER", at, ";tag=t", f"Refer-To: <sip:{at}@b>\r\n") for at in range(2, n + 2)],
        15,
    ),
}  # fmt: skip


def _ruled(n: int) -> Work:
    """A text that prints every fact of a leg, where all are long."""
    facts = [fact for fact in _rulebook().catalogue.facts["leg"] if fact.type == "string"]
    texts = Sentences(facts)
    source = " ".join(f"{{{{ {fact.name} | upper }}}}" for fact in facts)

    def work() -> None:
        texts.sentence(source, texts.context({fact.name: "x" * n for fact in facts}))

    return work


CASES: dict[str, Case] = {
    **{f"message: {name}": Case(1000, _parsed(raw)) for name, raw in MESSAGES.items()},
    "message: start line": Case(200, _parsed(lambda n: b"INVITE sip:" + b"a " * n + b"SIP/2.0\r\n\r\n")),
    **{name: Case(size, make) for name, (make, size) in FRAMING.items()},
    **{name: Case(500, make) for name, make in (STREAMS | FRAGMENTS).items()},
    **{name: Case(size, make) for name, (make, size) in UNWRAPPING.items()},
    "SCTP: fragments without a beginning": Case(300, _associated),
    **{f"file: {name}": Case(size, _file(make)) for name, (make, size) in FILES.items()},
    **{f"calls: {name}": Case(size, _judged(make)) for name, (make, size) in CALLS.items()},
    "rules: long facts": Case(500, _ruled),
}
