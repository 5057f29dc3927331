"""The media of a call as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.capture.payload import host_text
from sipdiag.media.mos import MODEL
from sipdiag.media.rtcp import Metrics
from sipdiag.pipeline.media import CallMedia, DigitResult, RtcpResult, StreamResult, listed
from sipdiag.pipeline.results import Analysis
from sipdiag.position import Frame
from sipdiag.report.jsonparts import Object, path, sighting
from sipdiag.report.times import rfc3339

MOST_STREAMS = 1000
"""How many streams outside calls are listed: those with the most packets."""
SHOWN_HOLES = 20
MASK = "•"


def call_media(media: CallMedia, analysis: Analysis, paths: Sequence[str]) -> Object:
    """``calls[].media``; ``paths``: the names of the inputs."""
    return {
        "streams": [_stream(one, analysis, paths) for one in media.streams],
        "dtmf": [_digit(one, analysis, paths) for one in media.digits],
    }


def other_media(streams: Sequence[StreamResult], analysis: Analysis, paths: Sequence[str]) -> Object:
    """``media``: the streams that belong to no call."""
    told = [{**_stream(one, analysis, paths), "call": None} for one in listed(streams, MOST_STREAMS)]
    return {"streams": told, "left_out": len(streams) - len(told)}


def _stream(one: StreamResult, analysis: Analysis, paths: Sequence[str]) -> Object:
    rtp = one.stream
    return {
        "id": one.id,
        "leg": one.leg,
        "direction": None if one.to_caller is None else "to-caller" if one.to_caller else "to-callee",
        "point": _point(rtp.place, analysis, paths),
        "src": host_text(rtp.src),
        "dst": host_text(rtp.dst),
        "ssrc": f"0x{rtp.ssrc:08x}",
        "payload_types": list(one.payload_types),
        "codec": one.codec,
        "clock_hz": one.clock_hz,
        "first": {**sighting(Frame(rtp.first_file, rtp.first_frame), paths), "time": rfc3339(rtp.first_ns)},
        "last": {**sighting(Frame(rtp.last_file, rtp.last_frame), paths), "time": rfc3339(rtp.last_ns)},
        "packets": rtp.packets,
        "expected": rtp.expected,
        "lost": rtp.lost,
        "duplicates": rtp.duplicates,
        "reordered": rtp.reordered,
        "restarts": rtp.restarts,
        "dscp": rtp.dscp,
        "late": one.late,
        "jitter_ms": {"mean": one.jitter_mean_ms, "max": one.jitter_max_ms},
        "max_delta_ms": round(rtp.max_delta_ns / 1e6, 3),
        "longest_gap_ms": one.gap_ms,
        "bursts": {
            "count": rtp.bursts.bursts,
            "lost": rtp.bursts.burst_lost,
            "longest_run": rtp.bursts.longest,
        },
        "ptime_ms": one.ptime_ms,
        "holes": [
            {
                **sighting(Frame(hole.file, hole.after_frame), paths),
                "time": rfc3339(hole.after_ns),
                "packets": hole.count,
            }
            for hole in one.holes[:SHOWN_HOLES]
            if hole.after_ns
        ],
        "rtcp": _rtcp(one.rtcp) if one.rtcp is not None else None,
        "mos": {
            "value": one.mos.concealed,
            "without_concealment": one.mos.unconcealed,
            "model": MODEL,
            "assumes": "the phone conceals losses",
        }
        if one.mos is not None
        else None,
    }


def _rtcp(told: RtcpResult) -> Object:
    return {
        "reports": len(told.times_ns),
        "lost": told.lost,
        "jitter_ms": told.jitter_ms,
        "rtt_ms": told.rtt_ms,
        "to_receiver_and_back_ms": told.half_ms,
        "claimed": _claimed(told.claimed) if told.claimed is not None else None,
    }


def _claimed(metrics: Metrics) -> Object:
    """The receiver's own statement of quality, unverified."""
    return {
        "loss_percent": round(metrics.loss * 100, 1),
        "discard_percent": round(metrics.discard * 100, 1),
        "round_trip_ms": metrics.round_trip_ms,
        "r_factor": metrics.r_factor,
        "mos_lq": metrics.mos_lq,
        "mos_cq": metrics.mos_cq,
    }


def _digit(one: DigitResult, analysis: Analysis, paths: Sequence[str]) -> Object:
    digit = one.digit
    return {
        "leg": one.leg,
        "direction": "to-caller" if one.to_caller else "to-callee",
        "method": digit.method,
        "digit": digit.symbol if analysis.show_digits else MASK,
        **sighting(digit.position, paths),
        "time": rfc3339(digit.time_ns),
        "payload_type": digit.payload_type,
        "duration_ms": digit.duration_ms,
        "packets": digit.packets,
        "end_packets": digit.ends,
        "agreed": digit.agreed,
    }


def _point(place: tuple[int, int], analysis: Analysis, paths: Sequence[str]) -> str | None:
    """The name of the capture point; that of the file where no message was captured there."""
    file, interface = place
    for point in analysis.points:
        if file in point.files and point.interface in (None, interface):
            return point.name(analysis.files)
    return path(file, paths)
