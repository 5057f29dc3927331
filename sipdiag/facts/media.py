"""The media of a capture, asked by leg."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.calls.model import Leg
from sipdiag.calls.profile import Tie
from sipdiag.capture.payload import Endpoint
from sipdiag.facts.declare import fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.timers import seconds
from sipdiag.facts.ways import LegMedia
from sipdiag.media.captured import CapturedMedia
from sipdiag.media.match import SessionDescription, StreamIndex
from sipdiag.messages.captured import CapturedMessage

MOST_KEPT = 64
"""How many legs' media are cached: enough for the legs of one call."""


class Media:
    """The media of a capture, by leg."""

    def __init__(self, captured: CapturedMedia) -> None:
        self.captured = captured
        self.streams = StreamIndex(captured.streams)
        self.used: set[int] = set()
        """Numbers of the streams that belong to a leg."""
        self._kept: dict[LegView, LegMedia] = {}

    def of(self, view: LegView) -> LegMedia:
        """The media of a leg."""
        known = self._kept.get(view)
        if known is not None:
            return known
        if len(self._kept) >= MOST_KEPT:
            for one in self._kept.values():
                one.forget()
            self._kept.clear()
        media = self._kept[view] = LegMedia(view, self.streams, self.captured)
        self.used.update(one.number for one in media.matched)
        return media

    def ties(self, leg: Leg) -> Iterator[Tie]:
        """What the leg shares with one that another capture point saw: the RTP between ends that both describe."""
        if not self.captured.pairs:
            return
        ends = [end for entry in leg.messages for end in ends_named(entry.captured)]
        for number in dict.fromkeys(self.streams.touching(ends, leg.first_ns, leg.last_ns)):
            for pair in self.captured.pairs.of(number):
                if pair.far is not None:
                    yield ("rtp", f"{pair.near} {pair.far}")


def ends_named(captured: CapturedMessage) -> Iterator[Endpoint]:
    """Where the sender of a message wants to receive."""
    sdp = captured.message.sdp if captured.copy_of is None else None
    return SessionDescription(captured.time_ns, True, sdp).ends if sdp is not None else iter(())


class MediaFacts:
    """The media of one leg, as rules ask about it; what one side heard is asked of a direction."""

    def __init__(self, media: Media, view: LegView) -> None:
        self._media = media.of(view)
        self._view = view

    @fact
    def one_way(self) -> bool | None:
        """Once answered, RTP was captured in one direction only; absent where too little was captured."""
        return self._media.one_way

    @fact
    def absent(self) -> bool:
        """Both sides said where they want their media, and no RTP of the call was captured."""
        return self._media.absent

    @fact
    def elsewhere(self) -> bool:
        """RTP between the hosts that both sides named was captured, whosever it is."""
        return self._media.elsewhere

    @fact
    def fax_s(self) -> float | None:
        """From the leg's first message to when both sides had agreed on T.38."""
        fax_ns = self._media.fax_ns
        return seconds(self._view.leg.first_ns, fax_ns) if fax_ns is not None else None
