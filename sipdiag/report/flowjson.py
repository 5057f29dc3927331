"""Legs, transfers and requests outside calls as JSON, with their messages."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sipdiag.calls.model import LegMessage
from sipdiag.capture.payload import host_text
from sipdiag.messages.changes import changes
from sipdiag.pipeline.results import Analysis, ExchangeResult, LegResult, TransferResult
from sipdiag.report.extract import extract
from sipdiag.report.jsonparts import Object, party, sighting, time
from sipdiag.report.text import file_text


class Names(Struct, frozen=True):
    """Names of inputs and capture points."""

    paths: Sequence[str]
    points: Sequence[str]

    @classmethod
    def of(cls, analysis: Analysis) -> Names:
        """Those of an analysis."""
        return cls(
            [file_text(file.path) for file in analysis.files],
            [point.name(analysis.files) for point in analysis.points],
        )


def leg(result: LegResult, messages: Sequence[LegMessage], names: Names) -> Object:
    """A leg with the messages the report has room for."""
    one = result.leg
    return {
        "id": one.id,
        "call_id": one.call_id,
        "from_tag": one.from_tag,
        "to_tags": one.to_tags,
        "role": one.role,
        "state": result.state,
        "status": result.status,
        "reason": result.reason,
        "src": host_text(one.caller),
        "dst": host_text(one.callee),
        "provider": result.provider,
        "joined_by": {"how": one.joined_by.how, "confidence": one.joined_by.confidence}
        if one.joined_by
        else None,
        "messages": [_message(item, names) for item in messages],
        "messages_left_out": len(one.messages) - len(messages),
    }


def transfer(result: TransferResult, names: Names) -> Object:
    """A transfer and its legs."""
    one = result.transfer
    legs = ([one.leg] if one.leg else []) + one.new_legs
    return {
        "id": one.id,
        "legs": [each.id for each in legs],
        "method": one.method,
        "target": party(result.target),
        "refer_status": result.refer_status,
        "notifies": [
            {**sighting(notify.captured.position, names.paths), "status": notify.status}
            for notify in one.notifies
        ],
        "outcome": result.outcome,
    }


def exchange(one: ExchangeResult, names: Names) -> Object:
    """Registrations, OPTIONS or a subscription; its findings stand under ``findings``, with its id as subject."""
    (messages,) = extract([one.detail.legs[0].leg]) if one.detail is not None else ((),)
    whole = len(one.detail.legs[0].leg.messages) if one.detail is not None else 0
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
        "start": time(one.start_ns if one.time_known else None),
        "end": time(one.end_ns if one.time_known else None),
        "rules": list(dict.fromkeys(finding.rule for finding in one.findings)),
        "messages": [_message(item, names) for item in messages],
        "messages_left_out": whole - len(messages),
    }


def _message(item: LegMessage, names: Names) -> Object:
    captured = item.captured
    changed = changes(captured)
    return {
        **sighting(captured.position, names.paths),
        "time": time(captured.known_ns),
        "src": host_text(captured.src),
        "dst": host_text(captured.dst),
        "transport": captured.transport,
        "start_line": captured.message.start_line,
        "retransmission": item.retransmission,
        "view": item.other_hop,
        "copy_of": sighting(captured.copy_of.position, names.paths) if captured.copy_of else None,
        "seen_at": [names.points[number] for number in captured.seen_at if number < len(names.points)],
        "missed_at": [names.points[number] for number in captured.missed_at if number < len(names.points)],
        "changed": changed.names if changed is not None else [],
    }
