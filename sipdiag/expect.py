"""Expectation files: what the diagnosis of a capture must come to (``call.pcap`` → ``call.expect.yaml``).

Reading and comparing are pure: :func:`read_expectation` checks a file, :func:`compare` holds it against the JSON
report (``sipdiag analyze -f json``) and returns one readable line a difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sipdiag.knowledge.yamlfile import Document, KeyPath, load

_SEVERITIES = ("info", "warning", "error")
_CONFIDENCES = ("possible", "likely", "certain")
_OUTCOMES = (
    *("answered", "transferred", "transfer-failed", "transfer-unknown", "busy", "no-answer", "declined"),
    *("rejected", "cancelled", "failed", "no-response", "in-progress"),
)
_METHODS = ("refer", "replaces", "invite", None)
_TRANSFER_OUTCOMES = ("completed", "rejected", "failed", "unknown", "not-attempted")
_TOP_KEYS = ("args", "calls", "findings")
_CALL_KEYS = ("match", "outcome", "root_cause", "confidence", "says", "findings", "transfer", "legs")
_FINDING_KEYS = ("must", "must_not", "worst")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExpectedFindings:
    must: tuple[str, ...] = ()
    """Globs of rule ids; each must match a finding."""
    must_not: tuple[str, ...] = ()
    """Globs of rule ids; none may match a finding, whatever its severity."""
    worst: str | None = None
    """No finding may be more severe than this."""


@dataclass(frozen=True, slots=True)
class ExpectedTransfer:
    method: str | None
    outcome: str


@dataclass(frozen=True, slots=True)
class ExpectedLeg:
    match: str
    assertions: tuple[str, ...]
    """CEL over the leg's facts."""


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    match: str = ""
    """Part of a Call-ID, number or URI of the call; empty: the only call."""
    outcome: str | None = None
    checks_cause: bool = False
    root_cause: str | None = None
    """Glob of a rule id; None: there must be none (where ``checks_cause``)."""
    confidence: str | None = None
    """Of the root cause."""
    says: tuple[str, ...] = ()
    """Texts that the call's findings must contain somewhere (sentence, why, fixes), in any case."""
    findings: ExpectedFindings = ExpectedFindings()
    checks_transfer: bool = False
    transfer: ExpectedTransfer | None = None
    """None: the call has no transfer (where ``checks_transfer``)."""
    legs: tuple[ExpectedLeg, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    path: str
    args: tuple[str, ...] = ()
    """Arguments of ``analyze`` for this capture."""
    calls: tuple[ExpectedCall, ...] = ()
    findings: ExpectedFindings = ExpectedFindings()
    """On the capture itself and on what is no call."""


def read_expectation(path: str | Path) -> Expectation:
    """The checked expectation of a file.

    Raises:
        YamlError: not readable, an unknown key or value; one line with file, line and column.
    """
    reader = _Reader(load(path))
    top = reader.mapping((), _TOP_KEYS)
    calls = reader.list_at(("calls",), top)
    expected = tuple(reader.call(("calls", index)) for index in range(len(calls)))
    if len(expected) > 1 and not all(call.match for call in expected):
        raise reader.document.error(("calls",), "with several calls each needs 'match'")
    return Expectation(str(path), reader.texts(("args",), top), expected, reader.findings(("findings",), top))


class _Reader:
    """Typed access to the file, with errors that say where."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def mapping(self, place: KeyPath, allowed: Sequence[str]) -> Json:
        value = self._at(place)
        if not isinstance(value, dict):
            raise self.document.error(place, f"expected a mapping with {', '.join(allowed)}")
        for key in value:
            if key not in allowed:
                raise self.document.error(
                    (*place, key), f"unknown key {key!r}", f"known are {', '.join(allowed)}"
                )
        return value

    def list_at(self, place: KeyPath, parent: Json) -> list[Any]:
        value = parent.get(str(place[-1]), [])
        if not isinstance(value, list):
            raise self.document.error(place, "expected a list")
        return value

    def texts(self, place: KeyPath, parent: Json) -> tuple[str, ...]:
        values = self.list_at(place, parent)
        if not all(isinstance(value, str | int) for value in values):
            raise self.document.error(place, "expected a list of texts")
        return tuple(str(value) for value in values)

    def choice(self, place: KeyPath, parent: Json, allowed: Sequence[str | None]) -> str | None:
        """The value of a key that may be left out; None for null."""
        key = str(place[-1])
        value: str | None = parent.get(key)
        if key in parent and value not in allowed:
            raise self.document.error(
                place, f"unknown {key} {value!r}", f"known are {', '.join(map(str, allowed))}"
            )
        return value

    def findings(self, place: KeyPath, parent: Json) -> ExpectedFindings:
        if place[-1] not in parent:
            return ExpectedFindings()
        values = self.mapping(place, _FINDING_KEYS)
        return ExpectedFindings(
            must=self.texts((*place, "must"), values),
            must_not=self.texts((*place, "must_not"), values),
            worst=self.choice((*place, "worst"), values, _SEVERITIES),
        )

    def call(self, place: KeyPath) -> ExpectedCall:
        values = self.mapping(place, _CALL_KEYS)
        legs = self.list_at((*place, "legs"), values)
        return ExpectedCall(
            match=str(values.get("match", "")),
            outcome=self.choice((*place, "outcome"), values, _OUTCOMES),
            checks_cause="root_cause" in values,
            root_cause=values.get("root_cause"),
            confidence=self.choice((*place, "confidence"), values, _CONFIDENCES),
            says=self.texts((*place, "says"), values),
            findings=self.findings((*place, "findings"), values),
            checks_transfer="transfer" in values,
            transfer=self._transfer((*place, "transfer")) if values.get("transfer") is not None else None,
            legs=tuple(self._leg((*place, "legs", index)) for index in range(len(legs))),
        )

    def _transfer(self, place: KeyPath) -> ExpectedTransfer:
        values = self.mapping(place, ("method", "outcome"))
        outcome = self.choice((*place, "outcome"), values, _TRANSFER_OUTCOMES)
        if outcome is None:
            raise self.document.error(place, "'outcome' is missing")
        return ExpectedTransfer(self.choice((*place, "method"), values, _METHODS), outcome)

    def _leg(self, place: KeyPath) -> ExpectedLeg:
        values = self.mapping(place, ("match", "assert"))
        return ExpectedLeg(str(values.get("match", "")), self.texts((*place, "assert"), values))

    def _at(self, place: KeyPath) -> Any:
        value = self.document.data
        for key in place:
            value = value[key]
        return value


def compare(expectation: Expectation, report: Json) -> list[str]:
    """Differences between an expectation and a JSON report, one line each; empty when all is as expected."""
    calls: list[Json] = report["calls"]
    lines = []
    if len(calls) != len(expectation.calls):
        found = ", ".join(f"{call['id']} {_names(call)} {call['outcome']}" for call in calls) or "none"
        lines.append(f"calls: expected {len(expectation.calls)}, found {len(calls)} ({found})")
    lines += _compare_findings("capture", expectation.findings, report["findings"])
    for expected in expectation.calls:
        matching = [call for call in calls if not expected.match or expected.match in _searchable(call)]
        if len(matching) != 1:
            lines.append(f"match {expected.match!r}: expected one call, found {len(matching)}")
            continue
        lines += _compare_call(expected, matching[0])
    return lines


def _compare_call(expected: ExpectedCall, call: Json) -> list[str]:
    name = f"call {call['id']}"
    lines = []
    if expected.outcome and call["outcome"] != expected.outcome:
        lines.append(f"{name}: outcome expected {expected.outcome}, found {call['outcome']}")
    cause = call["root_cause"]
    rule = cause["rule"] if cause else None
    if expected.checks_cause and not _same_rule(expected.root_cause, rule):
        lines.append(
            f"{name}: root cause expected {expected.root_cause}, found {rule} ({_listing(call['findings'])})"
        )
    if expected.confidence and (cause or {}).get("confidence") != expected.confidence:
        lines.append(
            f"{name}: confidence expected {expected.confidence}, found {(cause or {}).get('confidence')}"
        )
    lines += _compare_findings(name, expected.findings, call["findings"])
    said = "\n".join(_words(finding) for finding in call["findings"]).casefold()
    lines += [f"{name}: nowhere says {text!r}" for text in expected.says if text.casefold() not in said]
    if expected.checks_transfer:
        lines += _compare_transfer(name, expected.transfer, call["transfers"])
    return lines


def _same_rule(glob: str | None, rule: str | None) -> bool:
    return glob is rule if glob is None or rule is None else fnmatchcase(rule, glob)


def _compare_findings(name: str, expected: ExpectedFindings, findings: Sequence[Json]) -> list[str]:
    rules = [finding["rule"] for finding in findings]
    lines = [
        f"{name}: finding {glob} expected, found {_listing(findings)}"
        for glob in expected.must
        if not any(fnmatchcase(rule, glob) for rule in rules)
    ]
    for glob in expected.must_not:
        lines += [f"{name}: finding {rule} must not be there" for rule in rules if fnmatchcase(rule, glob)]
    if expected.worst:
        limit = _SEVERITIES.index(expected.worst)
        lines += [
            f"{name}: finding {finding['rule']} ({finding['severity']}) is worse than {expected.worst}"
            for finding in findings
            if _SEVERITIES.index(finding["severity"]) > limit
        ]
    return lines


def _compare_transfer(name: str, expected: ExpectedTransfer | None, transfers: Sequence[Json]) -> list[str]:
    found = [(transfer["method"], transfer["outcome"]) for transfer in transfers]
    if expected is None:
        return [f"{name}: no transfer expected, found {found}"] if found else []
    wanted = (expected.method, expected.outcome)
    return [] if wanted in found else [f"{name}: transfer expected {wanted}, found {found or 'none'}"]


def _listing(findings: Sequence[Json]) -> str:
    return ", ".join(f"{finding['rule']} {finding['confidence']}" for finding in findings) or "no findings"


def _names(call: Json) -> str:
    return f"{call['from']['number']} → {call['to']['number']}"


def _searchable(call: Json) -> str:
    """What ``match`` may name: numbers, URIs and Call-IDs."""
    parties = [call["from"], call["to"], *(transfer["target"] for transfer in call["transfers"])]
    texts = [party.get(key) for party in parties if party for key in ("uri", "number")]
    return "\n".join(filter(None, [*texts, *(leg["call_id"] for leg in call["legs"])]))


def _words(finding: Json) -> str:
    steps = [str(step.get(key) or "") for step in finding["fix"] for key in ("text", "command", "setting")]
    return "\n".join([finding["title"], finding["sentence"], finding["why"] or "", *steps])
