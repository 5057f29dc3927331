"""A comparison as JSON: schema ``sipdiag-compare/1``, described by ``schema/sipdiag-compare-1.schema.json``.

What is absent is ``null``, never a missing key.
"""

from __future__ import annotations

import json
from pathlib import Path

from sipdiag import __version__
from sipdiag.comparison.compare import ComparedCall, Comparison
from sipdiag.comparison.difference import Difference
from sipdiag.comparison.step import Step
from sipdiag.report.jsonparts import Object, located, time
from sipdiag.report.text import exact

SCHEMA = "sipdiag-compare/1"
SCHEMA_FILE = Path(__file__).parent / "schema" / "sipdiag-compare-1.schema.json"


def render(comparison: Comparison) -> str:
    """The whole comparison as one document."""
    document: Object = {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "headline": comparison.headline,
        "story": list(comparison.story),
        "good": _side(comparison.good),
        "bad": _side(comparison.bad),
        "steps": [
            {"kind": pair.kind, "good": _step(pair.good), "bad": _step(pair.bad)} for pair in comparison.pairs
        ],
        "headers": [_difference(one) for one in comparison.headers],
        "sdp": [_difference(one) for one in comparison.sdp],
        "timing": [
            {"what": one.what, "good_s": one.good, "bad_s": one.bad, "notable": one.notable}
            for one in comparison.timings
        ],
    }
    return json.dumps(exact(document), indent=1) + "\n"


def _side(side: ComparedCall) -> Object:
    result = side.result
    cause = result.root_cause
    return {
        "file": side.file,
        "call": result.id,
        "call_ids": [leg.leg.call_id for leg in result.legs],
        "start": time(result.began_ns),
        "outcome": result.outcome,
        "root_cause": {"rule": cause.rule, "sentence": cause.sentence} if cause else None,
    }


def _step(step: Step | None) -> Object | None:
    if step is None:
        return None
    captured = step.row.captured
    return {
        **located(captured.position),
        "since_s": None if step.since_ns is None else step.since_ns / 1e9,
        "leg": step.leg,
        "from_caller": step.from_caller,
        "label": step.label,
        "start_line": captured.message.start_line,
    }


def _difference(one: Difference) -> Object:
    return {"what": one.what, "where": list(one.where), "good": one.good, "bad": one.bad}
