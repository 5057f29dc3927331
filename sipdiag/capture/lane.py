"""Turns the records of a chunk into payloads, RTP columns and notes, and accounts for every frame.

One lane sees the files of one capture point in order; it holds what must survive from chunk to
chunk: TCP streams, fragments, SCTP associations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from sipdiag.capture import columns, fragments, hep, packets
from sipdiag.capture import rtp as media
from sipdiag.capture.datagrams import as_records, beside_media, copied, datagrams, dissected
from sipdiag.capture.encapsulated import Dissector
from sipdiag.capture.familiar import Familiar
from sipdiag.capture.found import CutShort, Found
from sipdiag.capture.frames import Frames
from sipdiag.capture.linktypes import link_name
from sipdiag.capture.losses import Loss
from sipdiag.capture.order import WINDOW_NS, Key
from sipdiag.capture.packets import Packets
from sipdiag.capture.passing import FlowNumbers, Passing
from sipdiag.capture.payload import Accounting, Endpoint, MediaDatagram, Payload, RtpRows
from sipdiag.capture.peelers import peel
from sipdiag.capture.reassembly import Datagram, Reassembly
from sipdiag.capture.records import Ints, Mask, Records
from sipdiag.capture.rtp import RtpStreams, SourceNumbers, heard, read_rows, together
from sipdiag.capture.sctp import Sctp
from sipdiag.capture.tcp import Tcp
from sipdiag.capture.unreachable import Refusals
from sipdiag.sip.grammar import is_start_line

if TYPE_CHECKING:
    from sipdiag.capture.sieve import Sifted

DEEPEST_REASSEMBLY = 4
"""Fragments within fragments within tunnels that are followed."""


class Lane:
    """Decodes the records of one capture point."""

    def __init__(
        self,
        accounting: Accounting,
        streams: Iterator[int],
        rtp: SourceNumbers,
        file: int = 0,
        listen: frozenset[int] = frozenset(),
        flows: FlowNumbers | None = None,
    ) -> None:
        """``streams`` numbers the directions of TCP connections, ``rtp`` the sources of RTP, over all lanes of a run.

        ``file`` is the first file the lane sees; ``listen`` names the SSRCs whose packets are kept as they are.
        With ``flows``, which numbers directions as well, it is told when TCP segments passed.
        """
        self._listen = listen
        self.file = file
        self.accounting = accounting
        self._addresses = columns.Addresses()
        self.numbers = rtp
        self._rtp = RtpStreams(rtp, self._addresses, file)
        self._familiar = Familiar()
        self._tcp = Tcp(accounting, self._addresses, streams)
        self._passing = Passing(flows, self._addresses, file) if flows is not None else None
        self._sctp = Sctp()
        self._refusals = Refusals(accounting, self._addresses)
        self._reassembly = Reassembly(accounting.undecoded, accounting.losses)
        self._dissector = Dissector()
        self._cut = CutShort()

    def decode(self, records: Records, file: int, found: Found) -> None:
        """Add to ``found`` everything these records yield so far."""
        self._seen(len(records.start), int(records.time_ns.min()), int(records.time_ns.max()), file, found)
        known, left = self._familiar.streams(records)
        before = len(found.rtp)
        if known is not None:
            self.accounting.rtp += len(known.rows)
            time_ns, frame = records.time_ns[known.rows], records.frame[known.rows]
            rows = read_rows(records.chunk, known, time_ns, frame, self.numbers.flows, file)
            found.rtp.append(rows)
            if self._listen:
                found.voice += heard(records.chunk, known, rows, self._listen)
        if left.size:
            new = records if known is None else records.take(left)
            self._table(Packets.of(new), Frames.of_records(new, file), found, depth=0)
        found.rtp[before:] = together(found.rtp[before:])

    def resume(self, sifted: Sifted, rows: RtpRows | None, file: int, found: Found) -> None:
        """As :meth:`decode`, of records whose RTP was taken out before."""
        self._seen(sifted.seen, sifted.first_ns, sifted.last_ns, file, found)
        before = len(found.rtp)
        if rows is not None:
            self.accounting.rtp += len(rows.identity)
            found.rtp.append(rows)
        records = sifted.rest.records()
        if len(records.start):
            self._table(Packets.of(records), Frames.of_records(records, file), found, depth=0)
        found.rtp[before:] = together(found.rtp[before:])

    def lost(self, losses: Iterable[Loss]) -> None:
        """Parts of the file that could not be read."""
        for loss in losses:
            self.accounting.losses.add(loss)

    def finish(self, found: Found) -> None:
        """No more records will come: release what was held back."""
        for key, payload in self._tcp.finish(found.notes):
            self._add(key, payload, found)
        self._reassembly.finish(found.notes)
        ends = self._refusals.finish(), self._sctp.note(), self._dissector.note(), self._cut.note()
        found.notes += filter(None, ends)

    def _seen(self, number: int, first: int, last: int, file: int, found: Found) -> None:
        self.accounting.saw(number, first, last, file)
        found.latest_ns = last if found.latest_ns is None else max(found.latest_ns, last)

    def _table(self, p: Packets, frames: Frames, found: Found, depth: int) -> None:
        """Peel the packets and dispatch each kind."""
        peel(p)
        known = np.zeros(len(p.next), dtype=bool)
        for code, take in (
            (packets.UDP, self._udp),
            (packets.TCP, self._take_tcp),
            (packets.SCTP, self._take_sctp),
        ):
            here = p.next == code
            known |= here
            rows = np.flatnonzero(here)
            if rows.size:
                take(p, rows, frames, found)
        if not known.all():
            self._rest(p, np.flatnonzero(~known), frames, found, depth)

    # UDP

    def _udp(self, p: Packets, rows: Ints, frames: Frames, found: Found) -> None:
        at, end = p.offset[rows], p.end[rows]
        sip = np.zeros(len(rows), dtype=bool)
        text = np.flatnonzero(columns.begins_like_sip(p.chunk, at, end))
        raw = p.chunk.raw
        data = [
            bytes(raw[begin:stop]) for begin, stop in zip(at[text].tolist(), end[text].tolist(), strict=True)
        ]
        starts = np.fromiter(map(is_start_line, data), dtype=bool, count=len(data))
        sip[text[starts]] = True
        chosen = rows[text[starts]]
        self._datagrams(p, chosen, "UDP", compress(data, starts), frames.each(chosen), frames, found)
        for index in np.flatnonzero(columns.is_hep(p.chunk, at, end)).tolist():
            packet = bytes(raw[at[index] : end[index]])
            sip[index] |= self._hep(p, int(rows[index]), packet, frames, found)
        rest = rows[~sip]
        media, control = columns.rtp_kind(p, rest)
        self._media(p, rest[media], frames, found)
        found.rtcp += self._beside_media(p, rest[control], frames)
        others = rest[~(media | control)]
        if others.size:
            found.setup += self._beside_media(p, others[columns.sets_media_up(p, others)], frames)
        self._count_udp(frames.weight(rows[sip]), frames.weight(rest), media | control)

    def _media(self, p: Packets, rows: Ints, frames: Frames, found: Found) -> None:
        if not rows.size:
            return
        streams, first = self._rtp.of(p, rows, frames.point[rows])
        packets = media.FoundRtp.decoded(p, rows, streams)
        time_ns, number = frames.time_ns[rows], frames.number[rows]
        told = read_rows(p.chunk, packets, time_ns, number, self.numbers.flows, frames.file)
        found.rtp.append(told)
        if self._listen:
            found.voice += heard(p.chunk, packets, told, self._listen)
        if frames.records is not None:
            self._familiar.learn(frames.records, p, rows[first], streams[first])

    def _beside_media(self, p: Packets, rows: Ints, frames: Frames) -> Iterator[MediaDatagram]:
        return beside_media(p, rows, frames, self.file, self._addresses)

    def _count_udp(self, sip: Ints, rest: Ints, media: Mask) -> None:
        rtp = int(rest[media].sum())
        self.accounting.sip += int(sip.sum())
        self.accounting.rtp += rtp
        self.accounting.other += int(rest.sum()) - rtp

    def _datagrams(
        self,
        p: Packets,
        rows: Ints,
        transport: str,
        contents: Iterable[bytes],
        numbers: Iterable[tuple[int, ...]],
        frames: Frames,
        found: Found,
    ) -> None:
        """Add a datagram for each of these rows, with its bytes and its frames."""
        made = datagrams(p, rows, transport, contents, numbers, frames, self._addresses)
        for payload in made:
            self._add((payload.time_ns, frames.file, payload.position.number), payload, found)

    def _add(self, key: Key, payload: Payload, found: Found) -> None:
        found.payloads.append((key, payload))
        if payload.cut:
            self._cut.add(payload)

    def _hep(self, p: Packets, row: int, data: bytes, frames: Frames, found: Found) -> bool:
        """Take the packet an agent copied; False when it holds no SIP."""
        packet = hep.parse(data)
        if packet is None:
            return False
        payload = copied(packet, p, row, frames)
        time_ns, outer_ns = payload.time_ns, int(frames.time_ns[row])
        # An agent with a wrong clock must not upset the order of the file.
        place_ns = time_ns if abs(time_ns - outer_ns) < WINDOW_NS else outer_ns
        self._add((place_ns, frames.file, payload.position.number), payload, found)
        return True

    def _ends(self, p: Packets, row: int) -> tuple[Endpoint, Endpoint]:
        return self._addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))

    # TCP and SCTP

    def _take_tcp(self, p: Packets, rows: Ints, frames: Frames, found: Found) -> None:
        self._refusals.tcp(p, rows, frames)
        passing = self._passing.of(p, rows, frames) if self._passing is not None else None
        if passing is not None:
            found.tcp.append(passing)
        for key, payload in self._tcp.take(p, rows, frames, found.notes):
            self._add(key, payload, found)

    def _take_sctp(self, p: Packets, rows: Ints, frames: Frames, found: Found) -> None:
        for index, row in enumerate(rows.tolist()):
            src, dst = self._ends(p, row)
            tag = int(p.chunk.be32[p.transport[row] + 4])
            chunks = bytes(p.chunk.raw[p.offset[row] : p.end[row]])
            carried = False
            for data, numbers in self._sctp.messages(src, dst, tag, chunks, frames.of(row)[-1]):
                if is_start_line(data):
                    carried = True
                    self._datagrams(p, rows[index : index + 1], "SCTP", [data], [numbers], frames, found)
            if carried:
                self.accounting.sip += frames.weight_of(row)
            else:
                self.accounting.other += frames.weight_of(row)

    # Not yet a transport

    def _rest(self, p: Packets, rows: Ints, frames: Frames, found: Found, depth: int) -> None:
        """Fragments, unknown link types; the others are counted by reason."""
        codes = p.next[rows]
        fragmented = (codes == packets.FRAGMENT_4) | (codes == packets.FRAGMENT_6)
        inner = self._fragments(p, rows[fragmented], frames, found, depth)
        for code in sorted(set(codes[~fragmented].tolist())):
            here = rows[codes == code]
            if code < packets.ETHER and code != packets.NO_INTERFACE:
                inner += self._unknown_link(p, here, frames, code)
            else:
                if code in packets.ICMP:
                    self._refusals.icmp(p, here, frames, packets.ICMP[code])
                self.accounting.not_decoded(packets.reason(code), int(frames.weight(here).sum()))
        if inner:
            self._again(inner, frames.file, found, depth)

    def _fragments(self, p: Packets, rows: Ints, frames: Frames, found: Found, depth: int) -> list[Datagram]:
        """The datagrams these fragments complete."""
        whole: list[Datagram] = []
        for row in rows.tolist():
            datagram = self._reassembly.add(fragments.fragment(p, row, frames), found.notes)
            if datagram is None:
                continue
            if fragments.may_be_tunnel(datagram.packet):
                # It may hold a fragment, whose turn is before that of the next frame's.
                self._again([datagram], frames.file, found, depth)
            else:
                whole.append(datagram)
        return whole

    def _unknown_link(self, p: Packets, rows: Ints, frames: Frames, code: int) -> list[Datagram]:
        """Let scapy look for the IP packet within."""
        link = code - packets.LINK
        whole = dissected(self._dissector, link, p, rows, frames)
        known = self._dissector.knows(link)
        reason = f"{link_name(link)} without IP" if known else packets.reason(code)
        self.accounting.not_decoded(reason, len(rows) - len(whole))
        return whole

    def _again(self, inner: list[Datagram], file: int, found: Found, depth: int) -> None:
        """Decode IP packets that were put together or taken out."""
        if depth >= DEEPEST_REASSEMBLY:
            self.accounting.not_decoded("too many layers", sum(datagram.captured for datagram in inner))
            return
        records, frames = as_records(inner, file)
        self._table(Packets.of(records), frames, found, depth + 1)
