"""The media of a call as outputs show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.capture.payload import Note
from sipdiag.facts.callview import CallView
from sipdiag.facts.digits import SentDigit, sent_by
from sipdiag.facts.media import Media
from sipdiag.facts.quality import clock_of, hole_ms, timing_of
from sipdiag.facts.ways import LegMedia, Way
from sipdiag.media import mos
from sipdiag.media.captured import CapturedMedia
from sipdiag.media.control import Reported
from sipdiag.media.match import Matched
from sipdiag.media.rtcp import Metrics
from sipdiag.media.sequence import Hole
from sipdiag.media.stream import RtpStream, Timing
from sipdiag.sip.sdp import STATIC_PAYLOADS

MOST_DIGITS = 2000
"""How many digits of a call are listed."""


class RtcpResult(Struct, frozen=True):
    """What the receiver of a stream reported."""

    lost: int | None
    """Packets it missed since the stream began or since the first report; None without reports."""
    jitter_ms: float | None
    """The highest jitter it reported."""
    rtt_ms: float | None
    """Round trip between both ends; None where the capture has no answered sender report of each side."""
    half_ms: float | None
    """From the capture point to the receiver and back."""
    times_ns: tuple[int, ...] = ()
    """When reports were captured."""
    claimed: Metrics | None = None
    """The VoIP metrics of its extended reports (RFC 3611 §4.7)."""


class StreamResult(Struct, frozen=True):
    """A stream, with what the session description says about it."""

    id: str
    """``s1``, in the order of the capture."""
    stream: RtpStream
    codec: str | None
    """Encoding name, upper case."""
    clock_hz: int | None
    payload_types: tuple[int, ...]
    late: int
    jitter_mean_ms: float | None
    jitter_max_ms: float | None
    ptime_ms: float | None
    holes: tuple[Hole, ...] = ()
    leg: str | None = None
    """None, as what follows, for a stream that belongs to no call."""
    to_caller: bool | None = None
    gap_ms: float | None = None
    """The longest gap in arrivals while the sender was sending."""
    rtcp: RtcpResult | None = None
    mos: mos.Mos | None = None


class DigitResult(Struct, frozen=True):
    """A digit, and who sent it."""

    leg: str
    to_caller: bool
    digit: SentDigit


class CallMedia(Struct, frozen=True):
    """The streams and digits of a call."""

    streams: tuple[StreamResult, ...] = ()
    digits: tuple[DigitResult, ...] = ()
    held: tuple[tuple[int, int | None], ...] = ()
    """Periods in which one side or the other was not to send."""
    answer_ns: int | None = None
    end_ns: int | None = None


def media_of(call: CallView, media: Media) -> CallMedia:
    """The media of a call; a stream that fits several legs is listed with the first."""
    if not media.streams:
        return CallMedia()
    told: dict[int, StreamResult] = {}
    digits: list[DigitResult] = []
    seen: set[tuple[int, str]] = set()
    for view in call.legs:
        one = media.of(view)
        for matched in one.matched:
            way = one.way(to_caller=matched.to_caller)
            if matched.number not in told:
                told[matched.number] = _told(matched, way, view.leg.id)
        for way in (one.way(to_caller=False), one.way(to_caller=True)):
            for digit in sent_by(way):
                key = (digit.position.number, digit.method)
                if key not in seen and len(seen) < MOST_DIGITS:
                    seen.add(key)
                    digits.append(DigitResult(view.leg.id, way.to_caller, digit))
    lead = call.lead
    return CallMedia(
        tuple(sorted(told.values(), key=lambda one: (one.stream.first_ns, one.id))),
        tuple(sorted(digits, key=lambda one: one.digit.time_ns)),
        tuple(_held(media.of(lead))) if lead is not None else (),
        lead.answer.time_ns if lead is not None and lead.answer is not None else None,
        lead.end_ns if lead is not None else None,
    )


def unmatched(streams: Sequence[RtpStream], used: set[int]) -> Iterator[StreamResult]:
    """The streams that belong to no call."""
    for number, stream in enumerate(streams):
        if number not in used:
            yield _alone(number, stream)


def _held(media: LegMedia) -> Iterator[tuple[int, int | None]]:
    """Times in which the descriptions in force did not let both sides send."""
    since: int | None = None
    for time_ns in sorted({said.time_ns for said in media.session.said}):
        answers = [media.sends(by_caller, time_ns) for by_caller in (True, False)]
        if None in answers:
            continue
        if not all(answers) and since is None:
            since = time_ns
        elif all(answers) and since is not None:
            yield since, time_ns
            since = None
    if since is not None:
        yield since, media.view.end_ns


def _told(one: Matched, way: Way, leg: str) -> StreamResult:
    stream, form = one.stream, way.speech(one.stream)
    name = way.codec_name(form.payload_type) if form is not None else None
    clock = clock_of(way, stream)
    told = _counted(one.number, stream, clock, timing_of(way, stream), name)
    return replace(
        told,
        leg=leg,
        to_caller=way.to_caller,
        gap_ms=hole_ms(way, stream),
        rtcp=_rtcp(way, way.reported(stream), stream, clock),
        mos=_mos(way, one, name),
    )


def _alone(number: int, stream: RtpStream) -> StreamResult:
    """For a stream that belongs to no call: no session description says what its payload types mean."""
    form = stream.speech({})
    clock = form.clock_hz if form is not None else None
    timing = form.timing.get(clock) if form is not None and clock is not None else None
    return _counted(number, stream, clock, timing, None)


def _counted(
    number: int, stream: RtpStream, clock: int | None, timing: Timing | None, codec: str | None
) -> StreamResult:
    """What a stream shows on its own."""
    return StreamResult(
        id=f"s{number + 1}",
        stream=stream,
        codec=(codec or _static_name(stream) or "").upper() or None,
        clock_hz=clock,
        payload_types=tuple(one.payload_type for one in stream.formats),
        late=timing.late if timing is not None else 0,
        jitter_mean_ms=timing.mean_ms if timing is not None else None,
        jitter_max_ms=timing.max_ms if timing is not None else None,
        ptime_ms=_ptime(stream, clock),
        holes=stream.holes,
    )


def _static_name(stream: RtpStream) -> str | None:
    form = stream.speech({})
    known = STATIC_PAYLOADS.get(form.payload_type) if form is not None else None
    return known[0] if known is not None else None


def _ptime(stream: RtpStream, clock: int | None) -> float | None:
    step = next((one.step for one in stream.formats if one.step), 0)
    return round(step * 1000 / clock, 1) if step and clock else None


def _rtcp(way: Way, told: Reported | None, stream: RtpStream, clock: int | None) -> RtcpResult | None:
    if told is None or not (told.reports or told.metrics):
        return None
    other = max(
        (one for one in map(way.back.reported, way.back.streams) if one is not None and one.trips_ns),
        key=lambda one: len(one.trips_ns),
        default=None,
    )
    span = told.since(stream) if told.reports else None
    half, rest = told.trip_ms, other.trip_ms if other is not None else None
    return RtcpResult(
        lost=span.lost if span is not None else None,
        jitter_ms=round(told.worst_jitter * 1000 / clock, 1) if clock and told.reports else None,
        rtt_ms=round(half + rest, 1) if half is not None and rest is not None else None,
        half_ms=round(half, 1) if half is not None else None,
        times_ns=tuple(report.time_ns for report in told.reports),
        claimed=told.metrics,
    )


def _mos(way: Way, one: Matched, codec: str | None) -> mos.Mos | None:
    """None where no value is published for the codec, or where the capture itself lost packets."""
    stream, timing = one.stream, timing_of(way, one.stream)
    if codec not in mos.CODECS or timing is None or stream.duration_s < mos.SHORTEST_S or not stream.expected:
        return None
    if way.media.secured and stream.payload_type >= 96:
        return None
    if stream.lost and way.media.capture_lost(one) is True:
        return None
    missing = min(1.0, (stream.lost + timing.late) / stream.expected)
    return mos.estimate(missing, mos.burst_ratio(stream.bursts, stream.lost, stream.expected))


def listed(streams: Sequence[StreamResult], most: int) -> Sequence[StreamResult]:
    """The streams with the most packets, in capture order."""
    if len(streams) <= most:
        return streams
    kept = sorted(streams, key=lambda one: -one.stream.packets)[:most]
    return sorted(kept, key=lambda one: one.stream.first_ns)


def media_notes(media: CapturedMedia) -> list[Note]:
    """A warning where the capture itself lost RTP."""
    lost, of_streams = media.sniffer.losses
    if not lost:
        return []
    text = (
        f"The capture itself lost RTP (packets: {lost}, streams: {of_streams}). Other streams lack packets of the same "
        "moments, or the receiver reports that they arrived. The network is not blamed for them; capture with a "
        "larger buffer (tcpdump -B 65536)."
    )
    return [Note("rtp-dropped", text)]
