"""Which way the media of a leg was seen to flow."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate

from sipdiag.facts.declare import fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.wording import side_label
from sipdiag.media.stream import RtpStream

ENOUGH_PACKETS = 50
"""Fewer packets, a second of speech, prove nothing about a missing direction."""

SETTLED_NS = 1_000_000_000
"""What ends sooner after the answer was early media."""
SILENT_NS = 20_000_000_000
"""Who sends nothing for this long, while the other side does, is not merely listening."""

_End = tuple[str, int]


class _Flow:
    """The streams of one end, by the time when they ended."""

    def __init__(self, streams: Iterable[RtpStream]) -> None:
        latest = sorted(streams, key=lambda stream: stream.last_ns)
        self._last_ns = [stream.last_ns for stream in latest]
        self._left = [0, *accumulate(stream.packets for stream in reversed(latest))]

    @property
    def end_ns(self) -> int:
        """When the last of them ended."""
        return self._last_ns[-1]

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

    def fell_silent(self, view: LegView) -> bool | None:
        """Whether it was the caller (True) or the callee that sent audio, but none after the last re-INVITE.

        The other one did, for at least :data:`SILENT_NS`, and both had agreed to send.  None where all is well, or
        where nothing tells: a side that may suppress silence (comfort noise, RFC 3389) may be muted.
        """
        moved = [one for one in view.refreshes if one.final is not None and (one.status or 0) < 300]
        final = moved[-1].final if moved else None
        if final is None or not self._from:
            return None
        descriptions = [sdp for sdp in (moved[-1].first.message.sdp, final.message.sdp) if sdp is not None]
        audio = [one for sdp in descriptions for one in sdp.media if one.kind == "audio"]
        if len(descriptions) < 2 or any(one.direction != "sendrecv" or not one.port for one in audio):
            return None
        if any(codec.is_comfort_noise for one in audio for codec in one.codecs):
            return None
        caller, callee = set(_ends(view, by_caller=True)), set(_ends(view, by_caller=False))
        for by_caller, own, other in ((True, caller, callee), (False, callee, caller)):
            sent = max(_sum(self._from, own, 0), _sum(self._to, other, 0))
            last, others_last = self._last(own, other), self._last(other, own)
            if sent >= ENOUGH_PACKETS and last <= final.time_ns and others_last - final.time_ns >= SILENT_NS:
                return by_caller
        return None

    def _last(self, sender: set[_End], receiver: set[_End]) -> int:
        """When the last packet from one side was seen, by either end."""
        flows = [self._from.get(end) for end in sender] + [self._to.get(end) for end in receiver]
        return max((flow.end_ns for flow in flows if flow is not None), default=0)


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


class LegMedia:
    """Which way the media of one leg went, as rules ask about it."""

    def __init__(self, media: Media, view: LegView) -> None:
        self._media = media
        self._view = view

    @fact
    def one_way(self) -> bool | None:
        """Once answered, RTP was captured in one direction only; absent where too little was captured."""
        return self._media.one_way(self._view)

    @once
    def _silent(self) -> bool | None:
        return self._media.fell_silent(self._view)

    @fact
    def stopped(self) -> bool:
        """A side that had sent RTP sent none after the last re-INVITE.

        The other did for 20 s, and both had agreed to.
        """
        return self._silent is not None

    @fact(absent="one side")
    def stopped_by(self) -> str | None:
        """The side that stopped sending RTP."""
        return side_label(self._view.sides, self._silent) if self._silent is not None else None
