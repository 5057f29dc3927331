"""Digits of one direction: sent as events in RTP (RFC 4733), by INFO (RFC 6086), or both."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from sipdiag.facts.cited import Facts, ProvenFacts
from sipdiag.facts.ways import Way
from sipdiag.media.digits import FLASH, Digit
from sipdiag.media.stream import Format, RtpStream
from sipdiag.messages.captured import CapturedMessage
from sipdiag.position import Frame, Packet, WirePosition

TOGETHER_NS = 1_000_000_000
"""A digit by INFO this near to one in RTP is the same, sent twice."""
GOES_ON_NS = 200_000_000
"""A stream that lasts this much longer than a digit would have shown its end."""
INFO_TYPES = ("application/dtmf-relay", "application/dtmf")
_SIGNAL = re.compile(rb"(?:^|[\r\n])[ \t\v\f]*Signal\s*=\s*([0-9A-Da-d*#]{1,2})", re.IGNORECASE)
_PLAIN = re.compile(rb"\s*([0-9A-Da-d*#]{1,2})\s*\Z")
_NUMBERS = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}


class SentDigit(Struct, frozen=True):
    """A digit as it was sent."""

    symbol: str
    time_ns: int
    method: str
    """``rtp``, ``info``."""
    position: WirePosition
    payload_type: int | None = None
    duration_ms: float | None = None
    packets: int | None = None
    ends: int | None = None
    """Packets that say it is over."""
    agreed: bool | None = None
    """The receiver named the payload type as telephone-event."""
    cut: bool = False
    """No packet says that it is over, the stream went on, and nothing is missing right behind it."""
    request: CapturedMessage | None = None
    final: CapturedMessage | None = None
    """How the INFO was answered."""

    @property
    def status(self) -> int | None:
        """Of the answer to the INFO."""
        return self.final.message.status if self.final is not None else None


def sent_by(way: Way) -> list[SentDigit]:
    """The digits of a direction in the order of time."""
    found = [*_events(way), *_infos(way)]
    return sorted(found, key=lambda one: one.time_ns)


def digit_facts(way: Way) -> ProvenFacts:
    """What rules ask of the digits, and what proves it."""
    sent = sent_by(way)
    events = [one for one in sent if one.method == "rtp"]
    infos = [one for one in sent if one.method == "info"]
    if not sent:
        return ProvenFacts()
    named = [number for number, codec in way.codecs.items() if codec.is_dtmf]
    facts: Facts = {"digits": len(events), "digits_by_info": len(infos)}
    if events:
        facts["digits_agreed"] = all(one.agreed for one in events)
        facts["digits_type"] = next((one for one in events if not one.agreed), events[0]).payload_type
        facts["digits_endless"] = sum(one.cut for one in events)
        facts["digits_doubled"] = sum(_twice(one, infos) for one in events)
    if named:
        facts["digits_agreed_type"] = named[0]
    telling = [one for one in events if not one.agreed or one.cut] or events
    return ProvenFacts(
        facts,
        lambda: {
            "digits": [_packet(one) for one in telling[:2]],
            "digit_requests": [one.request for one in infos[:2] if one.request is not None],
        },
    )


def _packet(one: SentDigit) -> Packet:
    assert isinstance(one.position, Frame)
    what = f"RTP event of {one.duration_ms:.0f} ms, payload type {one.payload_type}, {one.packets} packets"
    return Packet(one.position, one.time_ns, f"{what}, {one.ends} of them with the end bit")


def _twice(one: SentDigit, infos: list[SentDigit]) -> bool:
    """By time alone: a redaction gives the digits of INFO other names."""
    return any(abs(other.time_ns - one.time_ns) < TOGETHER_NS for other in infos)


def _events(way: Way) -> Iterator[SentDigit]:
    for stream in way.streams:
        for one in stream.formats:
            if one.digits and _means_events(way, one):
                for digit in one.digits:
                    yield _event(way, stream, one, digit)


def _means_events(way: Way, form: Format) -> bool:
    """A payload type that either side called telephone-event; or that neither named, but that decodes as keys throughout."""
    session = way.media.session
    known = session.codecs(by_caller=not way.to_caller) | way.codecs
    codec = known.get(form.payload_type)
    if codec is not None:
        return codec.is_dtmf
    return form.least_size == form.most_size and all(digit.event <= FLASH for digit in form.digits)


def _event(way: Way, stream: RtpStream, form: Format, digit: Digit) -> SentDigit:
    codec = way.codecs.get(form.payload_type)
    clock = codec.rate if codec is not None and codec.rate else 8000
    return SentDigit(
        symbol=digit.symbol,
        time_ns=digit.first_ns,
        method="rtp",
        position=Frame(digit.file, digit.first_frame),
        payload_type=form.payload_type,
        duration_ms=round((digit.before + digit.duration) * 1000 / clock, 1),
        packets=digit.packets,
        ends=digit.ends,
        agreed=codec is not None and codec.is_dtmf,
        cut=not digit.ends
        and stream.last_ns - digit.last_ns > GOES_ON_NS
        and not any(hole.before_ns <= digit.last_ns < hole.after_ns for hole in stream.holes),
    )


def _infos(way: Way) -> Iterator[SentDigit]:
    for request in way.view.requests("INFO"):
        message = request.first.message
        if request.from_caller == way.to_caller or not message.is_request:
            continue
        kind = (message.header("Content-Type") or "").partition(";")[0].strip().lower()
        match = (_SIGNAL.search(message.body) or _PLAIN.match(message.body)) if kind in INFO_TYPES else None
        if match is not None:
            symbol = match[1].decode("ascii").upper()
            symbol = _NUMBERS.get(symbol, symbol)
            yield SentDigit(
                symbol,
                request.time_ns,
                "info",
                request.first.position,
                request=request.first,
                final=request.final,
            )
