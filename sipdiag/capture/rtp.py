"""The RTP of a capture as columns: packets never become Python objects, each source becomes one.

Only what counting needs is read from a packet: the RTP header, what identifies a second capture of the
same packet, and, for every 32nd G.711 packet, whether it is audible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from sipdiag.capture.columns import Addresses, flow_key, mixed
from sipdiag.capture.numbering import Keyed, Numbers
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import COLUMNS, MediaDatagram, RtpIdentity, RtpRows
from sipdiag.capture.records import Chunk, Ints, Mask

MOST_STREAMS = 100_000
"""Sources told apart; packets of further ones are only counted."""

UNHEARD, SILENT, QUIET, LOUD = range(4)
"""Of a packet's sound: not listened to; all samples one value; below -60 dBov; above."""
LISTENED = 31
"""Packets are listened to whose sequence number has none of these bits."""
HEARD_BYTES = 80
"""Bytes listened to: 10 ms of G.711."""
QUIET_LEVEL = 33
"""Of 16-bit samples, their mean magnitude at -60 dBov."""

_HEADER = np.dtype(
    [
        ("ports", ">u4"),
        ("length", ">u2"),
        ("checksum", ">u2"),
        ("first", "u1"),
        ("second", "u1"),
        ("seq", ">u2"),
        ("stamp", ">u4"),
        ("ssrc", ">u4"),
        ("payload", ">u4"),
    ]
)
"""The UDP header, the RTP header (RFC 3550 §5.1) and the first bytes behind."""
_UDP_AND_RTP = 20
_NOT_PLAIN = 0x3F
"""Bits of the first byte that say that more than the header and the payload is there."""
_NOT_AT_12 = 0x1F
"""… before the payload."""
_EVENT_BYTES = 4


class FoundRtp(Struct, frozen=True):
    """RTP packets that were told from others."""

    rows: Ints
    """Of the records."""
    identity: Ints
    at: Ints
    """Offset of the RTP header in the chunk."""
    end: Ints
    """Where the captured bytes end."""

    @classmethod
    def decoded(cls, p: Packets, rows: Ints, identity: Ints) -> FoundRtp:
        """Packets that were peeled."""
        return cls(rows, identity, p.offset[rows], p.end[rows])

    def take(self, rows: Ints) -> FoundRtp:
        """Some of them."""
        return FoundRtp(self.rows[rows], self.identity[rows], self.at[rows], self.end[rows])

    def and_then(self, other: FoundRtp) -> FoundRtp:
        """These and the others, in the order of the records."""
        rows = np.concatenate((self.rows, other.rows))
        order = np.argsort(rows, kind="stable")
        pairs = ((self.identity, other.identity), (self.at, other.at), (self.end, other.end))
        return FoundRtp(rows[order], *(np.concatenate(pair)[order] for pair in pairs))


SourceNumbers = Numbers[RtpIdentity]


def source_numbers() -> SourceNumbers:
    """Numbers the sources of a run; a mark tells none from another."""
    return Numbers(MOST_STREAMS, lambda identity: identity._replace(dscp=None))


class RtpStreams:
    """Tells from which source the RTP packets of one lane come."""

    def __init__(self, numbers: SourceNumbers, addresses: Addresses, file: int) -> None:
        """``file`` is the first one of the lane."""
        self._numbers = Keyed(numbers)
        self._addresses = addresses
        self._file = file

    def of(self, p: Packets, rows: Ints, point: Ints) -> tuple[Ints, Ints]:
        """Number of the source of each of these rows; and the places in ``rows`` where each is met first."""
        chunk, at = p.chunk, p.offset[rows]
        source = chunk.be32[at + 8].astype(np.uint64) << np.uint64(8)
        source |= (chunk.u8[at + 1] & np.uint8(0x7F)).astype(np.uint64)
        source ^= mixed(point.astype(np.uint64))
        keys = (flow_key(p, rows).view(np.uint64) ^ mixed(source)).view(np.int64)
        return self._numbers.of(keys, lambda place: self._identity(p, int(rows[place]), int(point[place])))

    def _identity(self, p: Packets, row: int, point: int) -> RtpIdentity:
        src, dst = self._addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))
        at = int(p.offset[row])
        ssrc, kind = int(p.chunk.be32[at + 8]), int(p.chunk.u8[at + 1]) & 0x7F
        dscp = _dscp(p.chunk.raw, int(p.network[row]))
        return RtpIdentity((self._file, point), src, dst, ssrc, kind, dscp)


def _dscp(raw: memoryview, network: int) -> int:
    """The mark in the IP header (RFC 2474), without the two bits of ECN."""
    if raw[network] >> 4 == 4:
        return int(raw[network + 1]) >> 2
    return (int(raw[network]) & 0xF) << 2 | int(raw[network + 1]) >> 6


def read_rows(
    chunk: Chunk, found: FoundRtp, time_ns: Ints, frame: Ints, identities: Sequence[RtpIdentity], file: int
) -> RtpRows:
    """The columns for these packets, captured at ``time_ns`` in ``frame``."""
    at = found.at
    head = chunk.heads(at - 8, _HEADER.itemsize).view(_HEADER)
    first = head["first"]
    size = head["length"].astype(np.int64)
    size -= _UDP_AND_RTP
    odd = np.flatnonzero(first & _NOT_PLAIN)
    if odd.size:
        size[odd] -= _beside_payload(chunk, at[odd], first[odd], size[odd])
    np.maximum(size, 0, out=size)
    seq = head["seq"].astype(np.int64)
    event = np.full(len(at), -1, dtype=np.int64)
    digits = np.flatnonzero(size == _EVENT_BYTES)
    digits = digits[(head["second"][digits] & 0x7F >= 96) & (first[digits] & _NOT_AT_12 == 0)]
    digits = digits[at[digits] + 12 + _EVENT_BYTES <= found.end[digits]]
    event[digits] = head["payload"][digits]
    sound = np.zeros(len(at), dtype=np.int8)
    heard = np.flatnonzero(seq & LISTENED == 0)
    kind = head["second"][heard] & 0x7F
    plain = (kind & ~np.uint8(8) == 0) & (size[heard] >= HEARD_BYTES) & (first[heard] & _NOT_AT_12 == 0)
    plain &= at[heard] + 12 + HEARD_BYTES <= found.end[heard]
    heard, kind = heard[plain], kind[plain]
    if heard.size:
        sound[heard] = _sounds(chunk, at[heard] + 12, kind == 0)
    return RtpRows(
        found.identity,
        time_ns,
        frame,
        seq,
        head["stamp"].astype(np.int64),
        size,
        head["checksum"].astype(np.int64),
        sound,
        event,
        identities,
        file,
    )


def heard(chunk: Chunk, found: FoundRtp, rows: RtpRows, wanted: frozenset[int]) -> Iterator[MediaDatagram]:
    """The packets of some SSRCs as they are."""
    some = [number for number, one in enumerate(rows.identities) if one.ssrc in wanted]
    for place in np.flatnonzero(np.isin(found.identity, some)).tolist():
        one = rows.identities[found.identity[place]]
        yield MediaDatagram(
            time_ns=int(rows.time_ns[place]),
            frame=int(rows.frame[place]),
            file=rows.file,
            place=one.place,
            src=one.src,
            dst=one.dst,
            data=bytes(chunk.raw[found.at[place] : found.end[place]]),
        )


def together(parts: list[RtpRows]) -> list[RtpRows]:
    """The packets of a run of records in the order of their capture, whichever way they were found."""
    if len(parts) < 2:
        return parts
    frame = np.concatenate([part.frame for part in parts])
    order = np.argsort(frame, kind="stable")
    columns = {name: np.concatenate([getattr(part, name) for part in parts])[order] for name in COLUMNS}
    return [RtpRows(**columns, identities=parts[0].identities, file=parts[0].file)]


def _beside_payload(chunk: Chunk, at: Ints, first: Ints, size: Ints) -> Ints:
    """Bytes of contributing sources, header extension and padding."""
    first = first.astype(np.int64)
    beside = (first & 0xF) << 2
    raw = len(chunk.u8)
    extension = np.minimum(at + 12 + beside, raw - 4)
    beside += np.where(first & 0x10 != 0, (chunk.short(extension + 2) + 1) << 2, 0)
    last = np.clip(at + 11 + size, 0, raw - 1)
    return beside + np.where(first & 0x20 != 0, chunk.byte(last), 0)


def magnitudes(*, ulaw: bool) -> list[int]:
    """Magnitude of the 16-bit sample that each byte of G.711 stands for; the highest bit is set in positive ones."""
    values = []
    for byte in range(256):
        code = ~byte & 0x7F if ulaw else (byte ^ 0x55) & 0x7F
        exponent, mantissa = code >> 4, code & 0xF
        if ulaw:
            values.append((((mantissa << 3) + 0x84) << exponent) - 0x84)
        else:
            values.append(
                (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
            )
    return values


_ULAW = np.array(magnitudes(ulaw=True), dtype=np.float32)
_ALAW = np.array(magnitudes(ulaw=False), dtype=np.float32)


def _sounds(chunk: Chunk, at: Ints, ulaw: Mask) -> npt.NDArray[np.int8]:
    """How loud the G.711 payloads that begin at ``at`` are."""
    samples = chunk.heads(at, HEARD_BYTES).view(np.uint8).reshape(len(at), HEARD_BYTES)
    sound = np.full(len(at), SILENT, dtype=np.int8)
    varied = (samples != samples[:, :1]).any(axis=1)
    for law, magnitude in ((ulaw, _ULAW), (~ulaw, _ALAW)):
        chosen = np.flatnonzero(varied & law)
        if chosen.size:
            level = magnitude[samples[chosen]].mean(axis=1)
            sound[chosen] = np.where(level < QUIET_LEVEL, QUIET, LOUD)
    return sound
