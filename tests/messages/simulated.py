"""A call simulated between two capture points: A near the caller, B near the called party.

The truth (what B's clock is ahead, its drift and steps, delays, losses) is what the simulation was told; times at both
points follow from it.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

START_S = 1_790_000_000.0
CALLER, BEHIND_NAT, PROXY, CALLED = "198.51.100.10", "198.51.100.77", "198.51.100.200", "203.0.113.20"
Kind = Literal["plain", "nat", "proxy", "sbc"]


class Truth(Struct, frozen=True):
    """What is simulated; times in seconds, since the start of the call."""

    kind: Kind = "plain"
    ahead: float = 0.0
    drift_ppm: float = 0.0
    forth: float = 0.015
    back: float = 0.015
    jitter: float = 0.001
    talk: float = 12.0
    rtp: bool = True
    lost_forth: float = 0.0
    """Part of the caller's RTP that is lost between the points."""
    lost_back: float = 0.0
    lost_before: float = 0.0
    """Part of all RTP that is lost before either point."""
    lost: tuple[str, ...] = ()
    """``INVITE`` for each sending that is lost, ``BYE`` likewise, ``ACK`` or ``200`` for all of them."""
    grain: float = 0.0
    """B's clock ticks so slowly."""
    step: tuple[float, float] | None = None
    """When B's clock is set, and by how much."""
    unseen: str = ""
    """``A`` or ``B`` does not see what goes ``forth`` or ``back``: ``B forth``."""
    hang_up: float = 0.6
    """From the last RTP to the BYE."""
    windows: tuple[tuple[float, float] | None, tuple[float, float] | None] = (None, None)
    """When each point captures."""
    seed: int = 1


class _Wire(Struct):
    truth: Truth
    dice: random.Random
    at: dict[str, list[tuple[float, bytes]]] = field(default_factory=lambda: {"A": [], "B": []})

    def send(self, time_s: float, forth: bool, here: bytes, there: bytes, *, lost: bool = False) -> None:
        """A packet from the caller's side, or from the other one; ``here`` as A sees it, ``there`` as B does."""
        truth = self.truth
        way_s = (truth.forth if forth else truth.back) + self.dice.expovariate(1 / truth.jitter)
        seen = {"A": time_s if forth else time_s + way_s, "B": time_s + way_s if forth else time_s}
        for point, data in (("A", here), ("B", there)):
            if lost and point == ("B" if forth else "A"):
                continue
            window = truth.windows[point == "B"] or (-1e9, 1e9)
            blind = truth.unseen == f"{point} {'forth' if forth else 'back'}"
            if not blind and window[0] <= seen[point] <= window[1]:
                own_s = seen[point] if point == "A" else self._clock(seen[point])
                self.at[point].append((START_S + own_s, data))

    def _clock(self, time_s: float) -> float:
        truth = self.truth
        own_s = time_s + truth.ahead + truth.drift_ppm * 1e-6 * time_s
        if truth.step is not None and time_s > truth.step[0]:
            own_s += truth.step[1]
        return own_s // truth.grain * truth.grain if truth.grain else own_s


def _packet(src: tuple[str, int], dst: tuple[str, int], data: bytes) -> bytes:
    udp = struct.pack("!HHHH", src[1], dst[1], 8 + len(data), 0) + data
    ends = IPv4Address(src[0]).packed + IPv4Address(dst[0]).packed
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + ends
    return bytes(12) + b"\x08\x00" + ip + udp


def _pcap(packets: Sequence[tuple[float, bytes]]) -> bytes:
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for time_s, data in sorted(packets):
        micros = round(time_s * 1e6)
        content += struct.pack("<IIII", micros // 10**6, micros % 10**6, len(data), len(data)) + data
    return content


class _Call:
    """Messages as each point sees them."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire
        self._kind = wire.truth.kind
        self._branches: dict[tuple[int, str], str] = {}
        dice = wire.dice
        self._ids = {point: f"{dice.getrandbits(48):x}@{point}" for point in "AB"}
        self._tags = {point: (f"{dice.getrandbits(32):x}", f"{dice.getrandbits(32):x}") for point in "AB"}

    def send(
        self, time_s: float, by_caller: bool, start: str, cseq: int, method: str, *, lost: bool = False
    ) -> None:
        """``start``: the status and phrase, empty for a request."""
        here, there = (self._message(point, by_caller, start, cseq, method) for point in "AB")
        self._wire.send(time_s, by_caller, here, there, lost=lost)

    def _message(self, point: str, by_caller: bool, start: str, cseq: int, method: str) -> bytes:
        anew = self._kind == "sbc" and point == "B"
        asked_by_caller = cseq < 900
        call_id, (own, other) = (
            (self._ids[point], self._tags[point]) if anew else (self._ids["A"], self._tags["A"])
        )
        branch = self._branches.setdefault((cseq, method), f"z9hG4bK{self._wire.dice.getrandbits(48):x}")
        asker, asked = (CALLER, CALLED) if asked_by_caller else (CALLED, CALLER)
        vias = [f"Via: SIP/2.0/UDP {asker}:5060;branch={branch}"]
        forwarded = point == ("B" if asked_by_caller else "A")
        if self._kind == "proxy" and forwarded:
            vias.insert(0, f"Via: SIP/2.0/UDP {PROXY}:5060;branch={branch}p")
        if anew:
            vias = [f"Via: SIP/2.0/UDP {PROXY if asked_by_caller else CALLED}:5060;branch={branch}s"]
        tagged = f";tag={other}" if start not in ("", "100 Trying") or method != "INVITE" else ""
        caller, called = f"<sip:+12025550101@{CALLER}>;tag={own}", f"<sip:+442079460102@{CALLED}>"
        ends = (caller, called + tagged) if asked_by_caller else (f"{called};tag={other}", caller)
        body = self._body(point, by_caller) if method == "INVITE" and start in ("", "200 OK") else ""
        lines = [
            f"SIP/2.0 {start}" if start else f"{method} sip:x@{asked} SIP/2.0",
            *vias,
            f"From: {ends[0]}",
            f"To: {ends[1]}",
            f"Call-ID: {call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:x@{CALLER if by_caller else CALLED}:5060>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        src, dst = self.ends(point, by_caller, 5060, 5060)
        return _packet(src, dst, ("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def ends(self, point: str, by_caller: bool, callers: int, calleds: int) -> Sequence[tuple[str, int]]:
        """Sender and receiver at a point."""
        left, right = (CALLER, callers), (CALLED, calleds)
        if self._kind in ("proxy", "sbc"):
            if point == "A":
                right = (PROXY, calleds)
            else:
                left = (PROXY, callers)
        elif self._kind == "nat" and point == "B":
            left = (BEHIND_NAT, callers)
        return (left, right) if by_caller else (right, left)

    def _body(self, point: str, by_caller: bool) -> str:
        anchored = self._kind == "sbc" and by_caller == (point == "B")
        address = PROXY if anchored else CALLER if by_caller else CALLED
        port = 40000 if by_caller else 50000
        return (
            f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n"
        )


def simulate(truth: Truth, folder: Path) -> list[str]:
    """Write ``a.pcap`` and ``b.pcap``; returns their paths."""
    wire = _Wire(truth, random.Random(truth.seed))
    call = _Call(wire)
    answer_s, end_s = _signalling(truth, call)
    if truth.rtp:
        for forth in (True, False):
            _speech(truth, wire, call, forth, answer_s + 0.2, end_s - truth.hang_up)
    paths = []
    for point in "AB":
        path = folder / f"{point.lower()}.pcap"
        path.write_bytes(_pcap(wire.at[point]))
        paths.append(str(path))
    return paths


def _signalling(truth: Truth, call: _Call) -> tuple[float, float]:
    """When the call is answered, and when it ends."""
    now = 0.0
    for number in range(truth.lost.count("INVITE") + 1):
        last = number == truth.lost.count("INVITE")
        call.send(now, True, "", 1, "INVITE", lost=not last)
        now += 0.0 if last else 0.5 * 2**number
    now += truth.forth + 0.01
    for wait, start in ((0.0, "100 Trying"), (0.9, "180 Ringing"), (2.1, "200 OK")):
        now += wait
        call.send(now, False, start, 1, "INVITE", lost=start == "200 OK" and "200" in truth.lost)
    answer_s = now
    if "200" in truth.lost:
        for number in range(10):
            now += min(0.5 * 2**number, 4)
            call.send(now, False, "200 OK", 1, "INVITE", lost=True)
        call.send(now + 1, False, "", 900, "BYE")
        call.send(now + 1 + truth.back + 0.02, True, "481 Call/Transaction Does Not Exist", 900, "BYE")
        return answer_s, now + 1
    if "ACK" in truth.lost:
        for number in range(11):
            if number:
                now += min(0.5 * 2 ** (number - 1), 4)
                call.send(now, False, "200 OK", 1, "INVITE")
            call.send(now + truth.back + 0.02, True, "", 1, "ACK", lost=True)
        call.send(now + 1, False, "", 900, "BYE")
        call.send(now + 1 + truth.back + 0.02, True, "200 OK", 900, "BYE")
        return answer_s, now + 1
    call.send(now + truth.back + 0.02, True, "", 1, "ACK")
    end_s = answer_s + truth.talk
    now = end_s
    for number in range(truth.lost.count("BYE") + 1):
        last = number == truth.lost.count("BYE")
        call.send(now, True, "", 2, "BYE", lost=not last)
        now += 0.0 if last else 0.5 * 2**number
    call.send(now + truth.forth + 0.02, False, "200 OK", 2, "BYE")
    return answer_s, end_s


def _speech(truth: Truth, wire: _Wire, call: _Call, forth: bool, since_s: float, until_s: float) -> None:
    dice = wire.dice
    source, number, stamp = dice.getrandbits(32), dice.getrandbits(16), dice.getrandbits(30)
    ends = [call.ends(point, forth, 40000, 50000) for point in "AB"]
    for count in range(int((until_s - since_s) * 50)):
        if dice.random() < truth.lost_before:
            continue
        head = struct.pack("!BBHII", 0x80, 0, (number + count) & 0xFFFF, stamp + 160 * count, source)
        data = head + bytes([0xFF]) * 160
        lost = dice.random() < (truth.lost_forth if forth else truth.lost_back)
        here, there = (_packet(src, dst, data) for src, dst in ends)
        wire.send(since_s + count * 0.02, forth, here, there, lost=lost)


def third(folder: Path, like: str, ahead: float, lag: float = 0.005) -> str:
    """Write ``m.pcap``: a point between both that sees all that ``like`` (``a`` or ``b``) does; returns its path."""
    packets = []
    content = (folder / f"{like}.pcap").read_bytes()
    position = 24
    while position < len(content):
        seconds, micros, size = struct.unpack_from("<III", content, position)
        data = content[position + 16 : position + 16 + size]
        source = str(IPv4Address(data[26:30]))
        onward = (source in (CALLER, BEHIND_NAT)) == (like == "a")
        packets.append((seconds + micros / 1e6 + (lag if onward else -lag) + ahead, data))
        position += 16 + size
    path = folder / "m.pcap"
    path.write_bytes(_pcap(packets))
    return str(path)
