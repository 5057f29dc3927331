"""SIP calls as text: outcomes as they occur between a carrier and its customers, seeded."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.wire import Address

CARRIER: Address = ("192.0.2.10", 5060)
CUSTOMERS: tuple[Address, ...] = tuple((f"198.51.100.{host}", 5060) for host in range(1, 65))


@dataclass(frozen=True, slots=True)
class Packet:
    """One SIP message on the wire; ``time_us`` counts from the start of the capture."""

    time_us: int
    src: Address
    dst: Address
    text: bytes


@dataclass(slots=True)
class Call:
    """One call's dialog state while its messages are written."""

    number: int
    start_us: int
    rng: random.Random
    talk_s: float
    caller: Address
    callee: Address = CARRIER
    transport: str = "UDP"
    cseq: int = 1
    now_us: int = 0
    packets: list[Packet] = field(default_factory=list)
    media_from_us: int = 0
    media_to_us: int = 0
    call_id: str = ""
    from_number: str = ""
    to_number: str = ""

    def __post_init__(self) -> None:
        self.now_us = self.start_us
        self.call_id = f"{self.rng.getrandbits(64):016x}-{self.number}@{self.caller[0]}"
        self.from_number = f"+1415555{self.number % 10000:04d}"
        self.to_number = f"+1212555{(self.number * 7) % 10000:04d}"

    @property
    def media(self) -> tuple[Address, Address]:
        """RTP addresses of both sides; ports repeat only far apart."""
        port = 10000 + 2 * (self.number % 25000)
        return (self.caller[0], port), (self.callee[0], port)

    def request(
        self, method: str, *, extra: str = "", sdp: bool = False, back: bool = False, fragment: str = ""
    ) -> None:
        """A request of the caller, or of the callee (``back``)."""
        start = f"{method} sip:{self.to_number}@{self.callee[0]} SIP/2.0"
        self._add(start, method, extra, self._sdp(back) if sdp else fragment, back=back, reverse=back)

    def response(self, status: str, method: str, *, extra: str = "", sdp: bool = False) -> None:
        """A response of the callee."""
        self._add(f"SIP/2.0 {status}", method, extra, self._sdp(True) if sdp else "", back=True)

    def answer_back(self, status: str, method: str) -> None:
        """A response of the caller to a request of the callee."""
        self._add(f"SIP/2.0 {status}", method, "", "", back=False, reverse=True)

    def wait(self, seconds: float) -> None:
        self.now_us += int(seconds * 1e6)

    def _add(
        self, start: str, method: str, extra: str, body: str, *, back: bool, reverse: bool = False
    ) -> None:
        """One message; ``back``: sent by the callee, ``reverse``: in a transaction that the callee began."""
        request = not start.startswith("SIP/")
        src, dst = (self.callee, self.caller) if back else (self.caller, self.callee)
        ours = f"<sip:{self.from_number}@{self.caller[0]}>;tag=f{self.number}"
        theirs = f"<sip:{self.to_number}@{self.callee[0]}>"
        if not (method == "INVITE" and request) and " 100 " not in start:
            theirs += f";tag=t{self.number}"
        via = src if request else dst
        branch = f"z9hG4bK{self.number}-{'INVITE' if method == 'ACK' else method}-{self.cseq}"
        media = method != "NOTIFY"
        lines = (
            start,
            f"Via: SIP/2.0/{self.transport} {via[0]}:{via[1]};branch={branch};rport",
            f"From: {theirs if reverse else ours}",
            f"To: {ours if reverse else theirs}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {method}",
            f"Contact: <sip:{self.from_number}@{src[0]}:{src[1]}>",
            "Max-Forwards: 70\r\nUser-Agent: Bench/1.0" if request else "Server: Bench/1.0",
            f"{extra}Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY, UPDATE, PRACK",
            *([f"Content-Type: {'application/sdp' if media else 'message/sipfrag'}"] if body else []),
            f"Content-Length: {len(body)}",
            "",
            body,
        )
        self.packets.append(Packet(self.now_us, src, dst, "\r\n".join(lines).encode()))
        self.now_us += self.rng.randrange(2_000, 30_000)

    def _sdp(self, back: bool) -> str:
        address, port = self.media[back]
        return (
            f"v=0\r\no=- {self.number} 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
        )


def _ring(call: Call) -> None:
    call.request("INVITE", sdp=True)
    call.response("100 Trying", "INVITE")
    call.wait(0.5)
    call.response("180 Ringing", "INVITE")


def _talk(call: Call) -> None:
    call.wait(call.rng.uniform(1.0, 4.0))
    call.response("200 OK", "INVITE", sdp=True)
    call.media_from_us = call.now_us
    call.request("ACK")
    call.wait(call.talk_s)
    call.media_to_us = call.now_us


def _hang_up(call: Call) -> None:
    call.cseq += 1
    call.request("BYE")
    call.response("200 OK", "BYE")


def _answered(call: Call) -> None:
    _ring(call)
    _talk(call)
    _hang_up(call)


def _challenged(call: Call) -> None:
    call.request("INVITE", sdp=True)
    call.response(
        "407 Proxy Authentication Required",
        "INVITE",
        extra=f'Proxy-Authenticate: Digest realm="sip.example.com", nonce="{call.number:x}", qop="auth"\r\n',
    )
    call.request("ACK")
    call.cseq += 1
    call.request(
        "INVITE",
        sdp=True,
        extra='Proxy-Authorization: Digest username="trunk", realm="sip.example.com", '
        f'nonce="{call.number:x}", uri="sip:{call.to_number}@{call.callee[0]}", '
        f'response="{call.number:032x}", qop=auth, nc=00000001, cnonce="abc"\r\n',
    )
    call.response("100 Trying", "INVITE")
    call.wait(0.5)
    call.response("180 Ringing", "INVITE")
    _talk(call)
    _hang_up(call)


def _refused(status: str) -> Callable[[Call], None]:
    def play(call: Call) -> None:
        call.request("INVITE", sdp=True)
        call.response("100 Trying", "INVITE")
        call.wait(0.2)
        call.response(status, "INVITE")
        call.request("ACK")

    return play


def _cancelled(call: Call) -> None:
    _ring(call)
    call.wait(20)
    call.request("CANCEL")
    call.response("200 OK", "CANCEL")
    call.response("487 Request Terminated", "INVITE")
    call.request("ACK")


def _transferred(call: Call) -> None:
    _ring(call)
    _talk(call)
    call.cseq = 101
    call.request("REFER", back=True, extra="Refer-To: <sip:+14045550199@192.0.2.20>\r\n")
    call.answer_back("202 Accepted", "REFER")
    for status in ("100 Trying", "200 OK"):
        call.cseq += 1
        call.wait(0.5)
        state = "active;expires=60" if status.startswith("1") else "terminated;reason=noresource"
        extra = f"Event: refer\r\nSubscription-State: {state}\r\n"
        call.request("NOTIFY", extra=extra, fragment=f"SIP/2.0 {status}\r\n")
        call.response("200 OK", "NOTIFY")
    _hang_up(call)


_PLAYS: tuple[tuple[Callable[[Call], None], int], ...] = (
    (_answered, 45),
    (_challenged, 25),
    (_transferred, 6),
    (_cancelled, 8),
    (_refused("486 Busy Here"), 8),
    (_refused("403 Forbidden"), 4),
    (_refused("503 Service Unavailable"), 4),
)
"""Outcome → how often, in percent."""


def calls(
    count: int, *, seed: int, talk_s: float, per_second: float, transport: str = "UDP", answered: bool = False
) -> Iterator[Call]:
    """``count`` calls in the order of their start, ``per_second`` of them starting each second."""
    rng = random.Random(seed)
    plays, weights = zip(*_PLAYS, strict=True)
    for number in range(count):
        customer = CUSTOMERS[number % len(CUSTOMERS)]
        call = Call(number, int(number / per_second * 1e6), rng, talk_s, customer, transport=transport)
        play = _answered if answered else rng.choices(plays, weights)[0]
        play(call)
        yield call


class Written(Protocol):
    """A call as it goes to the wire."""

    start_us: int
    packets: list[Packet]


def in_order(source: Iterator[Written]) -> Iterator[Packet]:
    """The packets of all calls by time, holding only calls that overlap."""
    waiting: list[tuple[int, int, Packet]] = []
    serial = 0
    for call in source:
        while waiting and waiting[0][0] <= call.start_us:
            yield heapq.heappop(waiting)[2]
        for packet in call.packets:
            heapq.heappush(waiting, (packet.time_us, serial, packet))
            serial += 1
    while waiting:
        yield heapq.heappop(waiting)[2]
