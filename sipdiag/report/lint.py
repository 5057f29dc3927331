"""The findings on configuration files: as text, JSON, SARIF and JUnit."""

from __future__ import annotations

from collections import Counter

from sipdiag import __version__
from sipdiag.pipeline.results import Analysis
from sipdiag.position import Place, wording
from sipdiag.report import configuration, junit, sarif
from sipdiag.report.findingjson import finding_json
from sipdiag.report.jsonparts import SCHEMA
from sipdiag.report.labels import LABELS
from sipdiag.report.text import json_document, plural, visible
from sipdiag.report.wording import SEVERITY_LABEL
from sipdiag.rules.finding import Finding, Severity


def render(format_: str, analysis: Analysis) -> str:
    """The findings in one of the formats."""
    return _FORMATS[format_](analysis)


def _json(analysis: Analysis) -> str:
    document = {
        "schema": SCHEMA,
        "tool": {"version": __version__, "rules": analysis.rules_hash},
        "context": configuration.as_json(analysis.configuration) if analysis.configuration else None,
        "findings": [finding_json(finding, ()) for finding in analysis.findings],
    }
    return json_document(document) + "\n"


def _text(analysis: Analysis) -> str:
    lines: list[str] = []
    for finding in analysis.findings:
        lines.append(f"{finding.severity.name} {finding.rule}: {visible(finding.sentence)}")
        lines += [f"    {_place(one.position)}  {visible(one.what)}" for one in finding.evidence]
        for step in finding.fix:
            lines.append(f"    {LABELS.steps}: {visible(step.text)}")
            lines += [f"         {visible(step.command)}"] if step.command else []
            if step.change is not None:
                change = step.change
                lines.append(
                    f"         {visible(f'{change.file}:{change.line}: {change.old} → {change.new}')}"
                )
        lines.append("")
    files = len(analysis.configuration.files) if analysis.configuration else 0
    counts = Counter(one.severity for one in analysis.findings)
    told = [plural(counts[one], SEVERITY_LABEL[one].lower()) for one in reversed(Severity) if counts[one]]
    lines.append(f"{plural(files, 'file')}: {', '.join(told) or 'no findings'}.")
    return "\n".join(lines) + "\n"


def _place(position: object) -> str:
    return visible(f"{position.file}:{position.line}") if isinstance(position, Place) else ""


def _junit(analysis: Analysis) -> str:
    """One test case per file, failed where a finding above a note cites it."""
    files = analysis.configuration.files if analysis.configuration else ()
    bad = [finding for finding in analysis.findings if finding.severity > Severity.info]
    return junit.document("configuration", [_case(file.name, bad) for file in files])


def _case(name: str, bad: list[Finding]) -> junit.TestCase:
    cited = [
        one
        for one in bad
        if any(isinstance(at.position, Place) and at.position.file == name for at in one.evidence)
    ]
    if not cited:
        return junit.TestCase("configuration", name)
    lines = [cited[0].sentence]
    for finding in cited:
        lines += [
            "",
            f"{finding.severity.name} {finding.rule} ({finding.confidence.name}): {finding.sentence}",
        ]
        lines += [f"  {one.what} ({wording(one.position, ())})" for one in finding.evidence]
        lines += [f"  {LABELS.steps}: {step.text}" for step in finding.fix]
    return junit.TestCase("configuration", name, result="failure", lines=lines)


_FORMATS = {"text": _text, "json": _json, "sarif": sarif.render, "junit": _junit}
