"""Expectation files made from a verdict: new ones, and those that follow today's verdict."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from sipdiag.knowledge.yamltext import parse
from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.regression.arguments import write_arguments, write_context
from sipdiag.regression.assertion import failure
from sipdiag.regression.compare import (
    call_words,
    deciding_transfer,
    matching_calls,
    matching_legs,
    same_rule,
    says,
    worst,
)
from sipdiag.regression.expectation import Arguments, Expectation, ExpectedCall, ExpectedFindings
from sipdiag.rules.finding import Finding, Severity

_NOT_PLAIN = frozenset({"null", "true", "false"})
Values = dict[str, object]


def from_verdict(analysis: Analysis, arguments: Arguments, folder: Path) -> str:
    """The text of an expectation file in ``folder`` that says what the diagnosis came to."""
    calls = [_call(result, analysis.details) for result in analysis.details]
    return _text(arguments, folder, calls, _findings(analysis.findings, None))


def updated(expectation: Expectation, analysis: Analysis, before: str) -> str:
    """The text of the file with what no longer holds replaced by today's verdict.

    What it checks stays as it is: only keys that it has are written, only globs, texts and assertions
    that failed are left out.  Comments above the first key are kept.
    """
    head = "".join(_leading_comments(before))
    folder = expectation.path.parent
    found = [matching_calls(call.match, analysis.details) for call in expectation.calls]
    same = len(found) == len(analysis.details) and all(len(calls) == 1 for calls in found)
    if same:
        calls = [_adapted(call, calls[0]) for call, calls in zip(expectation.calls, found, strict=True)]
    else:
        calls = [_call(result, analysis.details) for result in analysis.details]
    findings = _kept(expectation.findings, analysis.findings)
    return head + _text(_own_arguments(before, expectation), folder, calls, findings)


def _leading_comments(text: str) -> Sequence[str]:
    lines = text.splitlines(keepends=True)
    count = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    return lines[:count]


def _own_arguments(before: str, expectation: Expectation) -> Sequence[str]:
    """``args`` as the file has them: further rules may have been given beside it."""
    return [str(value) for value in parse(before, expectation.path).data.get("args", [])]


def _call(result: CallDetail, calls: Sequence[CallDetail]) -> Values:
    cause, transfer = result.root_cause, deciding_transfer(result)
    values: Values = {"match": _match(result, calls)} if len(calls) > 1 else {}
    values |= {"outcome": result.outcome, "root_cause": cause.rule if cause else None}
    if cause:
        values["confidence"] = cause.confidence.name
    values["findings"] = _findings(result.findings, cause)
    values["transfer"] = (
        {"method": transfer.transfer.method, "outcome": transfer.outcome} if transfer else None
    )
    return values


def _findings(findings: Sequence[Finding], cause: Finding | None) -> Values:
    rules = {finding.rule: None for finding in findings if finding.severity > Severity.info}
    must = [rule for rule in rules if cause is None or rule != cause.rule]
    return ({"must": must} if must else {}) | {"worst": worst(findings).name}


def _match(result: CallDetail, calls: Sequence[CallDetail]) -> str:
    """The shortest way to name a call: its called or calling number, else the Call-ID of its first leg."""
    texts = [call_words(other) for other in calls]
    first = result.legs[0].leg.call_id if result.legs else ""
    for word in (result.to.number, result.from_.number, first):
        if word and sum(word in text for text in texts) == 1:
            return word
    return first


def _adapted(expected: ExpectedCall, result: CallDetail) -> Values:
    cause, transfer = result.root_cause, deciding_transfer(result)
    rule = cause.rule if cause else None
    values: Values = {"match": expected.match} if expected.match else {}
    if expected.outcome:
        values["outcome"] = result.outcome
    if expected.checks_cause:
        values["root_cause"] = expected.root_cause if same_rule(expected.root_cause, rule) else rule
    if expected.confidence and cause:
        values["confidence"] = cause.confidence.name
    said = says(result)
    kept = [text for text in expected.says if text.casefold() in said]
    values |= {"says": kept} if kept else {}
    findings = _kept(expected.findings, result.findings)
    values |= {"findings": findings} if findings else {}
    if expected.checks_transfer:
        values["transfer"] = (
            {"method": transfer.transfer.method, "outcome": transfer.outcome} if transfer else None
        )
    legs = list(_kept_legs(expected, result))
    return values | ({"legs": legs} if legs else {})


def _kept(expected: ExpectedFindings, findings: Sequence[Finding]) -> Values:
    rules = [finding.rule for finding in findings]
    values: Values = {
        "must": [glob for glob in expected.must if any(fnmatchcase(rule, glob) for rule in rules)],
        "must_not": [
            glob for glob in expected.must_not if not any(fnmatchcase(rule, glob) for rule in rules)
        ],
        "worst": worst(findings).name if expected.worst else None,
    }
    return {key: value for key, value in values.items() if value}


def _kept_legs(expected: ExpectedCall, result: CallDetail) -> list[Values]:
    legs: list[Values] = []
    for leg in expected.legs:
        found = matching_legs(leg.match, result.legs)
        facts = found[0].facts if len(found) == 1 else None
        holding = [
            one.text for one in leg.assertions if facts is not None and failure(one.text, facts) is None
        ]
        if holding:
            legs.append(({"match": leg.match} if leg.match else {}) | {"assert": holding})
    return legs


class _Dumper(yaml.SafeDumper):
    """Text that our reader takes for a number or truth value, or YAML 1.1 does, is quoted."""


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    plain = text[:1].isalpha() and all(c.isalnum() or c in "-_/." for c in text)
    plain = plain and text.lower() not in _NOT_PLAIN
    style = None if plain else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _text(
    arguments: Arguments | Sequence[str], folder: Path, calls: Sequence[Values], findings: Values
) -> str:
    words = write_arguments(arguments, folder) if isinstance(arguments, Arguments) else list(arguments)
    lines = [f"args: {_flow(words)}"] if words else []
    if isinstance(arguments, Arguments) and arguments.context:
        lines.append(f"context: {_flow(write_context(arguments, folder))}")
    if findings and findings != {"worst": "info"}:
        lines.append(f"findings: {_flow(findings)}")
    lines.append("calls:" if calls else "calls: []")
    for call in calls:
        for number, (key, value) in enumerate(call.items()):
            lead = "  - " if number == 0 else "    "
            if key == "legs" and isinstance(value, list):
                lines += [f"{lead}legs:", *(f"      - {_flow(leg)}" for leg in value)]
            else:
                lines.append(f"{lead}{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=True,
        sort_keys=False,
        allow_unicode=True,
        width=10**6,
        explicit_end=False,
    )
    return text.removesuffix("\n").removesuffix("\n...")
