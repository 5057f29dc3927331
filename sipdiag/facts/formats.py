"""The make-up of one direction of a leg's audio: payload types, sizes, sound, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise

from sipdiag.facts.cited import Cited, ProvenFacts, change, first_with, last_with
from sipdiag.facts.timers import seconds
from sipdiag.facts.ways import TALK_PACKETS, Way
from sipdiag.media.match import GRACE_NS
from sipdiag.media.stream import COMFORT_NOISE, Format, RtpStream
from sipdiag.sip.sdp import STATIC_PAYLOADS, Codec

LISTENED = 25
"""Packets listened to, two thirds of a second apart, that tell whether anything was to be heard."""
FEW_PACKETS = 10
"""Fewer packets of a payload type are a probe or a keep-alive, not a stream."""
EMPTY_BYTES = 4
"""No sound has so small a payload."""
BYTE_A_TICK = frozenset({"pcmu", "pcma"})
"""Codecs that put one byte a tick of their clock into a packet."""
G729_BYTES, G729_SILENCE_BYTES, G729_TICKS = 10, 2, 80
"""Of a frame, of one of silence, and the clock ticks of a frame (RFC 3551 §4.5.6)."""
SRTP_TAGS = (4, 10, 16)
"""Bytes of authentication behind the payload (RFC 3711 §5.2, RFC 4568 §6.2; of AES-GCM, RFC 7714)."""
_ROUGHLY = 1.5
"""Timestamps of some sources are a little uneven; another codec is off by more."""
MOST_NAMED = 8

_Sent = Sequence[tuple[RtpStream, Format]]


def formats(way: Way) -> ProvenFacts:
    """Payload types the receiver never named, and payloads that do not fit their type."""
    sent = [(stream, one) for stream in way.streams for one in stream.formats]
    if not way.codecs or not sent:
        return ProvenFacts()
    facts: dict[str, object] = {"agreed": _codecs_text(way.codecs)}
    told = [
        ProvenFacts(facts),
        _alien(way, sent) or _stale(way, sent) or ProvenFacts(),
        _impossible(way, sent),
    ]
    return ProvenFacts(
        {name: value for one in told for name, value in one.facts.items()},
        lambda: {name: value for one in told for name, value in one.cite().items()},
    )


def _alien(way: Way, sent: _Sent) -> ProvenFacts | None:
    alien = [
        (stream, one)
        for stream, one in sent
        if one.payload_type not in way.codecs
        and one.payload_type not in COMFORT_NOISE
        and one.packets >= FEW_PACKETS
        and one.most_size > EMPTY_BYTES
    ]
    if not alien:
        return None
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
    return ProvenFacts(facts, lambda: {"alien": [first_with(stream, worst, what)]})


def _stale(way: Way, sent: _Sent) -> ProvenFacts | None:
    """A payload type that the receiver named once, and no longer did while its packets went on."""
    total = sum(one.packets for _, one in sent)
    for stream, one in sent:
        moment_ns = one.last_ns - GRACE_NS
        said = way.media.session.in_force(way.to_caller, moment_ns)
        audio = [media for one in said for media in one.sdp.audio]
        codecs = {codec.payload_type: codec for media in audio for codec in media.codecs}
        if not codecs or one.payload_type in codecs or one.payload_type in COMFORT_NOISE:
            continue
        since_ns = max(description.time_ns for description in said)
        whole_ns = max(1, one.last_ns - one.first_ns)
        # About: a stream counts its packets of a type, not by time.
        count = round(one.packets * (one.last_ns - max(since_ns, one.first_ns)) / whole_ns)
        if count < TALK_PACKETS or one.most_size <= EMPTY_BYTES:
            continue
        facts: dict[str, object] = {
            "agreed": _codecs_text(codecs),
            "alien_type": one.payload_type,
            "alien_packets": count,
            "alien_percent": round(count * 100 / total, 1),
            "alien_since_s": seconds(since_ns, one.last_ns),
        }
        if one.payload_type in STATIC_PAYLOADS:
            facts["alien_name"] = STATIC_PAYLOADS[one.payload_type][0].upper()
        return ProvenFacts(facts, partial(_last_stale, stream, one))
    return None


def _last_stale(stream: RtpStream, one: Format) -> Cited:
    return {"alien": [last_with(stream, one, f"last packet with payload type {one.payload_type}")]}


def _impossible(way: Way, sent: _Sent) -> ProvenFacts:
    """A payload that no packet of its codec has: another codec, or one with or without the tag of SRTP."""
    for stream, one in sent:
        name = way.codec_name(one.payload_type)
        if not name or one.packets < TALK_PACKETS or one.least_size != one.most_size:
            continue
        whole = _whole(name, one)
        facts: dict[str, object] = {"odd_bytes": one.most_size, "odd_step": one.step}
        cite = partial(_first_odd, stream, one)
        if way.media.keyed and whole == one.most_size:
            return ProvenFacts(facts | {"plain_codec": name.upper()}, cite)
        answered = way.media.secured_by_answer(by_caller=not way.to_caller)
        if way.media.secured and not answered:
            continue
        if whole is not None and one.most_size - whole in SRTP_TAGS:
            tagged = {"tagged_codec": name.upper(), "tag_bytes": one.most_size - whole}
            return ProvenFacts(facts | tagged | {"tag_answered": answered}, cite)
        if answered:
            continue
        if _odd(name, one):
            return ProvenFacts(facts | {"odd_codec": name.upper()}, cite)
    return ProvenFacts()


def _first_odd(stream: RtpStream, one: Format) -> Cited:
    what = f"first packet, {one.most_size} bytes of payload"
    return {"odd_size": [first_with(stream, one, what)]}


def _whole(name: str, form: Format) -> int | None:
    """Bytes that a packet of a codec has for the time that its timestamps advance; None where that is not fixed."""
    if name in BYTE_A_TICK or name == "g722":
        return form.step or None
    if name == "g729" and form.step and form.step % G729_TICKS == 0:
        return form.step // G729_TICKS * G729_BYTES
    return None


def _odd(name: str, form: Format) -> bool:
    if name in BYTE_A_TICK:
        return bool(form.step) and not 1 / _ROUGHLY < form.most_size / form.step < _ROUGHLY
    return name == "g729" and form.most_size % G729_BYTES not in (0, G729_SILENCE_BYTES)


def _codecs_text(codecs: Mapping[int, Codec]) -> str:
    """``PCMU (0), telephone-event (101)``."""
    some = list(codecs.items())[:MOST_NAMED]
    return ", ".join(f"{_written(codec.name)} ({number})" for number, codec in some)


def _written(name: str) -> str:
    return "dynamic" if not name else name if "-" in name else name.upper()


def sound(way: Way) -> ProvenFacts:
    """Whether all that was sent is silence, while the other side was to be heard."""
    sent = [one for stream in way.streams for one in stream.formats]
    silent, audible = sum(one.silent for one in sent), sum(one.quiet + one.loud for one in sent)
    if way.media.secured or silent + audible < LISTENED:
        return ProvenFacts()
    back = sum(one.loud for stream in way.back.streams for one in stream.formats)
    return ProvenFacts({"all_silence": not audible, "other_heard": back >= FEW_PACKETS})


def sources(way: Way) -> ProvenFacts:
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
            return ProvenFacts(
                facts, change("changed", before, after, " of the old source", " of the new source")
            )
    return ProvenFacts(facts)
