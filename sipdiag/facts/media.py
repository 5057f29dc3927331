"""Which way the media of a leg was seen to flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from sipdiag.facts.legview import LegView
from sipdiag.media.streams import RtpStream

ENOUGH_PACKETS = 50
"""Fewer packets, a second of speech, prove nothing about a missing direction."""

_End = tuple[str, int]


class Media:
    """RTP packets by the ends they were sent from and to."""

    def __init__(self, streams: Iterable[RtpStream]) -> None:
        self._from: Counter[_End] = Counter()
        self._to: Counter[_End] = Counter()
        for stream in streams:
            self._from[stream.src.address, stream.src.port] += stream.packets
            self._to[stream.dst.address, stream.dst.port] += stream.packets

    def one_way(self, view: LegView) -> bool | None:
        """Media in one direction only; None where too little was captured to tell.

        A packet counts by either end: behind a NAT one of them is not the one in the SDP.
        """
        if not self._from:
            return None
        caller, callee = set(_ends(view, by_caller=True)), set(_ends(view, by_caller=False))
        if not caller or not callee:
            return None
        to_callee = max(self._sum(self._from, caller), self._sum(self._to, callee))
        to_caller = max(self._sum(self._from, callee), self._sum(self._to, caller))
        if max(to_callee, to_caller) < ENOUGH_PACKETS:
            return None
        return min(to_callee, to_caller) == 0

    @staticmethod
    def _sum(counts: Counter[_End], ends: set[_End]) -> int:
        return sum(counts[end] for end in ends)


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
