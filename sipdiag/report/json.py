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
from sipdiag.calls.model import FRUGAL
from sipdiag.capture.payload import host_text
from sipdiag.pipeline.results import Analysis, CallDetail, CallSummary
from sipdiag.report import configuration
from sipdiag.report.capturejson import capture
from sipdiag.report.extract import extract
from sipdiag.report.findingjson import finding_json
from sipdiag.report.firstrtp import first_rtp_s
from sipdiag.report.flowjson import Names, exchange, leg, transfer
from sipdiag.report.jsonparts import SCHEMA, Object, party, time
from sipdiag.report.mediajson import call_media, other_media
from sipdiag.report.text import exact
from sipdiag.report.times import seconds_between
from sipdiag.report.wording import count_by

SCHEMA_FILE = Path(__file__).parent / "schema" / "sipdiag-2.schema.json"


def render(analysis: Analysis) -> str:
    """The whole report as one document."""
    return "".join(iter_json(analysis))


def iter_json(analysis: Analysis) -> Iterator[str]:
    """The report in pieces: the head, then one piece per call."""
    names = Names.of(analysis)
    encode = json.JSONEncoder().encode
    yield encode(exact(_head(analysis, names)))[:-1] + ', "calls": ['
    for index, result in enumerate(analysis.calls):
        told = (
            _call(result, names, analysis) if isinstance(result, CallDetail) else _brief(result, names.paths)
        )
        yield ("\n" if index == 0 else ",\n") + encode(exact(told))
        if analysis.sip_messages > FRUGAL and isinstance(result, CallDetail):
            for one in result.call.legs:
                one.forget()
    yield "]}\n"


def _head(analysis: Analysis, names: Names) -> Object:
    headline = analysis.headline
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__, "rules": analysis.rules_hash},
        "expect": {"what": analysis.expect, "scope": analysis.expect_scope} if analysis.expect else None,
        "verdict": {"call": headline[0], "rule": headline[1].rule, "sentence": headline[1].sentence}
        if headline
        else None,
        "capture": capture(analysis, names.paths),
        "findings": [finding_json(finding, names.paths) for finding in analysis.findings],
        "context": configuration.as_json(analysis.configuration) if analysis.configuration else None,
        "summary": {
            "calls": len(analysis.calls),
            "by_outcome": count_by(result.outcome for result in analysis.calls),
            "by_rule": count_by(result.root_cause.rule for result in analysis.calls if result.root_cause),
            "left_out": analysis.left_out,
        },
        "media": other_media(analysis.streams, analysis, names.paths),
        "exchanges": [exchange(one, names) for one in analysis.exchanges],
    }


def _call(result: CallDetail, names: Names, analysis: Analysis) -> Object:
    messages = extract([one.leg for one in result.legs])
    return {
        **_outline(result, names.paths),
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
        "legs": [leg(one, kept, names) for one, kept in zip(result.legs, messages, strict=True)],
        "transfers": [transfer(one, names) for one in result.transfers],
        "media": call_media(result.media, analysis, names.paths),
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
        "from": party(result.from_),
        "to": party(result.to),
        "time_known": result.time_known,
        "start": time(result.began_ns),
        "progress_s": result.progress_s,
        "setup_s": result.setup_s,
        "ring_s": result.ring_s,
        "talk_s": result.talk_s,
        "end": time(result.over_ns),
        "duration_s": seconds_between(result.start_ns, result.end_ns) if result.time_known else None,
        "ended_by": result.ended_by,
        "root_cause": {"rule": root.rule, "confidence": root.confidence.name, "sentence": root.sentence}
        if root
        else None,
        "findings": [finding_json(finding, paths) for finding in result.findings],
    }
