"""Turns the records of a chunk into a batch: SIP payloads, RTP columns, notes, and the accounting.

One lane sees the files of one capture point in order; it holds what must survive from chunk to
chunk: streams, fragments, encrypted connections.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sipdiag.capture import columns, packets
from sipdiag.capture.order import Key
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import Accounting, Note, Payload, RtpColumns
from sipdiag.capture.peelers import peel
from sipdiag.capture.records import Ints, Records
from sipdiag.sip.grammar import is_start_line


@dataclass(slots=True)
class Found:
    """What one run of records gave."""

    payloads: list[tuple[Key, Payload]] = field(default_factory=list)
    rtp: list[RtpColumns] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    latest_ns: int | None = None


class Lane:
    """Decodes the records of one capture point."""

    def __init__(self, accounting: Accounting) -> None:
        self.accounting = accounting
        self.addresses = columns.Addresses()

    def decode(self, records: Records, file: int, found: Found) -> None:
        """Add to ``found`` everything that can be told of these records now."""
        account = self.accounting
        count = len(records.start)
        account.seen += count
        self._span(records, found)
        p = Packets.of(records)
        peel(p)
        self._udp(p, records, file, found)
        self._undecoded(p)

    def finish(self, found: Found) -> None:
        """No more records will come: add what was still held back."""

    def _span(self, records: Records, found: Found) -> None:
        first, last = int(records.time_ns.min()), int(records.time_ns.max())
        account = self.accounting
        found.latest_ns = last if found.latest_ns is None else max(found.latest_ns, last)
        account.first_ns = first if account.first_ns is None else min(account.first_ns, first)
        account.last_ns = last if account.last_ns is None else max(account.last_ns, last)

    def _udp(self, p: Packets, records: Records, file: int, found: Found) -> None:
        rows = np.flatnonzero(p.next == packets.UDP)
        if not rows.size:
            return
        sip = np.zeros(len(rows), dtype=bool)
        candidates = np.flatnonzero(columns.begins_like_sip(p.chunk, p.offset[rows], p.end[rows]))
        for index in candidates.tolist():
            row = int(rows[index])
            data = bytes(p.chunk.raw[p.offset[row] : p.end[row]])
            if is_start_line(data):
                sip[index] = True
                self._datagram(p, row, records, file, data, found)
        rest = rows[~sip]
        media, control = columns.rtp_kind(p, rest)
        rtp = columns.rtp_columns(p, rest[media], records, self.addresses)
        if rtp is not None:
            found.rtp.append(rtp)
        media_count = int(media.sum() + control.sum())
        self.accounting.sip += int(sip.sum())
        self.accounting.rtp += media_count
        self.accounting.other += len(rest) - media_count

    def _datagram(self, p: Packets, row: int, records: Records, file: int, data: bytes, found: Found) -> None:
        src, dst = self.addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))
        time_ns, frame = int(records.time_ns[row]), int(records.frame[row])
        payload = Payload(
            time_ns=time_ns,
            frames=(frame,),
            file=file,
            src=src,
            dst=dst,
            transport="UDP",
            data=data,
            cut=int(p.wire_end[row] - p.end[row]),
            point=int(records.point[row]),
        )
        found.payloads.append(((time_ns, file, frame), payload))

    def _undecoded(self, p: Packets) -> None:
        rest: Ints = p.next[p.next != packets.UDP]
        counts = self.accounting.undecoded
        codes, numbers = np.unique(rest, return_counts=True)
        for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
            name = packets.reason(code)
            counts[name] = counts.get(name, 0) + number
