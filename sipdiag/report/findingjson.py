"""Findings as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.position import Place
from sipdiag.report.jsonparts import Object, sighting, time
from sipdiag.rules.finding import Evidence, Finding, FixStep


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
    return {**sighting(position, paths), "time": time(item.time_ns), "what": item.what}
