"""The JSON report: schema ``sipdiag/2``, described by ``schema/sipdiag-2.schema.json``.

Every key is always there; what is absent is ``null``.  Times are RFC 3339 in UTC, durations are
seconds.  Calls are serialised one at a time, so that a report of many calls is never held as one
tree of objects.  Of many calls most are summarised: such a call says so (``detailed: false``) and
has the Call-ID that brings its details back; a leg of a flooded call says how many messages it lacks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from sipdiag import __version__
from sipdiag.calls.model import FRUGAL, LegMessage
from sipdiag.capture.payload import host_text
from sipdiag.messages.capture_points import CapturePoint
from sipdiag.messages.changes import changes
from sipdiag.pipeline.results import (
    Analysis,
    CallDetail,
    CallSummary,
    ExchangeResult,
    LegResult,
    Party,
    TransferResult,
)
from sipdiag.position import Place, WirePosition
from sipdiag.report import configuration
from sipdiag.report.extract import extract
from sipdiag.report.firstrtp import first_rtp_s
from sipdiag.report.mediajson import call_media, other_media
from sipdiag.report.text import exact, file_text
from sipdiag.report.times import rfc3339, seconds_between
from sipdiag.report.wording import count_by
from sipdiag.rules.finding import Evidence, Finding, FixStep

SCHEMA = "sipdiag/2"
SCHEMA_FILE = Path(__file__).parent / "schema" / "sipdiag-2.schema.json"

Object = dict[str, object]


def render(analysis: Analysis) -> str:
    """The whole report as one document."""
    return "".join(iter_json(analysis))


def iter_json(analysis: Analysis) -> Iterator[str]:
    """The report in pieces: what is known of the whole, then a call a piece."""
    paths = [file_text(file.path) for file in analysis.files]
    encode = json.JSONEncoder().encode
    yield encode(exact(_head(analysis, paths)))[:-1] + ', "calls": ['
    for index, result in enumerate(analysis.calls):
        told = _call(result, paths, analysis) if isinstance(result, CallDetail) else _brief(result, paths)
        yield ("\n" if index == 0 else ",\n") + encode(exact(told))
        if analysis.sip_messages > FRUGAL and isinstance(result, CallDetail):
            for leg in result.call.legs:
                leg.forget()
    yield "]}\n"


def _head(analysis: Analysis, paths: Sequence[str]) -> Object:
    headline = analysis.headline
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__, "rules": analysis.rules_hash},
        "expect": {"what": analysis.expect, "scope": analysis.expect_scope} if analysis.expect else None,
        "verdict": {"call": headline[0], "rule": headline[1].rule, "sentence": headline[1].sentence}
        if headline
        else None,
        "capture": _capture(analysis, paths),
        "findings": [finding_json(finding, paths) for finding in analysis.findings],
        "context": configuration.as_json(analysis.configuration) if analysis.configuration else None,
        "summary": {
            "calls": len(analysis.calls),
            "by_outcome": count_by(result.outcome for result in analysis.calls),
            "by_rule": count_by(result.root_cause.rule for result in analysis.calls if result.root_cause),
            "left_out": analysis.left_out,
        },
        "media": other_media(analysis.streams, analysis),
        "exchanges": [_exchange(one, paths, analysis) for one in analysis.exchanges],
    }


def _capture(analysis: Analysis, paths: Sequence[str]) -> Object:
    frames = analysis.accounting
    return {
        "files": [
            {
                "path": path,
                "sha256": file.sha256 or None,
                "format": file.format,
                "link_types": file.link_types,
                "packets": file.packets,
                "bytes": file.bytes,
            }
            for path, file in zip(paths, analysis.files, strict=True)
        ],
        "points": [_point(point, paths, analysis) for point in analysis.points],
        "first_time": _time(frames.first_ns),
        "last_time": _time(frames.last_ns),
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
                "file": None if note.file is None else _path(note.file, paths),
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
        "clock_s": clock.ahead_ns / 1e9 if clock is not None else None,
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


def _call(result: CallDetail, paths: Sequence[str], analysis: Analysis) -> Object:
    messages = extract([leg.leg for leg in result.legs])
    return {
        **_outline(result, paths),
        "first_rtp_s": {
            "to_caller": first_rtp_s(result, to_caller=True),
            "to_callee": first_rtp_s(result, to_caller=False),
        },
        "passed": [{"check": item.check, "text": item.text} for item in result.passed],
        "cannot_tell": [
            {"missing": item.missing, "capture_next": item.capture_next} for item in result.cannot_tell
        ],
        "participants": [
            {"host": host_text(p.host), "provider": p.provider, "name": p.name, "proof": p.proof}
            for p in result.participants
        ],
        "legs": [_leg(leg, kept, paths, analysis) for leg, kept in zip(result.legs, messages, strict=True)],
        "transfers": [_transfer(transfer, paths) for transfer in result.transfers],
        "media": call_media(result.media, analysis),
    }


_NO_DETAILS: Object = dict.fromkeys(("passed", "cannot_tell", "participants", "legs", "transfers"), ())


def _brief(result: CallSummary, paths: Sequence[str]) -> Object:
    return {**_outline(result, paths), **_NO_DETAILS, "media": None, "first_rtp_s": None}


def _outline(result: CallSummary, paths: Sequence[str]) -> Object:
    """What is known of every call."""
    root = result.root_cause
    return {
        "id": result.id,
        "call_id": result.call_id,
        "detailed": isinstance(result, CallDetail),
        "outcome": result.outcome,
        "from": _party(result.from_),
        "to": _party(result.to),
        "time_known": result.time_known,
        "start": _time(result.began_ns),
        "progress_s": result.progress_s,
        "setup_s": result.setup_s,
        "ring_s": result.ring_s,
        "talk_s": result.talk_s,
        "end": _time(result.over_ns),
        "duration_s": seconds_between(result.start_ns, result.end_ns) if result.time_known else None,
        "ended_by": result.ended_by,
        "root_cause": {"rule": root.rule, "confidence": root.confidence.name, "sentence": root.sentence}
        if root
        else None,
        "findings": [finding_json(finding, paths) for finding in result.findings],
    }


def _step(step: FixStep) -> Object:
    change = step.change
    return {
        "text": step.text,
        "command": step.command,
        "url": step.url,
        "change": None
        if change is None
        else {"file": change.file, "line": change.line, "old": change.old, "new": change.new},
    }


def finding_json(finding: Finding, paths: Sequence[str]) -> Object:
    """One finding; ``paths``: the names of the inputs."""
    return {
        "rule": finding.rule,
        "subject": finding.subject,
        "role": finding.role,
        "consequence_of": finding.consequence_of,
        "title": finding.title,
        "severity": finding.severity.name,
        "confidence": finding.confidence.name,
        "responsible": finding.acts.as_,
        "acts": {"who": finding.acts.who, "as": finding.acts.as_, "because": finding.acts.because},
        "sentence": finding.sentence,
        "why": finding.why,
        "fix": [_step(step) for step in finding.fix],
        "evidence": [_evidence(item, paths) for item in finding.evidence],
        "references": list(finding.references),
    }


def _evidence(item: Evidence, paths: Sequence[str]) -> Object:
    position = item.position
    if isinstance(position, Place):
        return {
            "file": position.file,
            "line": position.line,
            "column": position.column,
            "pointer": position.pointer,
            "value": position.value,
            "what": item.what,
        }
    return {**_sighting(position, paths), "time": _time(item.time_ns), "what": item.what}


def located(position: WirePosition) -> dict[str, int | None]:
    """The keys of a frame; those of a line of a log, which is no frame."""
    return (
        {"frame": position.number} if position.unit == "frame" else {"frame": None, "line": position.number}
    )


def _exchange(one: ExchangeResult, paths: Sequence[str], analysis: Analysis) -> Object:
    """Registrations, OPTIONS or a subscription; its findings stand under ``findings``, with its id as subject."""
    (messages,) = extract([one.detail.legs[0].leg]) if one.detail is not None else ((),)
    whole = len(one.detail.legs[0].leg.messages) if one.detail is not None else 0
    points = [point.name(analysis.files) for point in analysis.points]
    return {
        "id": one.id,
        "method": one.method,
        "about": one.about or None,
        "src": host_text(one.src),
        "dst": host_text(one.dst),
        "state": one.state,
        "status": one.status,
        "requests": one.requests,
        "time_known": one.time_known,
        "start": _time(one.start_ns if one.time_known else None),
        "end": _time(one.end_ns if one.time_known else None),
        "rules": list(dict.fromkeys(finding.rule for finding in one.findings)),
        "messages": [_message(item, paths, points) for item in messages],
        "messages_left_out": whole - len(messages),
    }


def _leg(
    result: LegResult, messages: Sequence[LegMessage], paths: Sequence[str], analysis: Analysis
) -> Object:
    leg = result.leg
    points = [point.name(analysis.files) for point in analysis.points]
    return {
        "id": leg.id,
        "call_id": leg.call_id,
        "from_tag": leg.from_tag,
        "to_tags": leg.to_tags,
        "role": leg.role,
        "state": result.state,
        "status": result.status,
        "reason": result.reason,
        "src": host_text(leg.caller),
        "dst": host_text(leg.callee),
        "provider": result.provider,
        "joined_by": {"how": leg.joined_by.how, "confidence": leg.joined_by.confidence}
        if leg.joined_by
        else None,
        "messages": [_message(item, paths, points) for item in messages],
        "messages_left_out": len(leg.messages) - len(messages),
    }


def _message(item: LegMessage, paths: Sequence[str], points: Sequence[str]) -> Object:
    captured = item.captured
    changed = changes(captured)
    return {
        **_sighting(captured.position, paths),
        "time": _time(captured.known_ns),
        "src": host_text(captured.src),
        "dst": host_text(captured.dst),
        "transport": captured.transport,
        "start_line": captured.message.start_line,
        "retransmission": item.retransmission,
        "view": item.view,
        "copy_of": _sighting(captured.copy_of.position, paths) if captured.copy_of else None,
        "seen_at": [points[number] for number in captured.seen_at if number < len(points)],
        "missed_at": [points[number] for number in captured.missed_at if number < len(points)],
        "changed": changed.names if changed is not None else [],
    }


def _transfer(result: TransferResult, paths: Sequence[str]) -> Object:
    transfer = result.transfer
    legs = ([transfer.leg] if transfer.leg else []) + transfer.new_legs
    return {
        "id": transfer.id,
        "legs": [leg.id for leg in legs],
        "method": transfer.method,
        "target": _party(result.target),
        "refer_status": result.refer_status,
        "notifies": [
            {**_sighting(notify.captured.position, paths), "status": notify.status}
            for notify in transfer.notifies
        ],
        "outcome": result.outcome,
    }


def _party(party: Party) -> Object:
    return {"uri": party.uri, "number": party.number, "country": party.country}


def _sighting(position: WirePosition, paths: Sequence[str]) -> Object:
    return {"file": _path(position.file, paths), **located(position)}


def _path(file: int, paths: Sequence[str]) -> str | None:
    return paths[file] if 0 <= file < len(paths) else None


def _time(time_ns: int | None) -> str | None:
    return None if time_ns is None else rfc3339(time_ns)
