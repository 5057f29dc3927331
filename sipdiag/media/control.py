"""What the ends of streams report about them by RTCP, joined by SSRC.

A report block is about the stream of an SSRC, sent by who receives it.  What is reported as lost is counted
since that receiver began, so that only differences between reports are a rate.  Where the capture point lies
between sender and receiver, a report's way gives the round trip on either side of it (RFC 3550 §6.4.1): the time from the
passage of a sender report to that of the block that answers it, without what the receiver says it waited.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from sipdiag.capture.payload import Endpoint, MediaDatagram
from sipdiag.media.median import median
from sipdiag.media.rtcp import Metrics, ReportBlock, parse
from sipdiag.media.stream import Right, RtpStream

MOST_SOURCES = 50_000
MOST_REPORTS = 256
"""Reports on one stream that are kept one by one."""
MOST_RECENT = 16
"""Sender reports of one source that an answer may still name."""
LONGEST_TRIP_NS = 10_000_000_000
_FIRST_REPORT_NS = 15_000_000_000
"""A receiver's first report comes within this time (RFC 3550 §6.2: every 5 s, more or less)."""
_NTP_UNIT = 65536
"""LSR and DLSR count in parts of a second of this size."""


class SeenReport(Struct, frozen=True):
    """A report block, and where it was captured."""

    time_ns: int
    file: int
    frame: int
    block: ReportBlock


class Span(Struct, frozen=True):
    """Packets that a receiver missed, out of those sent to it."""

    lost: int
    expected: int

    @property
    def loss(self) -> float:
        """As a part of one."""
        return self.lost / self.expected if self.expected else 0.0


class Reported(Struct):
    """Everything one receiver reported about one stream."""

    reporter: Endpoint
    """Where its reports come from."""
    reports: list[SeenReport] = field(default_factory=list)
    """The first :data:`MOST_REPORTS`, and the last one."""
    trips_ns: list[int] = field(default_factory=list)
    """From the capture point to the receiver and back."""
    worst_jitter: int = 0
    metrics: Metrics | None = None
    """The last ones."""

    def since(self, stream: RtpStream) -> Span | None:
        """How many packets of a stream the receiver missed, out of how many.

        Its count is the whole where it began with the captured stream; otherwise only what two reports differ by
        is known to be of this time.  How many were sent is what passed the capture point meanwhile.

        None where the count is of something else: of more than were sent, or of a source that numbered its packets
        anew, which a receiver may take for a loss.
        """
        first, last = self.reports[0], self.reports[-1]
        begun = first.time_ns - stream.first_ns <= _FIRST_REPORT_NS
        if begun and first.block.lost <= stream.sent(stream.first_ns, first.time_ns):
            span = Span(max(0, last.block.lost), stream.sent(stream.first_ns, last.time_ns))
        else:
            lost = max(0, last.block.lost - first.block.lost)
            span = Span(lost, stream.sent(first.time_ns, last.time_ns))
        return None if stream.restarts or span.lost > span.expected else span

    @property
    def advances(self) -> bool:
        """Later reports name later packets, so that "none lost" means they arrived."""
        return self.reports[-1].block.highest > self.reports[0].block.highest

    @property
    def trip_ms(self) -> float | None:
        """From the capture point to the receiver and back, milliseconds."""
        return median(self.trips_ns) / 1e6 if self.trips_ns else None

    def add(self, sighting: SeenReport) -> None:
        """Take a report."""
        if len(self.reports) < MOST_REPORTS:
            self.reports.append(sighting)
        else:
            self.reports[-1] = sighting
        self.worst_jitter = max(self.worst_jitter, sighting.block.jitter)


class Control:
    """The RTCP of a run."""

    def __init__(self) -> None:
        self.reported: dict[tuple[tuple[int, int], int], dict[Endpoint, Reported]] = {}
        """By capture point and SSRC of the stream, then by who reports."""
        self._advancing: dict[str, list[int]] | None = None
        """Sources whose packets somebody at an address reports as arriving; computed on demand."""
        self._passed: dict[tuple[tuple[int, int], int], dict[int, int]] = {}
        """When sender reports passed, by capture point and SSRC, then by what answers name them."""

    def __bool__(self) -> bool:
        return bool(self.reported or self._passed)

    def add(self, packet: MediaDatagram) -> None:
        """Read a datagram."""
        for report in parse(packet.data):
            if report.ntp is not None:
                self._sent(packet, report.ssrc, report.ntp)
            for block in report.blocks:
                self._received(packet, block)
            for metrics in report.metrics:
                told = self._of(packet, metrics.ssrc)
                if told is not None:
                    told.metrics = metrics

    def of(self, place: tuple[int, int], ssrc: int, address: str) -> Reported | None:
        """What the receiver of a stream reported; ``address`` is the stream's destination.

        A report from elsewhere counts where nobody else reported: behind a NAT addresses differ.
        """
        known = self.reported.get((place, ssrc), {})
        told = [one for end, one in known.items() if end.address == address] or list(known.values())
        return max(told, key=lambda one: len(one.reports), default=None)

    def receives(self, addresses: Iterable[str], captured: Container[int]) -> bool:
        """Whether somebody at these addresses reports that packets arrive of a source that was not captured."""
        if self._advancing is None:
            self._advancing = {}
            for (_, ssrc), known in self.reported.items():
                for end, told in known.items():
                    if told.advances:
                        self._advancing.setdefault(end.address, []).append(ssrc)
        return any(ssrc not in captured for one in addresses for ssrc in self._advancing.get(one, ()))

    def put_right(self, clocks: Mapping[int, Right]) -> None:
        """Give the reports their times by another clock; ``clocks``: how each file's times are put right."""
        for (place, _), known in self.reported.items():
            right = clocks.get(place[0])
            if right is None:
                continue
            for told in known.values():
                told.reports = [replace(one, time_ns=right(one.time_ns)) for one in told.reports]

    def renamed(self, name: Callable[[Endpoint], Endpoint]) -> None:
        """Give the ends other addresses."""
        for known in self.reported.values():
            for end in list(known):
                told = known.pop(end)
                told.reporter = name(end)
                known[told.reporter] = told

    def _of(self, packet: MediaDatagram, ssrc: int) -> Reported | None:
        key = packet.place, ssrc
        if key not in self.reported and len(self.reported) >= MOST_SOURCES:
            return None
        known = self.reported.setdefault(key, {})
        if packet.src not in known and len(known) >= MOST_RECENT:
            return None
        return known.setdefault(packet.src, Reported(packet.src))

    def _sent(self, packet: MediaDatagram, ssrc: int, ntp: int) -> None:
        key = packet.place, ssrc
        if key not in self._passed and len(self._passed) >= MOST_SOURCES:
            return
        passed = self._passed.setdefault(key, {})
        passed.setdefault(ntp, packet.time_ns)
        if len(passed) > MOST_RECENT:
            del passed[next(iter(passed))]

    def _received(self, packet: MediaDatagram, block: ReportBlock) -> None:
        told = self._of(packet, block.ssrc)
        if told is None:
            return
        if told.reports and told.reports[-1].block == block:
            return  # Captured twice.
        told.add(SeenReport(packet.time_ns, packet.file, packet.frame, block))
        passed_ns = self._passed.get((packet.place, block.ssrc), {}).get(block.last_report)
        if passed_ns is None or not block.last_report:
            return
        trip_ns = packet.time_ns - passed_ns - block.delay * 1_000_000_000 // _NTP_UNIT
        if 0 <= trip_ns < LONGEST_TRIP_NS and len(told.trips_ns) < MOST_REPORTS:
            told.trips_ns.append(trip_ns)
