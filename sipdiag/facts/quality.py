"""How well one direction of a leg's audio came through: loss, holes, lateness, and what the receiver reports."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sipdiag.facts.cited import Cited, ProvenFacts, behind, first_packet, packet, whole
from sipdiag.facts.timers import seconds
from sipdiag.facts.ways import TALK_PACKETS, Way
from sipdiag.media.match import Matched
from sipdiag.media.skew import skew_ppm
from sipdiag.media.stream import RtpStream, Silence, Timing
from sipdiag.position import Packet

SKEWED_PPM = 200.0
"""Twice the error of an ordinary quartz."""


def clock_of(way: Way, stream: RtpStream) -> int | None:
    """Clock rate of a stream's audio as the receiving side named it; None if nobody did."""
    form = way.speech(stream)
    return (form.clock_hz or way.clocks.get(form.payload_type)) if form is not None else None


def timing_of(way: Way, stream: RtpStream) -> Timing | None:
    """Jitter and lateness of the stream's sound; None where its clock is unknown, or that of the capture too coarse."""
    form, clock = way.speech(stream), clock_of(way, stream)
    return form.timing.get(clock) if form is not None and clock is not None else None


def hole_ms(way: Way, stream: RtpStream) -> float | None:
    """The longest hole, without the time that packets are apart anyway; None as for :func:`timing_of`."""
    form, clock = way.speech(stream), clock_of(way, stream)
    if stream.longest is None or form is None or not clock or timing_of(way, stream) is None:
        return None
    return round(max(0.0, stream.longest.ns / 1e6 - form.step * 1000 / clock), 1)


def quality(way: Way) -> ProvenFacts:
    """Loss and lateness of the stream that has most of them, and the longest hole of all."""
    rated = [one for one in way.matched if one.stream.expected >= TALK_PACKETS and way.speech(one.stream)]
    if not rated:
        return ProvenFacts()
    worst = max(rated, key=lambda one: (_missed(way, one.stream), one.stream.packets))
    stream, form, timing = worst.stream, way.speech(worst.stream), timing_of(way, worst.stream)
    facts: dict[str, object] = {
        "stream_s": round(stream.duration_s, 3),
        "lost": stream.lost,
        "expected": stream.expected,
        "loss_percent": round(stream.loss * 100, 1),
        "lost_in_a_row": stream.bursts.longest,
    }
    if form is not None and timing is not None and form.packets:
        facts |= {
            "late_packets": timing.late,
            "late_percent": round(timing.late * 100 / form.packets, 1),
            "jitter_ms": round(timing.mean_ms),
            "worst_jitter_ms": round(timing.max_ms),
        }
    holes = [hole for hole in stream.holes if hole.before_ns][:1]
    blamed = way.media.capture_lost(worst) if holes else None
    facts |= {"capture_lost": blamed is True, "network_lost": blamed is False, "gap_captured": False}
    longest = _longest(way, rated)
    return ProvenFacts(
        facts | longest.facts,
        lambda: {
            "first_hole": [behind(stream, hole) for hole in holes],
            **whole("late_packets", stream)(),
            **longest.cite(),
        },
    )


def skew_of(way: Way, stream: RtpStream) -> float | None:
    """Parts per million by which its sender's clock runs ahead of the capture's; None if unknown."""
    form, clock = way.speech(stream), clock_of(way, stream)
    return skew_ppm(form.samples, clock) if form is not None and clock else None


def clocks(way: Way) -> ProvenFacts:
    """The clock of the sender against that of the capture."""
    stream = max(way.streams, key=lambda one: one.packets, default=None)
    ppm = skew_of(way, stream) if stream is not None else None
    if stream is None or ppm is None or abs(ppm) < SKEWED_PPM:
        return ProvenFacts()
    back = max(way.back.streams, key=lambda one: one.packets, default=None)
    other = skew_of(way.back, back) if back is not None else None
    facts: dict[str, object] = {
        "skew_ppm": round(abs(ppm)),
        "skew_fast": ppm > 0,
        "skew_ms_a_minute": round(abs(ppm) * 60 / 1000),
        "skew_shared": other is not None and abs(other - ppm) < abs(ppm) / 2,
    }
    return ProvenFacts(facts, whole("skew", stream))


def marks(way: Way) -> ProvenFacts:
    """The mark for quality of service of the stream that has most packets, and what becomes of it between two points."""
    known = max(way.matched, key=lambda one: one.stream.packets, default=None)
    if known is None or known.stream.dscp is None:
        return ProvenFacts()
    media = way.media
    for pair in media.captured.pairs.of(known.number):
        near, far = media.stream(pair.near), media.stream(pair.far)
        if pair.directed and near is not None and far is not None and near.dscp != far.dscp:
            names = (way.view.observed.point(point) for point in pair.points)
            facts: dict[str, object] = {"dscp": near.dscp, "dscp_then": far.dscp}
            return ProvenFacts(
                facts | dict(zip(("marked_at", "remarked_at"), names, strict=True)),
                partial(_marked, near, far),
            )
    return ProvenFacts({"dscp": known.stream.dscp}, partial(_marked, known.stream))


def _marked(*streams: RtpStream) -> Cited:
    return {"marked": [first_packet(one, f"first packet, marked {one.dscp}") for one in streams]}


def _missed(way: Way, stream: RtpStream) -> float:
    """Part of the packets that were lost or came too late."""
    timing = timing_of(way, stream)
    late = timing.late if timing is not None else 0
    return (stream.lost + late) / stream.expected if stream.expected else 0.0


def _longest(way: Way, rated: Sequence[Matched]) -> ProvenFacts:
    """The longest time in which nothing came though something was sent all the time."""
    found = [
        (gap_ms, one)
        for one in rated
        if (gap_ms := hole_ms(way, one.stream)) is not None and not _held(way, one.stream)
    ]
    if not found:
        return ProvenFacts()
    gap_ms, one = max(found, key=lambda pair: pair[0])
    stream, longest = one.stream, one.stream.longest
    assert longest is not None
    begun_ns = way.media.answer_ns or way.view.leg.first_ns
    return ProvenFacts(
        {
            "gap_ms": round(gap_ms),
            "gap_at_s": seconds(begun_ns, longest.before_ns),
            "gap_captured": way.media.capture_stalled(one) is True,
        },
        lambda: {"gap": [_after_gap(stream, longest, gap_ms)]},
    )


def _after_gap(stream: RtpStream, longest: Silence, gap_ms: float) -> Packet:
    what = f"first packet after {gap_ms:.0f} ms without any"
    return packet(stream, longest.file, longest.frame, longest.before_ns + longest.ns, what)


def _held(way: Way, stream: RtpStream) -> bool:
    """The longest hole lies in a time in which its sender was not to send."""
    longest = stream.longest
    if longest is None:
        return False
    middle_ns = longest.before_ns + longest.ns // 2
    return way.media.sends(not way.to_caller, middle_ns) is False


def reported(way: Way) -> ProvenFacts:
    """What the receiver itself reports as missing, by RTCP."""
    stream = max(way.streams, key=lambda one: one.packets, default=None)
    told = way.reported(stream) if stream is not None else None
    if stream is None or told is None or not told.reports:
        return ProvenFacts()
    last, span = told.reports[-1], told.since(stream)
    if span is None:
        return ProvenFacts()
    clock = clock_of(way, stream)
    facts: dict[str, object] = {
        "remote_lost": span.lost,
        "remote_loss_percent": round(span.loss * 100, 1),
        "remote_expected": span.expected,
    }
    if clock:
        facts["remote_jitter_ms"] = round(told.worst_jitter * 1000 / clock)
    what = f"{span.lost} of about {span.expected} packets did not arrive"
    return ProvenFacts(
        facts,
        lambda: {"report": [packet(stream, last.file, last.frame, last.time_ns, what, "RTCP report about")]},
    )
