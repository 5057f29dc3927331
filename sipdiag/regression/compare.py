"""An expectation held against an analysis: one plain line a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from sipdiag.facts.enums import TransferOutcome
from sipdiag.pipeline.results import Analysis, CallDetail, LegResult, TransferResult
from sipdiag.regression.assertion import failure
from sipdiag.regression.expectation import (
    Expectation,
    ExpectedCall,
    ExpectedFindings,
    ExpectedLeg,
    ExpectedTransfer,
)
from sipdiag.rules.finding import Finding, Severity

_RANK = {outcome.slug: outcome.rank for outcome in TransferOutcome}
"""Of several transfers of a call, the one whose outcome ranks first decided it."""


def differences(expectation: Expectation, analysis: Analysis) -> list[str]:
    """What is not as expected; empty when everything is."""
    calls = analysis.details
    lines = []
    if len(calls) != len(expectation.calls):
        found = ", ".join(f"{result.id} {_ends(result)} {result.outcome}" for result in calls)
        lines.append(f"expected {_count(len(expectation.calls))}, found {len(calls)} ({found or 'none'})")
    lines += _findings("capture", expectation.findings, analysis.findings)
    for expected in expectation.calls:
        matching = matching_calls(expected.match, calls)
        if len(matching) != 1:
            lines.append(f"match {expected.match!r}: expected one call, found {len(matching)}")
            continue
        lines += _call(expected, matching[0])
    return lines


def matching_calls(match: str, calls: Sequence[CallDetail]) -> list[CallDetail]:
    """The calls that an expectation's ``match`` names."""
    return [result for result in calls if not match or match in call_words(result)]


def matching_legs(match: str, legs: Sequence[LegResult]) -> list[LegResult]:
    """The legs that an expectation's ``match`` names."""
    return [leg for leg in legs if not match or match in _leg_words(leg)]


def call_words(result: CallDetail) -> str:
    """What ``match`` of a call may name, one a line: URIs, numbers, Call-IDs, carriers' call ids."""
    parties = [result.from_, result.to, *(transfer.target for transfer in result.transfers)]
    words = [word for party in parties for word in (party.uri, party.number)]
    for leg in result.legs:
        words += [leg.leg.call_id, *(value for _, value in leg.call_ids)]
    return "\n".join(word for word in words if word)


def _leg_words(leg: LegResult) -> str:
    numbers = (leg.facts.get("from_number"), leg.facts.get("to_number"))
    ids = [value for _, value in leg.call_ids]
    words = [leg.leg.id, leg.leg.role, leg.leg.call_id, *ids, *map(str, filter(None, numbers))]
    return "\n".join(words)


def deciding_transfer(result: CallDetail) -> TransferResult | None:
    """The transfer that decided how the call ended."""
    return min(result.transfers, key=lambda transfer: _RANK[transfer.outcome], default=None)


def worst(findings: Sequence[Finding]) -> Severity:
    """Severity of the worst finding; ``info`` where there is none."""
    return max((finding.severity for finding in findings), default=Severity.info)


def says(result: CallDetail) -> str:
    """Everything the call's findings say, in one case."""
    words = []
    for finding in result.findings:
        words += [finding.title, finding.sentence, finding.why]
        words += [text for step in finding.fix for text in (step.text, step.command) if text]
    return "\n".join(words).casefold()


def _call(expected: ExpectedCall, result: CallDetail) -> Iterator[str]:
    name = f"call {result.id}"
    if expected.outcome and result.outcome != expected.outcome:
        yield f"{name}: outcome expected {expected.outcome}, found {result.outcome}"
    cause = result.root_cause
    rule = cause.rule if cause else None
    if expected.checks_cause and not same_rule(expected.root_cause, rule):
        found = _listing(result.findings)
        yield f"{name}: root cause expected {expected.root_cause or 'none'}, found {rule or 'none'} ({found})"
    confidence = cause.confidence.name if cause else None
    if expected.confidence and confidence != expected.confidence:
        yield f"{name}: confidence expected {expected.confidence}, found {confidence or 'no root cause'}"
    yield from _findings(name, expected.findings, result.findings)
    said = says(result) if expected.says else ""
    yield from (f"{name}: no finding says {text!r}" for text in expected.says if text.casefold() not in said)
    if expected.checks_transfer:
        yield from _transfer(name, expected.transfer, result)
    for leg in expected.legs:
        yield from _leg(name, leg, result.legs)


def same_rule(glob: str | None, rule: str | None) -> bool:
    """Whether a rule, or none, is the one expected."""
    return glob is rule if glob is None or rule is None else fnmatchcase(rule, glob)


def _findings(name: str, expected: ExpectedFindings, findings: Sequence[Finding]) -> Iterator[str]:
    rules = [finding.rule for finding in findings]
    for glob in expected.must:
        if not any(fnmatchcase(rule, glob) for rule in rules):
            yield f"{name}: finding {glob} expected, found {_listing(findings)}"
    for glob in expected.must_not:
        yield from (f"{name}: finding {rule} must not be there" for rule in rules if fnmatchcase(rule, glob))
    if expected.worst and worst(findings).name != expected.worst:
        limit = Severity[expected.worst]
        worse = [finding for finding in findings if finding.severity > limit]
        found = _listing(worse) if worse else f"nothing above {worst(findings).name}"
        yield f"{name}: worst finding expected {expected.worst}, found {found}"


def _transfer(name: str, expected: ExpectedTransfer | None, result: CallDetail) -> Iterator[str]:
    transfer = deciding_transfer(result)
    found = (transfer.transfer.method, transfer.outcome) if transfer else None
    wanted = (expected.method, expected.outcome) if expected else None
    if found != wanted:
        yield f"{name}: transfer expected {_transfer_text(wanted)}, found {_transfer_text(found)}"


def _transfer_text(transfer: tuple[str | None, str] | None) -> str:
    if transfer is None:
        return "none"
    method, outcome = transfer
    return f"{outcome} by {method}" if method else outcome


def _leg(name: str, expected: ExpectedLeg, legs: Sequence[LegResult]) -> Iterator[str]:
    matching = matching_legs(expected.match, legs)
    if len(matching) != 1:
        wanted = f"match {expected.match!r}" if expected.match else "legs without 'match'"
        ids = ", ".join(leg.leg.id for leg in matching) or "none"
        yield f"{name}: {wanted}: expected one leg, found {ids}"
        return
    for assertion in expected.assertions:
        why = failure(assertion.text, matching[0].facts)
        if why is not None:
            yield f"leg {matching[0].leg.id}: line {assertion.line}: {assertion.text!r} fails: {why}"


def _listing(findings: Sequence[Finding]) -> str:
    return ", ".join(f"{finding.rule} {finding.confidence.name}" for finding in findings) or "no findings"


def _ends(result: CallDetail) -> str:
    return f"{result.from_.number} → {result.to.number}"


def _count(number: int) -> str:
    return "1 call" if number == 1 else f"{number} calls"
