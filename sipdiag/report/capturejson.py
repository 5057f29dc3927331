"""The capture as JSON: its files, its capture points, where its frames went."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.messages.capture_points import CapturePoint
from sipdiag.pipeline.results import Analysis
from sipdiag.report.jsonparts import Object, path, time


def capture(analysis: Analysis, paths: Sequence[str]) -> Object:
    """``capture``; ``paths``: the names of the inputs."""
    frames = analysis.accounting
    return {
        "files": [
            {
                "path": name,
                "sha256": file.sha256 or None,
                "format": file.format,
                "link_types": file.link_types,
                "packets": file.packets,
                "bytes": file.bytes,
            }
            for name, file in zip(paths, analysis.files, strict=True)
        ],
        "points": [_point(point, paths, analysis) for point in analysis.points],
        "first_time": time(frames.first_ns),
        "last_time": time(frames.last_ns),
        "sip_messages": analysis.sip_messages,
        "frames": {
            "seen": frames.seen,
            "sip": frames.sip,
            "rtp": frames.rtp,
            "other": frames.other,
            "undecoded": frames.undecoded,
        },
        "warnings": [
            {
                "code": note.code,
                "text": note.text,
                "file": None if note.file is None else path(note.file, paths),
                "byte": note.byte,
                **({"frame": note.frame} if note.line is None else {"frame": None, "line": note.line}),
            }
            for note in analysis.notes
        ],
    }


def _point(point: CapturePoint, paths: Sequence[str], analysis: Analysis) -> Object:
    clock = point.clock
    return {
        "name": point.name(analysis.files),
        "files": [paths[file] for file in point.files],
        "interface": None
        if point.interface is None
        else analysis.files[point.files[0]].interfaces.get(point.interface, str(point.interface)),
        "sip_messages": point.messages,
        "copies": point.copies,
        "clock_s": point.ahead_ns / 1e9 if point.ahead_ns is not None else None,
        "clock_error_s": clock.error_ns / 1e9 if clock is not None and clock.error_ns is not None else None,
        "drift_ppm": clock.drift_ppm if clock is not None else None,
        "steps_s": [step_ns / 1e9 for step_ns in clock.steps_ns] if clock is not None else [],
        "matched": point.matched,
        "compared_with": analysis.points[point.beside].name(analysis.files)
        if point.beside is not None
        else None,
        "round_trip_s": point.trip_ns / 1e9 if point.trip_ns is not None else None,
        "near": point.near,
        "sees": dict(zip(("towards_callee", "towards_caller"), point.sees, strict=True)),
    }
