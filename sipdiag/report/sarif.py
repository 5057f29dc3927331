"""The findings as SARIF 2.1.0, for code hosts and security dashboards.

A finding is a result of its rule; the messages that prove it are related locations in the capture.
A capture has no lines: a place in it is a frame, given as a logical location; logs and documents have
regions.  Results are written one
by one, so that those of many calls are never held at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from urllib.parse import quote

from sipdiag import __version__
from sipdiag.pipeline.results import Analysis, CallSummary
from sipdiag.position import Line, Place, Position, short
from sipdiag.report.labels import LABELS
from sipdiag.report.text import file_text, visible
from sipdiag.report.wording import brief_text
from sipdiag.rules.finding import Evidence, Finding, Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "sipdiag/v1"
_LEVELS = {Severity.error: "error", Severity.warning: "warning", Severity.info: "note"}

_END = "\n   "
"""Before the bracket that closes the results."""

Object = dict[str, object]


def render(analysis: Analysis) -> str:
    """The whole log as one document."""
    return "".join(iter_sarif(analysis))


def iter_sarif(analysis: Analysis) -> Iterator[str]:
    """The log in pieces: the run, then one piece per finding."""
    rules = {finding.rule: finding for finding, _ in _findings(analysis)}
    order = {rule: index for index, rule in enumerate(rules)}
    # A line end within a text is written as an escape: this is the key, whatever the texts hold.
    head, empty, tail = _indented(_log(analysis, rules.values()), 0).partition('\n   "results": []')
    yield head + empty[:-1]
    for index, (finding, result) in enumerate(_findings(analysis)):
        told = _indented(_result(analysis, finding, result, order), 4)
        yield f"{',' if index else ''}\n    {told}"
    yield f"{_END if rules else ''}]{tail}\n"


def _indented(value: Object, depth: int) -> str:
    return json.dumps(value, indent=1).replace("\n", "\n" + " " * depth)


def fingerprint(analysis: Analysis, finding: Finding, result: CallSummary | None) -> str:
    """The identity of a finding across runs: its rule, when its call began, and which leg or transfer it is about.

    Nothing of it depends on file names, on the other calls of the capture, or on anything that redaction
    replaces.
    """
    if result is not None:
        began, place = result.start_ns, finding.subject.removeprefix(result.id)
    else:
        first = finding.evidence[0].time_ns if finding.evidence else analysis.accounting.first_ns
        began, place = first or 0, ""
    return hashlib.sha256(f"{finding.rule}\0{began}\0{place}".encode()).hexdigest()


def _log(analysis: Analysis, rules: Iterable[Finding]) -> Object:
    """The log without its results; a finding stands for its rule."""
    driver: Object = {
        "name": "sipdiag",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(finding) for finding in rules],
    }
    run: Object = {
        "tool": {"driver": driver},
        "invocations": [_invocation(analysis)],
        "artifacts": _artifacts(analysis),
        "results": [],
        "properties": {"rules": analysis.rules_hash},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(analysis: Analysis) -> Object:
    made: Object = {"executionSuccessful": True}
    told = brief_text(analysis)
    notice: Object = {"level": "note", "message": {"text": told}}
    return made | {"toolExecutionNotifications": [notice]} if told else made


def _findings(analysis: Analysis) -> Iterator[tuple[Finding, CallSummary | None]]:
    yield from ((finding, None) for finding in analysis.findings)
    for result in analysis.calls:
        yield from ((finding, result) for finding in result.findings)


def _rule(finding: Finding) -> Object:
    rule: Object = {
        "id": finding.rule,
        "shortDescription": {"text": visible(finding.title)},
        "properties": {"tags": [finding.rule.partition("/")[0]]},
    }
    if finding.references:
        rule["help"] = {"text": visible("See " + ", ".join(finding.references))}
    return rule


def _result(
    analysis: Analysis, finding: Finding, result: CallSummary | None, order: dict[str, int]
) -> Object:
    places = [_location(analysis, one, number) for number, one in enumerate(finding.evidence, 1)]
    return {
        "ruleId": finding.rule,
        "ruleIndex": order[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(finding)},
        "locations": [_main_location(analysis, finding)],
        "relatedLocations": places,
        "partialFingerprints": {FINGERPRINT: fingerprint(analysis, finding, result)},
        "properties": {
            "call": result.id if result else None,
            "subject": finding.subject,
            "role": finding.role,
            "confidence": finding.confidence.name,
            "responsible": finding.acts.as_,
            "acts": visible(finding.acts.who),
        },
    }


def _text(finding: Finding) -> str:
    parts = [finding.sentence, finding.why, f"{LABELS.acts}: {finding.acts.who}"]
    parts += [f"{LABELS.steps}: {step.text}" for step in finding.fix]
    return "\n".join(visible(part) for part in parts if part)


def _main_location(analysis: Analysis, finding: Finding) -> Object:
    """Where the finding is shown: its first message, else the first file as a whole."""
    if finding.evidence:
        place = _location(analysis, finding.evidence[0], None)
        place.pop("message")
        return place
    if not analysis.files:
        return {"logicalLocations": [{"fullyQualifiedName": finding.subject}]}
    return {"physicalLocation": _physical(analysis, 0)}


def _location(analysis: Analysis, evidence: Evidence, number: int | None) -> Object:
    position = evidence.position
    place: Object = {} if number is None else {"id": number}
    place["physicalLocation"] = _cited(analysis, position)
    name = short(position)
    if not isinstance(position, Line):
        kind = "property" if isinstance(position, Place) else "frame"
        place["logicalLocations"] = [{"name": name, "fullyQualifiedName": name, "kind": kind}]
    return place | {"message": {"text": f"{visible(name)}: {visible(evidence.what)}"}}


def _cited(analysis: Analysis, position: Position) -> Object:
    """The file, and the region in it where it has lines."""
    if isinstance(position, Place):
        region = {"startLine": position.line, "startColumn": position.column}
        return {"artifactLocation": {"uri": _uri(position.file)}, "region": region}
    if isinstance(position, Line):
        return _physical(analysis, position.file) | {"region": {"startLine": position.number}}
    return _physical(analysis, position.file)


def _physical(analysis: Analysis, file: int) -> Object:
    return {"artifactLocation": {"uri": _uri(analysis.files[file].path), "index": file}}


def _artifacts(analysis: Analysis) -> Sequence[Object]:
    artifacts: list[Object] = []
    for file in analysis.files:
        artifact: Object = {"location": {"uri": _uri(file.path)}, "length": file.bytes}
        if file.sha256:
            artifact["hashes"] = {"sha-256": file.sha256}
        artifacts.append(artifact)
    return artifacts


def _uri(path: str) -> str:
    if path == "-":
        return "stdin"
    return quote(PurePath(file_text(path)).as_posix(), errors="surrogateescape")
