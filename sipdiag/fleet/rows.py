"""The rows of one analysis, table by table, as :mod:`sipdiag.fleet.schema` has their columns."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping

from sipdiag.calls.model import Leg
from sipdiag.capture.payload import host_text
from sipdiag.facts.declare import EnumClass, Fact
from sipdiag.facts.table import FACTS
from sipdiag.fleet.journal import Row, Rows
from sipdiag.pipeline.media import StreamResult
from sipdiag.pipeline.results import Analysis, CallDetail, LegResult, TransferResult
from sipdiag.rules.finding import Finding

VERSION = 1
"""Of the schema; raised when a column goes or changes its type."""

_NUMBERS = re.compile(r"[0-9a-f]{8,}|[0-9]+", re.IGNORECASE)
_ENDED = frozenset({"answered", "refused", "redirected", "cancelled", "no_response"})
_CHALLENGES = (401, 402, 407)
_RECORDING = "recording"


def rows_of(call: CallDetail, found: Rows, *, messages: bool) -> None:
    """Add the rows of a call; those of ``messages`` on demand."""
    key = call_key(call)
    found["calls"].append(_call(call, key))
    found["legs"] += (_leg(leg, key) for leg in call.legs)
    found["transfers"] += (_transfer(one, key) for one in call.transfers)
    found["findings"] += (_finding(one, key) for one in call.findings)
    found["streams"] += (_stream(one, key) for one in call.media.streams)
    if messages:
        found["messages"] += _messages(call, key)


def rows_of_no_call(analysis: Analysis, found: Rows) -> None:
    """Add the rows on what belongs to no call."""
    found["findings"] += (_finding(one, None) for one in analysis.findings)
    found["streams"] += (_stream(one, None) for one in analysis.streams)


def call_key(call: CallDetail) -> str:
    """The same for every view of one call: two capture points, or two files of a ring."""
    leg = call.call.legs[0]
    cseq = leg.invites[0].cseq if leg.invites else None
    return hashlib.sha256(f"{leg.call_id}\0{leg.from_tag}\0{cseq}".encode()).hexdigest()[:32]


def fault_key(call: CallDetail, lead: Mapping[str, object]) -> str | None:
    """The same for faults of one kind at one party, whatever numbers stand in their texts; None without a fault."""
    root = call.root_cause
    if root is None:
        return None
    reason = _NUMBERS.sub("#", str(lead.get("reason") or "")).strip().lower()
    parts = (
        root.rule,
        lead.get("cause_code"),
        lead.get("status"),
        lead.get("carrier"),
        root.acts.as_,
        reason,
    )
    return hashlib.sha256(
        "\0".join("" if part is None else str(part) for part in parts).encode()
    ).hexdigest()[:16]


def _call(call: CallDetail, key: str) -> Row:
    root = call.root_cause
    lead_leg = next((leg for leg in call.legs if leg.leg.id == call.lead), None)
    lead: Mapping[str, object] = lead_leg.facts if lead_leg is not None else {}
    state = _member(_ENUMS["leg"]["state"], lead.get("state"))
    return {
        "call_key": key,
        "id": call.id,
        "call_id": call.call_id,
        "start": time_of(call.began_ns),
        "end": time_of(call.over_ns),
        "complete": bool(lead.get("start_seen")) and state in _ENDED,
        "scanner": bool(lead.get("scanner")),
        "outcome": call.outcome,
        "from_number": call.from_.number,
        "from_country": call.from_.country,
        "to_number": call.to.number,
        "to_country": call.to.country,
        "carrier": lead.get("carrier") or None,
        "platform": lead.get("platform") or None,
        "peer": host_text(lead_leg.leg.callee) if lead_leg is not None else None,
        "ended_by": call.ended_by,
        "setup_s": call.setup_s,
        "ring_s": call.ring_s,
        "talk_s": call.talk_s,
        "delay_s": delay_s(lead_leg.leg) if lead_leg is not None and call.time_known else None,
        "state": state,
        "final_status": lead.get("status"),
        "q850": lead.get("q850"),
        "legs": len(call.legs),
        "transfers": len(call.transfers),
        "root_rule": root.rule if root else None,
        "root_severity": root.severity.name if root else None,
        "root_confidence": root.confidence.name if root else None,
        "root_sentence": root.sentence if root else None,
        "root_cause_code": lead.get("cause_code") if root else None,
        "acts_as": root.acts.as_ if root else None,
        "acts_who": root.acts.who if root else None,
        "fault_key": fault_key(call, lead),
    }


def delay_s(leg: Leg) -> float | None:
    """Session Request Delay (RFC 6076 §4.3), seconds: INVITE to the first sign of life that is no mere 100.

    A challenge (401, 407) or a demand for payment (402) is none; the retry's answer counts.
    """
    signs = [one.time_ns for invite in leg.invites for one in invite.own.provisionals]
    signs += (
        invite.final.time_ns
        for invite in leg.invites
        if invite.final is not None and invite.status not in _CHALLENGES
    )
    if not signs or not leg.start_seen:
        return None
    return max(0, min(signs) - leg.invites[0].time_ns) / 1e9


def _leg(result: LegResult, key: str) -> Row:
    leg = result.leg
    known = _facts("leg", result.facts)
    if not result.facts:
        known["role"] = _RECORDING
    return {
        "call_key": key,
        "leg": leg.id,
        "leg_call_id": leg.call_id,
        "src": leg.caller.address,
        "src_port": leg.caller.port,
        "dst": leg.callee.address,
        "dst_port": leg.callee.port,
        **known,
    }


def _transfer(result: TransferResult, key: str) -> Row:
    known = _facts("transfer", result.facts)
    known["outcome"] = result.outcome.replace("-", "_")
    return {"call_key": key, "transfer": result.transfer.id, **known}


def fact_columns(kind: str) -> Iterator[Fact]:
    """The facts of a kind of subject that are columns: not the generated ``has_…``, nor whole header maps."""
    return (fact for fact in FACTS[kind] if fact.presence_of is None and not fact.type.startswith("map_"))


_COLUMNS = {kind: frozenset(fact.name for fact in fact_columns(kind)) for kind in ("leg", "transfer")}
_ENUMS = {
    kind: {fact.name: fact.enum for fact in fact_columns(kind) if fact.enum is not None} for kind in _COLUMNS
}


def _facts(kind: str, known: Mapping[str, object]) -> Row:
    """The known facts, members of closed sets by name."""
    columns = _COLUMNS[kind]
    row = {name: value for name, value in known.items() if name in columns}
    for name, members in _ENUMS[kind].items():
        if name in row:
            row[name] = _member(members, row[name])
    return row


def _member(members: EnumClass, value: object) -> str | None:
    return members(value).name if isinstance(value, int) else None


def _finding(finding: Finding, key: str | None) -> Row:
    places = [one.captured.position for one in finding.evidence if one.captured is not None]
    return {
        "call_key": key,
        "subject": finding.subject,
        "rule": finding.rule,
        "role": finding.role,
        "consequence_of": finding.consequence_of,
        "severity": finding.severity.name,
        "confidence": finding.confidence.name,
        "acts_as": finding.acts.as_,
        "acts_who": finding.acts.who,
        "sentence": finding.sentence,
        "frames": [{"file": place.file, "frame": place.number} for place in places],
    }


def _stream(result: StreamResult, key: str | None) -> Row:
    stream, mos = result.stream, result.mos
    direction = None if result.to_caller is None else "to-caller" if result.to_caller else "to-callee"
    return {
        "call_key": key,
        "stream": result.id,
        "leg": result.leg,
        "direction": direction,
        "src": host_text(stream.src),
        "dst": host_text(stream.dst),
        "ssrc": stream.ssrc,
        "codec": result.codec,
        "clock_hz": result.clock_hz,
        "ptime_ms": result.ptime_ms,
        "packets": stream.packets,
        "expected": stream.expected,
        "lost": stream.lost,
        "duplicates": stream.duplicates,
        "reordered": stream.reordered,
        "late": result.late,
        "jitter_mean_ms": result.jitter_mean_ms,
        "jitter_max_ms": result.jitter_max_ms,
        "longest_gap_ms": result.gap_ms,
        "rtcp_lost": result.rtcp.lost if result.rtcp else None,
        "rtt_ms": result.rtcp.rtt_ms if result.rtcp else None,
        "mos_concealed": mos.concealed if mos else None,
        "mos_unconcealed": mos.unconcealed if mos else None,
    }


def _messages(call: CallDetail, key: str) -> Iterator[Row]:
    for leg in call.call.legs:
        for entry in leg.messages:
            captured = entry.captured
            message = captured.message
            yield {
                "call_key": key,
                "leg": leg.id,
                "time": time_of(captured.known_ns),
                "file": captured.position.file,
                "frame": captured.position.number,
                "src": host_text(captured.src),
                "dst": host_text(captured.dst),
                "method": message.method or message.cseq_method or None,
                "status": message.status,
                "cseq": message.cseq,
                "bytes": len(message.raw),
                "repeat": entry.retransmission,
            }


def time_of(time_ns: int | None) -> datetime.datetime | None:
    """Nanoseconds since the epoch as a time in UTC; None where it is not known or none that can be."""
    if time_ns is None:
        return None
    try:
        return datetime.datetime.fromtimestamp(time_ns // 1000 / 1_000_000, datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return None
