"""Expectation files, read and checked: every mistake is one line with file, line and column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args

from sipdiag.calls.model import TransferMethod
from sipdiag.facts.enums import Outcome, TransferOutcome
from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.knowledge.yamlfile import KeyPath, YamlError, YamlFile
from sipdiag.knowledge.yamltext import load
from sipdiag.regression.arguments import read_arguments, read_context
from sipdiag.regression.assertion import check
from sipdiag.regression.expectation import (
    Arguments,
    Assertion,
    Expectation,
    ExpectedCall,
    ExpectedFindings,
    ExpectedLeg,
    ExpectedTransfer,
)
from sipdiag.rules.finding import Confidence, Severity

_SEVERITIES = tuple(severity.name for severity in Severity)
_CONFIDENCES = tuple(confidence.name for confidence in Confidence)
_OUTCOMES = tuple(outcome.slug for outcome in Outcome)
_METHODS = (*get_args(TransferMethod), None)
_TRANSFER_OUTCOMES = tuple(outcome.slug for outcome in TransferOutcome)
_TOP_KEYS = ("args", "context", "calls", "findings")
_CALL_KEYS = ("match", "outcome", "root_cause", "confidence", "says", "findings", "transfer", "legs")
_FINDING_KEYS = ("must", "must_not", "worst")
_LEG_KEYS = ("match", "assert")

RulesOf = Callable[[Arguments], Collection[str]]
"""The ids of all rules that are in use with these options."""


def read_expectation(path: Path, given: Arguments, rules_of: RulesOf) -> Expectation:
    """The checked expectation of a file; ``given`` are options that hold beside its own.

    Raises:
        YamlError: not readable, an unknown key or value, a rule that does not exist, a misspelt fact.
    """
    document = load(path)
    reader = _Reader(document)
    top = reader.mapping((), _TOP_KEYS)
    if "calls" not in top:
        raise document.error((), "'calls' is missing", "write 'calls: []' where there is no call")
    arguments = read_arguments(document, reader.texts(("args",), top), given)
    arguments = read_context(document, reader.texts(("context",), top), arguments)
    reader.rules = rules_of(arguments)
    places: list[KeyPath] = [("calls", index) for index in range(len(reader.list_at(("calls",), top)))]
    calls = tuple(reader.call(place) for place in places)
    if len(calls) > 1 and not all(call.match for call in calls):
        raise document.error(("calls",), "with several calls each needs 'match'")
    return Expectation(path, arguments, calls, reader.findings(("findings",), top))


class _Reader:
    """Typed access to the file, with errors that say where."""

    def __init__(self, document: YamlFile) -> None:
        self._document = document
        self.rules: Collection[str] = ()

    def mapping(self, place: KeyPath, allowed: Sequence[str]) -> Mapping[str, Any]:
        """The mapping at a place; a key that is not ``allowed`` is an error."""
        value = self._at(place)
        if not isinstance(value, dict):
            raise self._error(place, f"expected a mapping with {', '.join(allowed)}")
        for key in value:
            if key not in allowed:
                hint = did_you_mean(str(key), allowed)
                raise self._error((*place, key), f"unknown key {key!r}", hint)
        return value

    def list_at(self, place: KeyPath, parent: Mapping[str, Any]) -> list[Any]:
        """The list at a key that may be left out."""
        value = parent.get(str(place[-1]), [])
        if not isinstance(value, list):
            raise self._error(place, "expected a list")
        return value

    def texts(self, place: KeyPath, parent: Mapping[str, Any]) -> tuple[str, ...]:
        """A list of texts, or of numbers as they are written."""
        values = self.list_at(place, parent)
        for index, value in enumerate(values):
            self._text((*place, index), value)
        return tuple(str(value) for value in values)

    def findings(self, place: KeyPath, parent: Mapping[str, Any]) -> ExpectedFindings:
        if place[-1] not in parent:
            return ExpectedFindings()
        values = self.mapping(place, _FINDING_KEYS)
        return ExpectedFindings(
            must=self._globs((*place, "must"), values),
            must_not=self._globs((*place, "must_not"), values),
            worst=self._choice((*place, "worst"), values, _SEVERITIES),
        )

    def call(self, place: KeyPath) -> ExpectedCall:
        values = self.mapping(place, _CALL_KEYS)
        cause = values.get("root_cause")
        if cause is not None:
            self._rule((*place, "root_cause"), self._text((*place, "root_cause"), cause))
        legs = self.list_at((*place, "legs"), values)
        return ExpectedCall(
            match=self._match(place, values),
            outcome=self._choice((*place, "outcome"), values, _OUTCOMES),
            checks_cause="root_cause" in values,
            root_cause=cause,
            confidence=self._choice((*place, "confidence"), values, _CONFIDENCES),
            says=self.texts((*place, "says"), values),
            findings=self.findings((*place, "findings"), values),
            checks_transfer="transfer" in values,
            transfer=self._transfer((*place, "transfer")) if values.get("transfer") is not None else None,
            legs=tuple(self._leg((*place, "legs", index), len(legs)) for index in range(len(legs))),
        )

    def _transfer(self, place: KeyPath) -> ExpectedTransfer:
        values = self.mapping(place, ("method", "outcome"))
        outcome = self._choice((*place, "outcome"), values, _TRANSFER_OUTCOMES)
        if outcome is None or "method" not in values:
            missing = "outcome" if outcome is None else "method"
            raise self._error(place, f"{missing!r} is missing")
        return ExpectedTransfer(self._choice((*place, "method"), values, _METHODS), outcome)

    def _leg(self, place: KeyPath, count: int) -> ExpectedLeg:
        values = self.mapping(place, _LEG_KEYS)
        match = self._match(place, values)
        if count > 1 and not match:
            raise self._error(place, "with several legs each needs 'match'")
        texts = self.texts((*place, "assert"), values)
        if not texts:
            raise self._error(place, "'assert' is missing", "give a list of expressions")
        return ExpectedLeg(
            match,
            tuple(self._assertion((*place, "assert", index), text) for index, text in enumerate(texts)),
        )

    def _assertion(self, place: KeyPath, text: str) -> Assertion:
        complaint = check(text)
        if complaint is not None:
            raise self._error(place, f"{text!r}: {complaint.text}", complaint.hint)
        return Assertion(text, self._document.line(place))

    def _match(self, place: KeyPath, values: Mapping[str, Any]) -> str:
        return self._text((*place, "match"), values["match"]) if "match" in values else ""

    def _text(self, place: KeyPath, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise self._error(place, "expected a text")
        return str(value)

    def _choice(self, place: KeyPath, parent: Mapping[str, Any], allowed: Sequence[str | None]) -> str | None:
        """The value of a key that may be left out."""
        key = str(place[-1])
        value: str | None = parent.get(key)
        if key in parent and value not in allowed:
            known = ", ".join("null" if one is None else one for one in allowed)
            raise self._error(place, f"unknown {key} {value!r}", f"known: {known}")
        return value

    def _globs(self, place: KeyPath, parent: Mapping[str, Any]) -> tuple[str, ...]:
        globs = self.texts(place, parent)
        for index, glob in enumerate(globs):
            self._rule((*place, index), glob)
        return globs

    def _rule(self, place: KeyPath, glob: str) -> None:
        if not any(fnmatchcase(rule, glob) for rule in self.rules):
            hint = did_you_mean(glob, self.rules, "'sipdiag rules list' has the rules")
            raise self._error(place, f"there is no rule {glob!r}", hint)

    def _error(self, place: KeyPath, text: str, hint: str = "") -> YamlError:
        return self._document.error(place, text, hint)

    def _at(self, place: KeyPath) -> Any:
        value = self._document.data
        for key in place:
            value = value[key]
        return value
