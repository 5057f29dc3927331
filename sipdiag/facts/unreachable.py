"""Which legs the network reported as not getting through: ICMP errors, refused connections, TLS alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sipdiag.calls.model import Leg
from sipdiag.capture.icmp import REASSEMBLY
from sipdiag.capture.payload import Endpoint, Unreachable
from sipdiag.facts.refusal import Facts
from sipdiag.messages.captured import Host

BEFORE_NS = 2_000_000_000
"""A connection is asked for shortly before the first message."""
AFTER_NS = 33_000_000_000
"""The last retransmission may be answered this long after a leg's last captured message."""


class Reports:
    """The reports of a capture, sorted to legs; asked a leg at a time in constant time."""

    def __init__(self, reports: Sequence[Unreachable], legs: Iterable[Leg] = ()) -> None:
        self._reports = reports
        self._by_call_id: dict[str, list[int]] = defaultdict(list)
        self._by_ends: dict[frozenset[Host], list[int]] = defaultdict(list)
        self._of: dict[Leg, Unreachable] = {}
        self._last: dict[Leg, int] = {}
        self.used: set[int] = set()
        """The places of those on a message of a leg that was sorted."""
        for place, report in enumerate(reports):
            if report.call_id is not None:
                self._by_call_id[report.call_id].append(place)
            else:
                self._by_ends[_ends(report.src, report.dst)].append(place)
        self.sort(legs)

    def of(self, leg: Leg) -> Unreachable | None:
        """The first report on a message of this leg."""
        return self._of.get(leg)

    def last_ns(self, leg: Leg) -> int | None:
        """When the last one came."""
        return self._last.get(leg)

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
                in_time = sorted((self._reports[place] for place in mine), key=lambda one: one.time_ns)
                self._of[leg], self._last[leg] = in_time[0], in_time[-1].time_ns


def _ends(one: Endpoint, two: Endpoint) -> frozenset[Host]:
    return frozenset((Host(*one), Host(*two)))


def unreachable_facts(report: Unreachable | None) -> Facts:
    """What the report says."""
    if report is None:
        return {"unreachable": False}
    return {
        "unreachable": True,
        "unreachable_icmp": report.kind == "icmp",
        "unreachable_what": report.what,
        "unreachable_fragments": report.what == REASSEMBLY,
        "unreachable_by": report.reporter,
        "unreachable_from": _text(report.src),
        "unreachable_to": _text(report.dst),
        "unreachable_transport": report.transport,
        "unreachable_frame": report.frame,
        "unreachable_tries": report.tries,
        "unreachable_unanswered": report.kind == "syn-unanswered",
    }


def _text(end: Endpoint) -> str:
    host = f"[{end.address}]" if ":" in end.address else end.address
    return f"{host}:{end.port}"
