"""What one direction of a leg's audio was made of: payload types, sizes, sound, sources."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sipdiag.facts.cited import Told, first_packet, first_with, last_packet
from sipdiag.facts.timers import seconds
from sipdiag.facts.ways import TALK_PACKETS, Way
from sipdiag.media.stream import COMFORT_NOISE, Format, RtpStream
from sipdiag.sip.sdp import STATIC_PAYLOADS

LISTENED = 25
"""Packets listened to, two thirds of a second apart, that tell whether anything was to be heard."""
FEW_PACKETS = 10
"""So few packets of a payload type are no stream: a probe, a keep-alive."""
EMPTY_BYTES = 4
"""No sound has so small a payload."""
BYTE_A_TICK = frozenset({"pcmu", "pcma"})
"""Codecs that put one byte a tick of their clock into a packet."""
G729_BYTES, G729_SILENCE_BYTES = 10, 2
_ROUGHLY = 1.5
"""Timestamps of some sources are a little uneven; another codec is off by more."""
MOST_NAMED = 8

_Sent = Sequence[tuple[RtpStream, Format]]


def formats(way: Way) -> Told:
    """Payload types that the receiver never named, and payloads that cannot be what they say."""
    sent = [(stream, one) for stream in way.streams for one in stream.formats]
    if not way.codecs or not sent:
        return Told()
    told = [_alien(way, sent), _impossible(way, sent)]
    agreed: dict[str, object] = {"agreed": _codecs_text(way)}
    return Told(
        agreed | told[0].facts | told[1].facts,
        told[0].cited | told[1].cited,
    )


def _alien(way: Way, sent: _Sent) -> Told:
    alien = [
        (stream, one)
        for stream, one in sent
        if one.payload_type not in way.codecs
        and one.payload_type not in COMFORT_NOISE
        and one.packets >= FEW_PACKETS
        and one.most_size > EMPTY_BYTES
    ]
    if not alien:
        return Told()
    stream, worst = max(alien, key=lambda pair: pair[1].packets)
    count, total = (sum(one.packets for _, one in some) for some in (alien, sent))
    facts: dict[str, object] = {
        "alien_type": worst.payload_type,
        "alien_packets": count,
        "alien_percent": round(count * 100 / total, 1),
    }
    if worst.payload_type in STATIC_PAYLOADS:
        facts["alien_name"] = STATIC_PAYLOADS[worst.payload_type][0].upper()
    what = f"first packet with payload type {worst.payload_type}"
    return Told(facts, {"alien": [first_with(stream, worst, what)]})


def _impossible(way: Way, sent: _Sent) -> Told:
    """A payload that no packet of its codec has; encrypted ones are longer than what they hold."""
    if way.media.secured:
        return Told()
    for stream, one in sent:
        name = way.codec_name(one.payload_type)
        if name and one.packets >= TALK_PACKETS and _odd(name, one):
            what = f"first packet, {one.most_size} bytes of payload"
            facts: dict[str, object] = {
                "odd_codec": name.upper(),
                "odd_bytes": one.most_size,
                "odd_step": one.step,
            }
            return Told(facts, {"odd_size": [first_with(stream, one, what)]})
    return Told()


def _odd(name: str, form: Format) -> bool:
    if form.least_size != form.most_size:
        return False
    if name in BYTE_A_TICK:
        return bool(form.step) and not 1 / _ROUGHLY < form.most_size / form.step < _ROUGHLY
    return name == "g729" and form.most_size % G729_BYTES not in (0, G729_SILENCE_BYTES)


def _codecs_text(way: Way) -> str:
    """``PCMU (0), telephone-event (101)``."""
    some = list(way.codecs.items())[:MOST_NAMED]
    return ", ".join(f"{_written(codec.name)} ({number})" for number, codec in some)


def _written(name: str) -> str:
    return "dynamic" if not name else name if "-" in name else name.upper()


def sound(way: Way) -> Told:
    """Whether all that was sent is silence, while the other side was to be heard."""
    sent = [one for stream in way.streams for one in stream.formats]
    silent, audible = sum(one.silent for one in sent), sum(one.quiet + one.loud for one in sent)
    if way.media.secured or silent + audible < LISTENED:
        return Told()
    back = sum(one.loud for stream in way.back.streams for one in stream.formats)
    return Told({"all_silence": not audible, "other_heard": back >= FEW_PACKETS})


def sources(way: Way) -> Told:
    """A new source on the same ports, packets twice or out of order: worth knowing, and no fault."""
    streams = way.streams
    facts: dict[str, object] = {
        "duplicates": sum(stream.duplicates for stream in streams),
        "reordered": sum(stream.reordered for stream in streams),
        "stream_packets": sum(stream.packets for stream in streams),
    }
    for before, after in pairwise(streams):
        if before.ssrc != after.ssrc and (before.src, before.dst) == (after.src, after.dst):
            facts["source_changed_at_s"] = seconds(way.view.leg.first_ns, after.first_ns)
            ends = [
                last_packet(before, "last packet of the old source"),
                first_packet(after, "first packet of the new source"),
            ]
            return Told(facts, {"changed": ends})
    return Told(facts)
