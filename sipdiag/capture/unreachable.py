"""What the network says of SIP that did not get through: ICMP errors, connections refused or not answered.

Connections are looked at on the ports of SIP and SIPS only, and only their SYN, FIN and RST segments
become Python objects.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from sipdiag.capture import columns, icmp, tls
from sipdiag.capture.frames import Frames
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import Accounting, Endpoint, Note, Unreachable
from sipdiag.capture.records import Ints, Mask
from sipdiag.capture.tcp import SIP_PORTS
from sipdiag.sip.grammar import is_start_line

MOST_KEPT = 100_000
"""Reports kept; the others are counted."""
MOST_ALIKE = 100
"""Reports of one kind kept on one Call-ID or pair of ends; then the last one gives way to the next."""
MOST_OPENING = 10_000
"""Connections remembered while they open and live."""
PORTS = frozenset((*SIP_PORTS, *tls.SIPS_PORTS))
_PORTS = tuple(sorted(PORTS))
FIN, SYN, RST, ACK = 1, 2, 4, 16


class _Connection(Struct):
    """A connection that was asked for."""

    asked: Unreachable
    """What will be said if nobody answers."""
    key: int
    tries: int = 1
    answered: bool = False


class Refusals:
    """Collects for one lane."""

    def __init__(self, accounting: Accounting, addresses: columns.Addresses) -> None:
        self._accounting = accounting
        self._addresses = addresses
        self._connections: OrderedDict[tuple[Endpoint, Endpoint], _Connection] = OrderedDict()
        self._beyond = 0
        self._alike: dict[tuple[str, Endpoint, Endpoint, str | None], list[int]] = {}
        """The places of the reports kept, by what they are about: their number and the last."""

    def finish(self) -> Note | None:
        """No more packets will come: connections nobody answered stay unanswered.

        Gives a warning when not all reports could be kept.
        """
        for connection in self._connections.values():
            if not connection.answered:
                self._add(replace(connection.asked, tries=connection.tries))
        self._connections.clear()
        if not self._beyond:
            return None
        return Note(
            "bound",
            f"The first {MOST_KEPT:,} reports of peers that cannot be reached are used; {self._beyond:,} more are not.",
        )

    def _add(self, report: Unreachable) -> None:
        kept = self._accounting.unreachable
        alike = self._alike.get((report.kind, report.src, report.dst, report.call_id))
        if alike is not None and alike[0] >= MOST_ALIKE:
            kept[alike[1]] = report
        elif len(kept) < MOST_KEPT:
            number = alike[0] if alike is not None else 0
            self._alike[report.kind, report.src, report.dst, report.call_id] = [number + 1, len(kept)]
            kept.append(report)
        else:
            self._beyond += 1

    def icmp(self, p: Packets, rows: Ints, frames: Frames, version: int) -> None:
        """Errors that quote SIP, or a packet from or to a port of SIP."""
        kinds = icmp.ERRORS_4 if version == 4 else icmp.ERRORS_6
        rows = rows[np.isin(p.chunk.byte(p.offset[rows]), list(kinds)) & (p.offset[rows] < p.end[rows])]
        for row in rows.tolist():
            quoted = icmp.parse(bytes(p.chunk.raw[p.offset[row] : p.end[row]]), version)
            if quoted is None:
                continue
            if PORTS.isdisjoint((quoted.src.port, quoted.dst.port)) and not is_start_line(quoted.data):
                continue
            reporter, _ = self._addresses.of(p.chunk, int(p.network[row]))
            self._add(
                Unreachable(
                    kind="icmp",
                    what=quoted.what,
                    reporter=reporter,
                    src=quoted.src,
                    dst=quoted.dst,
                    transport=quoted.transport,
                    time_ns=int(frames.time_ns[row]),
                    file=frames.file,
                    frame=frames.of(row)[-1],
                    call_id=quoted.call_id,
                )
            )

    def tcp(self, p: Packets, rows: Ints, frames: Frames) -> None:
        """Segments that open, end or reset connections of SIP; alerts that end those of TLS."""
        ports = np.isin(p.chunk.be16[p.transport[rows]], _PORTS)
        ports |= np.isin(p.chunk.be16[p.transport[rows] + 2], _PORTS)
        rows = rows[ports]
        if not rows.size:
            return
        flags = p.chunk.byte(p.transport[rows] + 13)
        alert = self._alerts(p, rows)
        keys = columns.flow_key(p, rows, directed=False)
        chosen = alert | (flags & (SYN | FIN | RST) != 0)
        opening = [one.key for one in self._connections.values() if not one.answered]
        opening += keys[flags & (SYN | ACK) == SYN].tolist()
        if opening:
            # A segment that acknowledges shows that the connection opened, if its SYN was not captured.
            chosen |= (flags & ACK != 0) & np.isin(keys, np.array(opening, dtype=np.int64))
        for index in np.flatnonzero(chosen).tolist():
            self._segment(p, int(rows[index]), int(flags[index]), int(keys[index]), frames)

    @staticmethod
    def _alerts(p: Packets, rows: Ints) -> Mask:
        """Segments that begin with a TLS alert in clear text (RFC 8446 §6)."""
        at = p.offset[rows]
        found: Mask = p.end[rows] - at >= 7
        found &= (p.chunk.byte(at) == tls.ALERT) & (p.chunk.byte(at + 1) == 3) & (p.chunk.short(at + 3) == 2)
        return found

    def _segment(self, p: Packets, row: int, flags: int, key: int, frames: Frames) -> None:
        src, dst = self._addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))
        report = Unreachable(
            kind="syn-unanswered",
            what="no answer to SYN",
            reporter=src.address,
            src=src,
            dst=dst,
            transport="TCP",
            time_ns=int(frames.time_ns[row]),
            file=frames.file,
            frame=frames.of(row)[-1],
        )
        if flags & RST:
            self._reset(report)
        elif flags & (SYN | ACK) == SYN:
            self._asked(report, key)
        else:
            for ends in ((src, dst), (dst, src)):
                if ends in self._connections:
                    self._connections[ends].answered = True
            payload = bytes(p.chunk.raw[p.offset[row] : p.end[row]])
            what = tls.alert(payload)
            if what is not None:
                self._add(replace(report, kind="tls-alert", what=f"TLS alert: {what}"))
            if flags & FIN:
                self._connections.pop((src, dst), None)
                self._connections.pop((dst, src), None)

    def _asked(self, report: Unreachable, key: int) -> None:
        ends = report.src, report.dst
        known = self._connections.get(ends)
        if known is not None and not known.answered:
            known.tries += 1
            return
        self._connections[ends] = _Connection(report, key)
        self._connections.move_to_end(ends)
        if len(self._connections) > MOST_OPENING:
            self._connections.popitem(last=False)

    def _reset(self, report: Unreachable) -> None:
        """A reset of a connection whose SYN was captured, and that has not ended."""
        known = self._connections.pop((report.dst, report.src), None)
        if known is not None and not known.answered:
            self._add(
                replace(
                    known.asked,
                    kind="reset",
                    what="connection refused",
                    reporter=report.reporter,
                    time_ns=report.time_ns,
                    frame=report.frame,
                    tries=known.tries,
                )
            )
            return
        known = known or self._connections.pop((report.src, report.dst), None)
        if known is not None and known.answered:
            self._add(replace(report, kind="reset", what="connection reset"))
