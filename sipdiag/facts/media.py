"""Which way the media of a leg was seen to flow."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate

from sipdiag.facts.legview import LegView
from sipdiag.media.streams import RtpStream

ENOUGH_PACKETS = 50
"""Fewer packets, a second of speech, prove nothing about a missing direction."""

SETTLED_NS = 1_000_000_000
"""What ends sooner after the answer was early media."""

_End = tuple[str, int]


class _Flow:
    """The streams of one end, by the time when they ended."""

    def __init__(self, streams: Iterable[RtpStream]) -> None:
        latest = sorted(streams, key=lambda stream: stream.last_ns)
        self._last_ns = [stream.last_ns for stream in latest]
        self._left = [0, *accumulate(stream.packets for stream in reversed(latest))]

    def lasting(self, until_ns: int) -> int:
        """Packets of the streams that went on until then."""
        return self._left[len(self._last_ns) - bisect_left(self._last_ns, until_ns)]


class Media:
    """RTP packets by the ends they were sent from and to."""

    def __init__(self, streams: Iterable[RtpStream]) -> None:
        sent: defaultdict[_End, list[RtpStream]] = defaultdict(list)
        received: defaultdict[_End, list[RtpStream]] = defaultdict(list)
        for stream in streams:
            sent[stream.src.address, stream.src.port].append(stream)
            received[stream.dst.address, stream.dst.port].append(stream)
        self._from = {end: _Flow(some) for end, some in sent.items()}
        self._to = {end: _Flow(some) for end, some in received.items()}

    def one_way(self, view: LegView) -> bool | None:
        """Media in one direction only once the call was answered; None where too little was captured to tell.

        A packet counts by either end: behind a NAT one of them is not the one in the SDP.
        """
        if not self._from:
            return None
        caller, callee = set(_ends(view, by_caller=True)), set(_ends(view, by_caller=False))
        if not caller or not callee:
            return None
        until_ns = view.answer.time_ns + SETTLED_NS if view.answer is not None else 0
        to_callee = max(_sum(self._from, caller, until_ns), _sum(self._to, callee, until_ns))
        to_caller = max(_sum(self._from, callee, until_ns), _sum(self._to, caller, until_ns))
        if max(to_callee, to_caller) < ENOUGH_PACKETS:
            return None
        return min(to_callee, to_caller) == 0


def _sum(flows: dict[_End, _Flow], ends: set[_End], until_ns: int) -> int:
    return sum(flows[end].lasting(until_ns) for end in ends if end in flows)


def _ends(view: LegView, *, by_caller: bool) -> Iterator[_End]:
    """Where one side wants its audio, by every SDP it sent, unless it is on hold."""
    for entry in view.leg.messages:
        message = entry.captured.message
        sent_by_caller = message.from_tag == view.leg.from_tag
        if not message.is_request:
            sent_by_caller = not sent_by_caller
        if sent_by_caller != by_caller or message.sdp is None:
            continue
        for media in message.sdp.media:
            if media.kind == "audio" and media.port and media.direction == "sendrecv":
                yield media.connection, media.port
