"""RTP and RTCP for a scenario: G.711 at 50 packets a second (RFC 3550, RFC 3551), digits as events (RFC 4733)."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from itertools import count

from sipdiag.scenario.schema import MediaSpec
from sipdiag.scenario.tokens import Tokens

_PACKET_NS = 20_000_000
_SAMPLES = 160
_SILENCE = 0xFF
_BEHIND_THE_NEXT_NS = _PACKET_NS + 500_000
_LATE_NS = 150_000_000
"""Too late for any jitter buffer of a telephone."""
TWICE_NS = 8_000_000
"""When the network delivers a packet again."""
_TONE = bytes(_SILENCE - round(60 + 60 * math.sin(index * math.pi / 8)) for index in range(_SAMPLES))
"""A tone that is well to be heard in µ-law."""
_DIGIT_PACKETS, _DIGIT_EVERY = 8, 25
"""Packets of a digit before its end, and packets from the begin of one digit to that of the next."""
_SYMBOLS = "0123456789*#ABCD"
_REPORT_S = 5.0
_OF_REPORT = struct.Struct("!BBHIIB3sIIII")
PLAIN = MediaSpec()


def stream(
    tokens: Tokens, seconds: float, *name: object, spec: MediaSpec = PLAIN
) -> Iterator[tuple[int, bytes]]:
    """Offset (ns) and bytes of each packet of a stream; it always starts at the same sequence number."""
    source, first, clock = _numbers(tokens, spec, *name)
    events = dict(_events(spec))
    begun = round(spec.since * 1e9) // _PACKET_NS
    for place in range(round(seconds * 1e9) // _PACKET_NS):
        index = begun + place
        if any(low <= place * _PACKET_NS / 1e9 < high for low, high in spec.missing):
            continue
        kind, stamp, payload = spec.type, clock + index * _SAMPLES, _payload(spec)
        if place in events:
            kind = spec.digits_type
            since, payload = events[place]
            stamp = clock + (begun + since) * _SAMPLES
        marker = 0x80 if index == 0 else 0
        head = struct.pack("!BBHII", 0x80, kind | marker, first + index & 0xFFFF, stamp & 0xFFFFFFFF, source)
        yield round(place * _PACKET_NS * (1 - spec.skew / 1e6)), head + payload


def _numbers(tokens: Tokens, spec: MediaSpec, *name: object) -> tuple[int, int, int]:
    """SSRC, first sequence number and first timestamp."""
    named = (*name, spec.source) if spec.source else name
    return (
        tokens.number(1, 2**32 - 1, *named, "ssrc"),
        tokens.number(1, 20000, *named, "sequence"),
        tokens.number(1, 2**31, *named, "timestamp"),
    )


def _payload(spec: MediaSpec) -> bytes:
    size = spec.size or _SAMPLES
    return ((_TONE if spec.sound else bytes([_SILENCE]) * _SAMPLES) * (size // _SAMPLES + 1))[:size]


def _events(spec: MediaSpec) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """By the place of a packet: where its digit began, and its payload."""
    for number, symbol in enumerate(spec.digits, 1):
        begin = number * _DIGIT_EVERY
        for place in range(_DIGIT_PACKETS + spec.ends):
            ended = place >= _DIGIT_PACKETS
            duration = min(place + 1, _DIGIT_PACKETS) * _SAMPLES
            payload = struct.pack("!BBH", _SYMBOLS.index(symbol), 0x8A if ended else 0x0A, duration)
            yield begin + place, (begin, payload)


def reports(tokens: Tokens, seconds: float, *name: object, spec: MediaSpec) -> Iterator[tuple[int, bytes]]:
    """Offset (ns) and bytes of each receiver report about the stream: ``lost`` packets in all, evenly."""
    source, first, _ = _numbers(tokens, spec, *name)
    receiver = tokens.number(1, 2**32 - 1, *name, "receiver")
    for number in range(1, int(seconds / _REPORT_S) + 1):
        highest = first + round(number * _REPORT_S * 50) - 1
        lost = round((spec.reported_lost or 0) * number * _REPORT_S / seconds)
        fraction = min(255, round(256 * lost / (number * _REPORT_S * 50)))
        cumulative = lost.to_bytes(3, "big")
        yield (
            round(number * _REPORT_S * 1e9),
            _OF_REPORT.pack(0x81, 201, 7, receiver, source, fraction, cumulative, highest, 80, 0, 0),
        )


def faults(
    tokens: Tokens, shares: Sequence[tuple[str, float]], *name: object
) -> Iterator[tuple[frozenset[str], int]]:
    """Flags and delay (ns) of each packet of a stream, without end; ``shares`` are percentages by fault."""
    for index in count():
        hit = {
            fault for fault, share in shares if tokens.number(1, 10_000, *name, fault, index) <= share * 100
        }
        delay = (_BEHIND_THE_NEXT_NS if "reorder" in hit else 0) + (_LATE_NS if "late" in hit else 0)
        yield frozenset(hit & {"lost", "copy", "twice"}), delay
