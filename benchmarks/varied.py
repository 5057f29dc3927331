"""SIP calls between devices that differ: header orders, options, codecs, identifiers, numbers, times; seeded.

Where :mod:`benchmarks.sip` repeats one text with other numbers in it, hardly two calls are alike here: twenty
devices write their messages each in their own way, three calls in ten fail, and no two take the same time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.sip import Packet
from benchmarks.wire import Address

PROFILES = 20
"""Ways to write a message."""
_ALWAYS = ("Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Contact", "Agent")
_OPTIONS: tuple[tuple[str, str], ...] = (
    ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, REFER, NOTIFY"),
    ("Supported", "replaces, timer, path"),
    ("Accept", "application/sdp"),
    ("Allow-Events", "talk, hold, conference, refer"),
    ("Session-Expires", "1800;refresher=uac"),
    ("Min-SE", "90"),
    ("P-Asserted-Identity", "<sip:{number}@{host}>"),
    ("Remote-Party-ID", '"{number}" <sip:{number}@{host}>;party=calling;privacy=off;screen=no'),
    ("Date", "Thu, 21 May 2026 13:{minute:02d}:{second:02d} GMT"),
    ("Session-ID", "{uuid}"),
    ("X-Correlation-ID", "{uuid}"),
    ("Accept-Language", "en"),
    ("Organization", "Example"),
)
"""Headers that some devices write, and what they put in."""
_AGENTS = ("Desk", "Soft", "Gate", "Switch", "Border", "Voice", "Trunk", "Line", "Talk", "Relay")
_CODECS = ((0, "PCMU/8000"), (8, "PCMA/8000"), (9, "G722/8000"), (18, "G729/8000"), (111, "opus/48000/2"))
_PLANS = (("1212", 7), ("1415", 7), ("4420794", 5), ("493090", 6), ("33199", 6), ("612919", 5))
"""Calling code with the area, and how many digits follow."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How one make of device writes."""

    agent: str
    order: tuple[str, ...]
    """Its headers, as it puts them."""
    codecs: tuple[tuple[int, str], ...]
    plus: bool
    """Numbers begin with +."""
    hex_length: int
    """Characters of its tags, branches and Call-IDs."""
    host_in_call_id: bool
    contact: str
    """Parameters of its Contact."""
    rings_with_media: bool
    sends_trying: bool


def profiles() -> tuple[Profile, ...]:
    """The devices: the same in every capture."""
    return tuple(_profile(random.Random(number), number) for number in range(PROFILES))


def _profile(rng: random.Random, number: int) -> Profile:
    names = [*_ALWAYS, *(name for name, _ in rng.sample(_OPTIONS, rng.randint(2, 8)))]
    rng.shuffle(names)
    codecs = rng.sample(_CODECS[2:], rng.randint(0, 2)) + rng.sample(_CODECS[:2], rng.randint(1, 2))
    rng.shuffle(codecs)
    return Profile(
        agent=f"{_AGENTS[number % len(_AGENTS)]}{number}/{rng.randint(1, 9)}.{rng.randint(0, 20)}",
        order=tuple(names),
        codecs=tuple(codecs),
        plus=rng.random() < 0.7,
        hex_length=rng.choice((8, 10, 16, 24, 32)),
        host_in_call_id=rng.random() < 0.5,
        contact=rng.choice(("", ";transport=udp", ";ob", ";expires=3600")),
        rings_with_media=rng.random() < 0.3,
        sends_trying=rng.random() < 0.9,
    )


@dataclass(frozen=True, slots=True)
class _End:
    profile: Profile
    host: Address
    number: str
    tag: str

    @property
    def user(self) -> str:
        return f"+{self.number}" if self.profile.plus else self.number


@dataclass(slots=True)
class Call:
    """One call while its messages are written."""

    rng: random.Random
    start_us: int
    caller: _End
    callee: _End
    now_us: int = 0
    cseq: int = 1
    branch: str = ""
    call_id: str = ""
    uuid: str = ""
    packets: list[Packet] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now_us = self.start_us
        self.cseq = self.rng.randrange(1, 40_000)
        self.call_id = _hex(self.rng, self.caller.profile.hex_length)
        if self.caller.profile.host_in_call_id:
            self.call_id += f"@{self.caller.host[0]}"
        self.uuid = _hex(self.rng, 32)

    def begin(self, method: str, *, back: bool = False, extra: str = "", body: bool = False) -> None:
        """A request in a transaction of its own."""
        self.branch = "z9hG4bK" + _hex(self.rng, (self.callee if back else self.caller).profile.hex_length)
        self.request(method, back=back, extra=extra, body=body)

    def request(
        self, method: str, *, back: bool = False, extra: str = "", body: bool = False, fragment: str = ""
    ) -> None:
        """A request of the caller, or of the callee (``back``), under the branch at hand."""
        to = self.caller if back else self.callee
        start = f"{method} sip:{to.user}@{to.host[0]}:{to.host[1]} SIP/2.0"
        self._write(start, method, back, back, extra, body, fragment)

    def response(
        self, status: str, method: str, *, back: bool = False, extra: str = "", body: bool = False
    ) -> None:
        """A response to the caller's request, or to one of the callee's (``back``)."""
        self._write(f"SIP/2.0 {status}", method, not back, back, extra, body, "")

    def wait(self, seconds: float) -> None:
        """Some time of the order of ``seconds``."""
        self.now_us += int(self.rng.lognormvariate(0, 0.6) * seconds * 1e6)

    def _write(
        self, start: str, method: str, from_callee: bool, back: bool, extra: str, body: bool, fragment: str
    ) -> None:
        request = not start.startswith("SIP/")
        sender, other = (self.callee, self.caller) if from_callee else (self.caller, self.callee)
        opener, opened = (self.callee, self.caller) if back else (self.caller, self.callee)
        untagged = (method == "INVITE" and request and not back) or " 100 " in start or method == "CANCEL"
        text = self._sdp(sender) if body else fragment
        known = {
            "Via": f"SIP/2.0/UDP {opener.host[0]}:{opener.host[1]};branch={self.branch};rport",
            "Max-Forwards": "70" if request else "",
            "From": f"<sip:{opener.user}@{opener.host[0]}>;tag={opener.tag}",
            "To": f"<sip:{opened.user}@{opened.host[0]}>" + ("" if untagged else f";tag={opened.tag}"),
            "Call-ID": self.call_id,
            "CSeq": f"{self.cseq} {method}",
            "Contact": f"<sip:{sender.user}@{sender.host[0]}:{sender.host[1]}>{sender.profile.contact}",
        }
        lines = [start]
        for name in sender.profile.order:
            if name == "Agent":
                lines.append(f"{'User-Agent' if request else 'Server'}: {sender.profile.agent}")
            elif value := known[name] if name in known else self._option(name, sender):
                lines.append(f"{name}: {value}")
        if extra:
            lines.append(extra)
        if text:
            lines.append(f"Content-Type: {'application/sdp' if body else 'message/sipfrag;version=2.0'}")
        lines += [f"Content-Length: {len(text)}", "", text]
        self.packets.append(Packet(self.now_us, sender.host, other.host, "\r\n".join(lines).encode()))
        self.wait(0.01)

    def _option(self, name: str, sender: _End) -> str:
        second = self.now_us // 1_000_000
        return dict(_OPTIONS)[name].format(
            number=sender.user,
            host=sender.host[0],
            minute=second // 60 % 60,
            second=second % 60,
            uuid=self.uuid,
        )

    def _sdp(self, sender: _End) -> str:
        offered, known = self.caller.profile.codecs, sender.profile.codecs
        agreed = [codec for codec in offered if codec in known] or offered[:1]
        kinds = (*agreed, (101, "telephone-event/8000"))
        formats = " ".join(str(number) for number, _ in kinds)
        maps = "".join(f"a=rtpmap:{number} {name}\r\n" for number, name in kinds)
        session = int(sender.tag[:7], 16)
        return (
            f"v=0\r\no=- {session} {session} IN IP4 {sender.host[0]}\r\ns=-\r\nc=IN IP4 {sender.host[0]}\r\n"
            f"t=0 0\r\nm=audio {10_000 + session % 20_000 * 2} RTP/AVP {formats}\r\n{maps}a=fmtp:101 0-15\r\n"
            "a=ptime:20\r\na=sendrecv\r\n"
        )


def _hex(rng: random.Random, length: int) -> str:
    return f"{rng.getrandbits(4 * length):0{length}x}"


def _offer(call: Call, extra: str = "") -> None:
    call.begin("INVITE", extra=extra, body=True)
    if call.callee.profile.sends_trying:
        call.response("100 Trying", "INVITE")


def _ring(call: Call) -> None:
    _offer(call)
    _alert(call)


def _alert(call: Call) -> None:
    call.wait(0.8)
    media = call.callee.profile.rings_with_media
    call.response("183 Session Progress" if media else "180 Ringing", "INVITE", body=media)


def _talk(call: Call) -> None:
    call.wait(6)
    call.response("200 OK", "INVITE", body=True)
    call.begin("ACK")
    call.wait(60)


def _hang_up(call: Call) -> None:
    call.cseq += 1
    back = call.rng.random() < 0.4
    call.begin("BYE", back=back)
    call.response("200 OK", "BYE", back=back)


def _answered(call: Call) -> None:
    _ring(call)
    _talk(call)
    _hang_up(call)


def _challenge(call: Call) -> str:
    """What the caller's next request proves itself with."""
    nonce = _hex(call.rng, 24)
    challenge = f'Proxy-Authenticate: Digest realm="sip.example.com", nonce="{nonce}", algorithm=MD5'
    call.begin("INVITE", body=True)
    call.response("407 Proxy Authentication Required", "INVITE", extra=challenge)
    call.request("ACK")
    call.cseq += 1
    return (
        f'Proxy-Authorization: Digest username="trunk", realm="sip.example.com", nonce="{nonce}", '
        f'uri="sip:{call.callee.user}@{call.callee.host[0]}", response="{_hex(call.rng, 32)}", algorithm=MD5'
    )


def _challenged(call: Call) -> None:
    _offer(call, _challenge(call))
    _alert(call)
    _talk(call)
    _hang_up(call)


def _wrong_password(call: Call) -> None:
    _offer(call, _challenge(call))
    call.response("403 Forbidden", "INVITE")
    call.request("ACK")


def _refused(status: str) -> Callable[[Call], None]:
    def play(call: Call) -> None:
        _offer(call)
        call.wait(0.4)
        call.response(status, "INVITE")
        call.request("ACK")

    return play


def _given_up(seconds: float) -> Callable[[Call], None]:
    def play(call: Call) -> None:
        _ring(call)
        call.wait(seconds)
        call.request("CANCEL")
        call.response("200 OK", "CANCEL")
        call.response("487 Request Terminated", "INVITE")
        call.request("ACK")

    return play


def _unheard(call: Call) -> None:
    """Nobody answers: the INVITE is sent seven times (RFC 3261 §17.1.1.2)."""
    call.begin("INVITE", body=True)
    text, sent_us = call.packets[0], call.start_us
    for doubled in range(6):
        sent_us += 500_000 << doubled
        call.packets.append(Packet(sent_us, text.src, text.dst, text.text))


def _transferred(call: Call) -> None:
    _ring(call)
    _talk(call)
    call.cseq += 1
    call.begin("REFER", back=True, extra=f"Refer-To: <sip:{_number(call.rng)}@192.0.2.20>")
    call.response("202 Accepted", "REFER", back=True)
    for status, state in (("100 Trying", "active;expires=60"), ("200 OK", "terminated;reason=noresource")):
        call.cseq += 1
        call.wait(0.5)
        call.branch = "z9hG4bK" + _hex(call.rng, 16)
        extra = f"Event: refer\r\nSubscription-State: {state}"
        call.request("NOTIFY", extra=extra, fragment=f"SIP/2.0 {status}\r\n")
        call.response("200 OK", "NOTIFY")
    _hang_up(call)


PLAYS: tuple[tuple[Callable[[Call], None], int], ...] = (
    (_answered, 42),
    (_challenged, 18),
    (_transferred, 4),
    (_given_up(4), 6),
    (_refused("486 Busy Here"), 7),
    (_refused("404 Not Found"), 5),
    (_refused("480 Temporarily Unavailable"), 4),
    (_refused("403 Forbidden"), 3),
    (_refused("503 Service Unavailable"), 3),
    (_refused("488 Not Acceptable Here"), 2),
    (_given_up(40), 2),
    (_wrong_password, 2),
    (_unheard, 2),
)
"""Outcome → how often, in percent: the last nine, and thirty in a hundred, are calls that nobody answers."""


def _number(rng: random.Random) -> str:
    prefix, digits = rng.choice(_PLANS)
    return f"{prefix}{rng.randrange(10**digits):0{digits}d}"


def calls(count: int, *, seed: int, per_second: float) -> Iterator[Call]:
    """``count`` calls in the order of their start, about ``per_second`` of them starting each second."""
    rng = random.Random(seed)
    makes = profiles()
    plays, weights = zip(*PLAYS, strict=True)
    start_us = 0
    for _ in range(count):
        start_us += int(rng.expovariate(per_second) * 1e6)
        customer, carrier = rng.randrange(200), rng.randrange(6)
        call = Call(
            rng,
            start_us,
            _End(makes[customer % 14], (f"198.51.100.{customer + 1}", 5060), _number(rng), _hex(rng, 10)),
            _End(makes[14 + carrier], (f"192.0.2.{carrier + 10}", 5060), _number(rng), _hex(rng, 10)),
        )
        rng.choices(plays, weights)[0](call)
        yield call
