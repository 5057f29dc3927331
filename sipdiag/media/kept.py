"""RTP and RTCP without speech: packets keep their headers and carry silence or a tone.

Losses, arrival times and whether anything was audible stay; who spoke, what was said and
which digits were sent do not.  The header is rewritten: contributing sources and header extensions (RFC 8285), which
show who speaks and how loud, are left out, and so is padding.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct, field
from msgspec.structs import replace

from sipdiag.capture.payload import Batch, Endpoint, MediaDatagram, RtpIdentity, RtpRows
from sipdiag.capture.rtp import LOUD, QUIET
from sipdiag.media import bare
from sipdiag.media.stun import is_stun

MOST_PACKETS = 500_000
"""Packets kept of a run; further ones are counted."""
LARGEST = 1500
"""Bytes of payload that are written."""
SILENCE = 0xFF
"""Of G.711 µ-law; A-law and other codecs hear a constant as well."""
TONE = bytes((0x90, 0xA0, 0x90, 0xFF, 0x10, 0x20, 0x10, 0x7F))
_DIGIT_BITS = 0x00FFFFFF
"""Of an event all but its number: which digit it was."""

Columns = tuple[npt.NDArray[np.integer], ...]
Rename = Callable[[Endpoint], Endpoint]
Written = tuple[int, Endpoint, Endpoint, bytes]
"""Time, both ends, and the datagram."""


class Kept(Struct):
    """The packets of a run, so far as they are needed to write them again."""

    packets: int = 0
    left_out: int = 0
    _rows: list[Columns] = field(default_factory=list)
    _identities: list[RtpIdentity] = field(default_factory=list)
    _control: list[MediaDatagram] = field(default_factory=list)
    _setup: list[MediaDatagram] = field(default_factory=list)
    _loud: set[int] = field(default_factory=set)
    _fragment: Callable[[str], str] = str

    def add(self, batch: Batch) -> None:
        """Keep the packets of a batch."""
        if batch.rtp is not None:
            self._add(batch.rtp)
        self._keep(batch.rtcp, self._control)
        self._keep(batch.setup, self._setup)

    def _add(self, rows: RtpRows) -> None:
        rows = rows.take(rows.identity >= 0)
        room = MOST_PACKETS - self.packets
        self.left_out += max(0, len(rows.seq) - room)
        rows = rows.take(slice(0, max(0, room)))
        self.packets += len(rows.seq)
        self._identities = list(rows.identities)
        heard = (rows.sound == LOUD) | (rows.sound == QUIET)
        self._loud.update(np.unique(rows.identity[heard]).tolist())
        self._rows.append(
            (
                rows.identity.astype(np.int32),
                rows.time_ns.copy(),
                rows.seq.astype(np.uint16),
                rows.stamp.astype(np.uint32),
                np.minimum(rows.size, LARGEST).astype(np.uint16),
                rows.event.copy(),
            )
        )

    def _keep(self, packets: Sequence[MediaDatagram], among: list[MediaDatagram]) -> None:
        room = max(0, MOST_PACKETS - self.packets)
        among += packets[:room]
        self.packets += min(room, len(packets))
        self.left_out += max(0, len(packets) - room)

    def renamed(self, name: Rename, fragment: Callable[[str], str]) -> None:
        """Give the ends other addresses, and the checks of ICE the names that descriptions were given."""
        self._identities = [one._replace(src=name(one.src), dst=name(one.dst)) for one in self._identities]
        self._control, self._setup = (
            [replace(packet, src=name(packet.src), dst=name(packet.dst)) for packet in some]
            for some in (self._control, self._setup)
        )
        self._fragment = fragment

    def written(self) -> Iterator[Written]:
        """The packets in a form that may be shared.

        Sizes of a codec with a variable rate give away what was said: of those of one source two are left, the
        smallest and the largest.
        """
        least, most = self._sizes()
        for columns in self._rows:
            for number, time_ns, seq, stamp, size, event in zip(
                *(column.tolist() for column in columns), strict=True
            ):
                one = self._identities[number]
                head = struct.pack("!BBHII", 0x80, one.payload_type, seq, stamp, one.ssrc)
                payload = (
                    struct.pack("!I", event & _DIGIT_BITS)
                    if event >= 0
                    else self._payload(number, size if size == least[number] else most[number])
                )
                yield time_ns, one.src, one.dst, head + payload
        for packet in self._control:
            data = bare.reports(packet.data)
            if data:
                yield packet.time_ns, packet.src, packet.dst, data
        for packet in self._setup:
            stun = is_stun(packet.data)
            data = bare.stun(packet.data, self._fragment) if stun else bare.dtls(packet.data)
            if data:
                yield packet.time_ns, packet.src, packet.dst, data

    def _sizes(self) -> tuple[list[int], list[int]]:
        """The smallest and the largest payload of each source."""
        least = np.full(len(self._identities), LARGEST, dtype=np.int64)
        most = np.zeros(len(self._identities), dtype=np.int64)
        for identity, *_, size, _ in self._rows:
            np.minimum.at(least, identity, size)
            np.maximum.at(most, identity, size)
        return least.tolist(), most.tolist()

    def _payload(self, number: int, size: int) -> bytes:
        if number in self._loud:
            return (TONE * (size // len(TONE) + 1))[:size]
        return bytes([SILENCE]) * size
