"""Audio that went on after both sides had agreed on T.38, which takes its place (RFC 3362)."""

from __future__ import annotations

from sipdiag.facts.cited import ProvenFacts, last_packet
from sipdiag.facts.timers import seconds
from sipdiag.facts.ways import TALK_PACKETS, Way
from sipdiag.media.match import GRACE_NS


def fax_audio(way: Way) -> ProvenFacts:
    """How long it went on, where the descriptions in force at its end ask for a fax and for no audio."""
    fax_ns, bye = way.media.fax_ns, way.view.bye
    if fax_ns is None or way.last_ns - fax_ns <= GRACE_NS:
        return ProvenFacts()
    stream = max(way.streams, key=lambda one: one.last_ns)
    end_ns = min(way.last_ns, bye.time_ns) if bye is not None else way.last_ns
    if stream.sent(fax_ns, end_ns) < TALK_PACKETS or not _fax_alone(way, end_ns - GRACE_NS):
        return ProvenFacts()
    return ProvenFacts(
        {"fax_audio_s": seconds(fax_ns, end_ns)}, lambda: {"last_packet": [last_packet(stream)]}
    )


def _fax_alone(way: Way, time_ns: int) -> bool:
    said = [one for by_caller in (True, False) for one in way.media.session.in_force(by_caller, time_ns)]
    kinds = [{media.kind for media in one.sdp.media if media.port} for one in said]
    return bool(kinds) and all("image" in some and "audio" not in some for some in kinds)
