"""The packets of RTCP: reports of senders and receivers, extended reports (RFC 3550 §6, RFC 3611, RFC 5506)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

SENDER_REPORT, RECEIVER_REPORT, EXTENDED_REPORT = 200, 201, 207
VOIP_METRICS = 7
"""Block type of RFC 3611 §4.7."""
UNKNOWN = 127
"""The value for "no rating available" (RFC 3611 §4.7.5)."""
_BLOCK = struct.Struct("!I4sIIII")


class ReportBlock(Struct, frozen=True):
    """A report block (RFC 3550 §6.4.1)."""

    ssrc: int
    """The source the block reports on."""
    lost: int
    """Packets lost since the receiver began; negative with duplicates."""
    highest: int
    """Extended highest sequence number received."""
    jitter: int
    """In timestamp units of that stream."""
    last_report: int
    delay: int


class RtcpReport(Struct, frozen=True):
    """One packet of a compound."""

    kind: int
    ssrc: int
    """Who sent it."""
    ntp: int | None = None
    """Middle 32 bits of the sender's NTP timestamp; answers refer to it as LSR."""
    blocks: tuple[ReportBlock, ...] = ()
    metrics: tuple[Metrics, ...] = ()


class Metrics(Struct, frozen=True):
    """VoIP metrics (RFC 3611 §4.7), as the far end claims them; None where it reports none."""

    ssrc: int
    loss: float
    discard: float
    round_trip_ms: int
    r_factor: int | None
    mos_lq: float | None
    """Listening quality, which leaves delay out."""
    mos_cq: float | None


def parse(data: bytes) -> Iterator[RtcpReport]:
    """The packets of a compound; damaged, encrypted and unknown ones are skipped."""
    at = 0
    while at + 8 <= len(data):
        first, kind, words = data[at], data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(data) or words < 1:
            return
        body = data[at + 4 : end]
        if kind in (SENDER_REPORT, RECEIVER_REPORT):
            yield _report(kind, body, first & 0x1F)
        elif kind == EXTENDED_REPORT:
            yield RtcpReport(kind, int.from_bytes(body[:4], "big"), metrics=tuple(_metrics(body[4:])))
        at = end


def _report(kind: int, body: bytes, count: int) -> RtcpReport:
    at, ntp = 4, None
    if kind == SENDER_REPORT:
        ntp = int.from_bytes(body[6:10], "big") if len(body) >= 24 else None
        at = 24
    blocks = []
    for _ in range(count):
        if at + _BLOCK.size > len(body):
            break
        ssrc, loss, highest, jitter, last, delay = _BLOCK.unpack_from(body, at)
        lost = int.from_bytes(loss[1:], "big", signed=True)
        blocks.append(ReportBlock(ssrc, lost, highest, jitter, last, delay))
        at += _BLOCK.size
    return RtcpReport(kind, int.from_bytes(body[:4], "big"), ntp, tuple(blocks))


def _metrics(body: bytes) -> Iterator[Metrics]:
    at = 0
    while at + 4 <= len(body):
        kind, size = body[at], 4 + 4 * int.from_bytes(body[at + 2 : at + 4], "big")
        block = body[at : at + size]
        if kind == VOIP_METRICS and len(block) >= 36:
            yield Metrics(
                ssrc=int.from_bytes(block[4:8], "big"),
                loss=block[8] / 256,
                discard=block[9] / 256,
                round_trip_ms=int.from_bytes(block[16:18], "big"),
                r_factor=_known(block[24]),
                mos_lq=_tenths(block[26]),
                mos_cq=_tenths(block[27]),
            )
        at += size


def _known(value: int) -> int | None:
    return None if value == UNKNOWN else value


def _tenths(value: int) -> float | None:
    return None if value == UNKNOWN else value / 10
