"""Which legs the network reported as not getting through: ICMP errors, refused connections, TLS alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sipdiag.calls.model import Leg
from sipdiag.calls.sides import Sides
from sipdiag.capture.icmp import REASSEMBLY
from sipdiag.capture.payload import Endpoint, Unreachable, host_text
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.messages.captured import Host
from sipdiag.position import Frame, Packet

BEFORE_NS = 2_000_000_000
"""A connection is asked for shortly before the first message."""
AFTER_NS = 33_000_000_000
"""The last retransmission may be answered this long after a leg's last captured message."""


CLOSED = frozenset({"port unreachable", "connection refused"})
"""What a host itself reports if no program listens (RFC 1122, RFC 9293)."""


class Reports:
    """The reports of a capture, sorted to legs; asked a leg at a time in constant time."""

    def __init__(self, reports: Sequence[Unreachable], legs: Iterable[Leg] = ()) -> None:
        self._reports = reports
        self._by_call_id: dict[str, list[int]] = defaultdict(list)
        self._by_ends: dict[frozenset[Host], list[int]] = defaultdict(list)
        self._of: dict[Leg, list[Unreachable]] = {}
        self.used: set[int] = set()
        """The places of those on a message of a leg that was sorted."""
        for place, report in enumerate(reports):
            if report.call_id is not None:
                self._by_call_id[report.call_id].append(place)
            else:
                self._by_ends[_ends(report.src, report.dst)].append(place)
        self.sort(legs)

    def of(self, leg: Leg) -> Sequence[Unreachable]:
        """The reports on messages of this leg, by time."""
        return self._of.get(leg, ())

    def sort(self, legs: Iterable[Leg]) -> None:
        """Find the reports on these legs."""
        if not self._reports:
            return
        for leg in legs:
            about = [
                *self._by_call_id.get(leg.call_id, ()),
                *self._by_ends.get(frozenset((leg.caller, leg.callee)), ()),
            ]
            earliest, latest = leg.first_ns - BEFORE_NS, leg.last_ns + AFTER_NS
            mine = [place for place in about if earliest <= self._reports[place].time_ns <= latest]
            self.used.update(mine)
            if mine:
                self._of[leg] = sorted((self._reports[place] for place in mine), key=lambda one: one.time_ns)


def _ends(one: Endpoint, two: Endpoint) -> frozenset[Host]:
    return frozenset((Host(*one), Host(*two)))


class Unreached:
    """One report, as rules ask about it."""

    def __init__(self, report: Unreachable) -> None:
        self._report = report

    @property
    def hop(self) -> tuple[Host, Host]:
        """Between whom a packet did not get through."""
        return Host(*self._report.src), Host(*self._report.dst)

    @evidence("unreachable_report")
    def shown(self) -> Packet:
        """The packet that reports it."""
        report = self._report
        kind = "ICMP" if self.icmp else report.transport
        way = f"{host_text(report.src)} → {host_text(report.dst)}"
        return Packet(Frame(report.file, report.frame), report.time_ns, f"{kind} {way}: {report.what}")

    def closed_at(self, host: Host, other: Host) -> bool:
        """The host itself said that nothing listens there: not the network, of which ``other`` is the far end."""
        report = self._report
        if (
            report.what not in CLOSED
            or report.reporter != report.dst.address
            or report.reporter != host.address
        ):
            return False
        return host.address != other.address or report.dst.port == host.port

    @fact
    def icmp(self) -> bool:
        """The network reported by ICMP that a packet did not get through."""
        return self._report.kind == "icmp"

    @fact
    def fragments(self) -> bool:
        """Of a fragmented packet not all fragments arrived."""
        return self._report.what == REASSEMBLY

    @fact
    def unanswered(self) -> bool:
        """Nobody answered when the connection was asked for."""
        return self._report.kind == "syn-unanswered"

    @fact
    def what(self) -> str:
        """What the network reported: port unreachable, connection refused, TLS alert."""
        return self._report.what

    @fact
    def by(self) -> str:
        """Address of who reported it."""
        return self._report.reporter

    @fact(name="from")
    def sender(self) -> str:
        """Who sent what did not get through."""
        return host_text(self._report.src)

    @fact
    def to(self) -> str:
        """To whom what did not get through was sent."""
        return host_text(self._report.dst)

    @fact(for_expectations=True)
    def transport(self) -> str:
        """Transport of what did not get through: UDP, TCP or TLS."""
        return self._report.transport

    @fact
    def frame(self) -> int:
        """Frame of the report."""
        return self._report.frame

    @fact(unit="messages")
    def tries(self) -> int:
        """Times the connection was asked for."""
        return self._report.tries


class Closed:
    """Whose port is closed, by its own word: then it is not the network's doing."""

    def __init__(self, unreached: Unreached | None, caller: Host, sides: Sides) -> None:
        self._unreached = unreached
        self._caller = caller
        self._sides = sides

    def _at(self, host: Host, other: Host) -> bool:
        return self._unreached is not None and self._unreached.closed_at(host, other)

    @fact(name="closed_at_caller")
    def caller(self) -> bool:
        """The calling host itself reported that nothing listens at its port."""
        return self._at(self._caller, self._sides.callee.host)

    @fact(name="closed_at_callee")
    def callee(self) -> bool:
        """The called host itself reported that nothing listens at its port."""
        return self._at(self._sides.callee.host, self._caller)

    @fact(name="closed_at_proxy")
    def at_proxy(self) -> bool:
        """A proxy in between itself reported that nothing listens at its port."""
        return self.proxy is not None

    @once
    def proxy(self) -> Host | None:
        """That proxy."""
        hosts = (side.host for side in self._sides.proxies)
        return next((host for host in hosts if self._at(host, self._caller)), None)
