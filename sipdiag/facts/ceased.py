"""Audio that ended in the middle of a call which nobody had ended, held or moved."""

from __future__ import annotations

from sipdiag.facts.cited import ProvenFacts, last_packet
from sipdiag.facts.timers import seconds
from sipdiag.facts.ways import SILENT_NS, TALK_PACKETS, Way
from sipdiag.media.match import GRACE_NS
from sipdiag.media.stream import RtpStream

TALKED_NS = 30_000_000_000
"""Audio without a pause for this long is no greeting, behind which a recorder listens and sends nothing."""


def ceased(way: Way) -> ProvenFacts:
    """How long before the end nothing came any more, though the other direction went on and both were to send."""
    media = way.media
    if way.packets < TALK_PACKETS or way.pauses or media.answer_ns is None or media.fax_ns is not None:
        return ProvenFacts()
    stream = max((one.stream for one in way.talking), key=lambda one: one.last_ns)
    if (
        not talked(way, stream)
        or way.awaited_until_ns - stream.last_ns < SILENT_NS
        or media.sends(not way.to_caller, stream.last_ns + GRACE_NS) is not True
        or _may_be_silent(way, stream.last_ns)
    ):
        return ProvenFacts()
    return ProvenFacts(
        {
            "ceased_s": seconds(stream.last_ns, way.awaited_until_ns),
            "ceased_at_s": seconds(media.answer_ns, stream.last_ns),
        },
        lambda: {"stopped": [last_packet(stream)]},
    )


def talked(way: Way, stream: RtpStream) -> bool:
    """A stream went on after the answer for longer than a greeting takes."""
    return stream.last_ns - max(stream.first_ns, way.media.answer_ns or 0) >= TALKED_NS


def _may_be_silent(way: Way, last_ns: int) -> bool:
    """Comfort noise is agreed on, the call is being transferred, or its media was negotiated again."""
    codecs = [codec for both in (way, way.back) for codec in both.codecs.values()]
    moved = any(one.time_ns > last_ns - GRACE_NS for one in way.view.refreshes)
    return moved or bool(way.view.requests("REFER")) or any(codec.is_comfort_noise for codec in codecs)
