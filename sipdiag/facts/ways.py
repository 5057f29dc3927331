"""Both directions of a leg's audio: the streams of each, with what the two sides agreed on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sipdiag.facts.described import Described
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.wording import side_label
from sipdiag.media.match import Matched, StreamIndex
from sipdiag.media.stream import COMFORT_NOISE, Format, RtpStream

if TYPE_CHECKING:
    from sipdiag.media.captured import CapturedMedia
    from sipdiag.media.control import Reported
    from sipdiag.sip.sdp import Codec

VIDEO_HZ = 90000
"""Clock of video (RFC 3551 §5)."""
TALK_PACKETS = 50
"""A second of speech: fewer packets prove nothing about a missing direction."""
PAUSE_NS = 200_000_000
"""No packet for longer, and nothing sent meanwhile, is a silence that was not sent."""
SETTLED_NS = 1_000_000_000
"""What ends sooner after the answer was early media."""
SILENT_NS = 20_000_000_000
"""Who sends nothing for this long, while the other side does, is not merely listening."""


class Way:
    """One direction of a leg's audio."""

    def __init__(self, view: LegView, media: LegMedia, *, to_caller: bool) -> None:
        self.view = view
        self.media = media
        self.to_caller = to_caller
        self.matched = [one for one in media.audio if one.to_caller == to_caller]

    @property
    def back(self) -> Way:
        """The other direction."""
        return self.media.way(to_caller=not self.to_caller)

    @once
    def sender(self) -> str:
        """Who sends, by name or address."""
        return side_label(self.view.sides, not self.to_caller)

    @once
    def receiver(self) -> str:
        """Who is to hear it."""
        return side_label(self.view.sides, self.to_caller)

    @once
    def codecs(self) -> dict[int, Codec]:
        """The payload types that the receiving side said it takes."""
        return self.media.codecs(by_caller=self.to_caller)

    @once
    def clocks(self) -> dict[int, int]:
        """Clock rate by payload type of what carries sound, as the receiving side has it, else the sending."""
        known = self.media.codecs(by_caller=not self.to_caller) | self.codecs
        return {
            number: codec.rate
            for number, codec in known.items()
            if codec.rate and not codec.is_dtmf and not codec.is_comfort_noise
        }

    @once
    def streams(self) -> list[RtpStream]:
        """The streams, by their begin."""
        return [one.stream for one in self.matched]

    @once
    def talking(self) -> list[Matched]:
        """Those that went on after the answer."""
        answer_ns = self.media.answer_ns
        return [one for one in self.matched if answer_ns is None or one.stream.last_ns > answer_ns]

    @once
    def pauses(self) -> bool:
        """The sender stops in silences (voice activity detection)."""
        return any(map(_pauses, self.streams))

    @once
    def last_ns(self) -> int:
        """When the last packet was captured; 0 without one."""
        return max((stream.last_ns for stream in self.streams), default=0)

    @once
    def packets(self) -> int:
        """Packets of the streams that went on after the answer."""
        return sum(one.stream.packets for one in self.talking)

    @once
    def awaited_until_ns(self) -> int:
        """When the other direction ended, or with the BYE the call: until then somebody was there to hear this one."""
        bye = self.view.bye
        return min(self.back.last_ns, bye.time_ns) if bye is not None else self.back.last_ns

    def speech(self, stream: RtpStream) -> Format | None:
        """The payload type that carries the sound of one of the streams."""
        return stream.speech(self.clocks)

    def codec_name(self, payload_type: int) -> str | None:
        """Encoding name in lower case."""
        codec = self.codecs.get(payload_type) or self.media.codecs(by_caller=not self.to_caller).get(
            payload_type
        )
        return codec.name if codec is not None and codec.name else None

    def reported(self, stream: RtpStream) -> Reported | None:
        """What the receiver reported about a stream by RTCP."""
        return self.media.control.of(stream.place, stream.ssrc, stream.dst.address)


def _pauses(stream: RtpStream) -> bool:
    noise = any(one.payload_type in COMFORT_NOISE for one in stream.formats)
    hole_ns = stream.longest.ns if stream.longest is not None else 0
    return noise or (stream.max_delta_ns > PAUSE_NS and stream.max_delta_ns > hole_ns)


class LegMedia(Described):
    """The media of a leg."""

    def __init__(self, view: LegView, streams: StreamIndex, captured: CapturedMedia) -> None:
        super().__init__(view)
        self.captured = captured
        self.control = captured.control
        self._streams = streams
        self._ways: dict[bool, Way] = {}
        self._codecs: dict[bool, dict[int, Codec]] = {}

    def codecs(self, *, by_caller: bool) -> dict[int, Codec]:
        """The payload types that one side said it receives, at any time."""
        if by_caller not in self._codecs:
            self._codecs[by_caller] = self.session.codecs(by_caller)
        return self._codecs[by_caller]

    @once
    def matched(self) -> list[Matched]:
        """The streams of the leg.  Of a capture without any, nobody need ask what the sides said."""
        return self._streams.of(self.session) if self._streams else []

    @once
    def absent(self) -> bool:
        """No RTP of the leg was captured, though both sides said where they want it."""
        return not self.matched and all(any(self.session.wanted(by_caller)) for by_caller in (True, False))

    @once
    def elsewhere(self) -> bool:
        """RTP between the hosts that both sides named was captured, whosever it is."""
        if not self._streams:
            return False
        caller, callee = (
            {end.address for end in self.session.wanted(by_caller)} for by_caller in (True, False)
        )
        return self._streams.between(caller, callee)

    @once
    def audio(self) -> list[Matched]:
        """The streams that carry sound; of one that several points captured the sighting nearest to its receiver."""
        known = {one.number for one in self.matched}
        return [
            one
            for one in self.matched
            if not self._is_video(one) and not self.captured.pairs.again(one.number, known)
        ]

    @once
    def _kinds(self) -> Mapping[tuple[str, int], set[str]]:
        """Audio, video …, by address and port; a fax mostly takes the port of the audio before it."""
        kinds: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        for said in self.session.said:
            for media in said.sdp.media:
                if media.port:
                    kinds[media.connection, media.port].add(media.kind)
        return kinds

    def _is_video(self, one: Matched) -> bool:
        known = {
            kind
            for end in (one.stream.dst, one.stream.src)
            for kind in self._kinds.get((end.address, end.port), ())
        }
        if known and "audio" not in known:
            return True
        codec = self.codecs(by_caller=False).get(one.stream.payload_type) or self.codecs(by_caller=True).get(
            one.stream.payload_type
        )
        return codec is not None and codec.rate == VIDEO_HZ

    def way(self, *, to_caller: bool) -> Way:
        """One direction."""
        if to_caller not in self._ways:
            self._ways[to_caller] = Way(self.view, self, to_caller=to_caller)
        return self._ways[to_caller]

    def forget(self) -> None:
        """Drop the directions, which hold this in turn: without them it is freed as soon as nobody asks any more."""
        self._ways.clear()

    @once
    def missing(self) -> bool | None:
        """Nothing was captured to the caller (True), or to the callee (False), once the call was answered.

        None where both heard something, where too little was captured to tell, or where not both were to send.
        """
        if not all(self.invited(by_caller) for by_caller in (True, False)):
            return None
        since_ns = self.answer_ns + SETTLED_NS if self.answer_ns is not None else 0
        packets = {True: 0, False: 0}
        for one in self.audio:
            if one.stream.last_ns >= since_ns:
                packets[one.to_caller] += one.stream.packets
        if max(packets.values()) < TALK_PACKETS or min(packets.values()):
            return None
        return not packets[True]

    @once
    def one_way(self) -> bool | None:
        """Media in one direction only; None where too little was captured to tell."""
        if self.missing is not None:
            return True
        return False if self.way(to_caller=True).talking and self.way(to_caller=False).talking else None

    @once
    def fell_silent(self) -> bool | None:
        """Whether it was the caller (True) or the callee that sent audio, but none after the last re-INVITE.

        The other one did, for at least :data:`SILENT_NS`, and both had agreed to send.  None where all is well, or
        where nothing tells: a side that may suppress silence (comfort noise, RFC 3389) may be muted.
        """
        moved = [one for one in self.view.refreshes if one.final is not None and (one.status or 0) < 300]
        final = moved[-1].final if moved else None
        if final is None:
            return None
        descriptions = [sdp for sdp in (moved[-1].first.message.sdp, final.message.sdp) if sdp is not None]
        audio = [one for sdp in descriptions for one in sdp.media if one.kind == "audio"]
        if len(descriptions) < 2 or any(one.direction != "sendrecv" or not one.port for one in audio):
            return None
        if any(codec.is_comfort_noise for one in audio for codec in one.codecs):
            return None
        for by_caller in (True, False):
            own, other = self.way(to_caller=not by_caller), self.way(to_caller=by_caller)
            sent = sum(stream.packets for stream in own.streams)
            went_on = other.last_ns - final.time_ns >= SILENT_NS
            if sent >= TALK_PACKETS and own.last_ns <= final.time_ns and went_on:
                return by_caller
        return None

    def stream(self, number: int | None) -> RtpStream | None:
        """A stream of the capture, whichever leg it belongs to."""
        return self._streams.all[number] if number is not None else None

    def capture_lost(self, one: Matched) -> bool | None:
        """Whether the capture rather than the network lost what is missing from a stream; None if unknown.

        What its receiver reports decides; else whether other streams lack packets of the same moments.
        """
        return self.capture_lost_of(one.number, one.stream)

    def capture_lost_of(self, number: int, stream: RtpStream) -> bool | None:
        """As :meth:`capture_lost`, by the number of the stream."""
        told = self.control.of(stream.place, stream.ssrc, stream.dst.address)
        span = told.since(stream) if told is not None and told.reports else None
        if span is not None and 2 * span.expected >= stream.expected:
            if 2 * span.lost >= stream.lost:
                return False
            if told is not None and told.advances:
                return True
        return self.captured.sniffer.blamed(number)

    def capture_stalled(self, one: Matched) -> bool | None:
        """Whether the capture caused the longest hole of a stream; None if unknown."""
        return self.captured.sniffer.stalled(one.number)
