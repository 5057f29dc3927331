from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sipdiag.expect import compare, read_expectation
from sipdiag.knowledge.yamlfile import YamlError

FULL = """
calls:
  - match: "4155550137"
    outcome: transfer-failed
    root_cause: transfer/target-failed
    confidence: certain
    says: [BUSY]
    findings: {must: [transfer/target-*], must_not: [geo/*], worst: error}
    transfer: {method: refer, outcome: failed}
"""
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "x.expect.yaml"
        path.write_text(text)
        return path

    return write


def finding(rule: str, severity: str = "error", sentence: str = "") -> dict[str, Any]:
    return {
        "rule": rule, "severity": severity, "confidence": "certain",
        "title": "", "sentence": sentence, "why": None, "fix": [],
    }  # fmt: skip


def report(**changes: Any) -> dict[str, Any]:
    cause = finding("transfer/target-failed", sentence="The target was busy.")
    party = {"uri": "sip:x@y", "number": "+14155550137"}
    call = {
        "id": "c1", "outcome": "transfer-failed", "from": party, "to": party, "root_cause": cause,
        "findings": [cause], "legs": [{"call_id": "abc"}],
        "transfers": [{"method": "refer", "outcome": "failed", "target": party}],
    }  # fmt: skip
    return {"findings": [], "calls": [call | changes]}


def test_as_expected(write: Write) -> None:
    assert compare(read_expectation(write(FULL)), report()) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"outcome": "answered"}, "call c1: outcome expected transfer-failed, found answered"),
        ({"root_cause": None}, "call c1: root cause expected transfer/target-failed, found None"),
        (
            {"root_cause": finding("geo/blocked")},
            "call c1: root cause expected transfer/target-failed, found geo/blocked",
        ),
        ({"findings": []}, "call c1: finding transfer/target-* expected, found no findings"),
        ({"findings": [finding("geo/blocked")]}, "call c1: finding geo/blocked must not be there"),
        ({"findings": [finding("transfer/target-failed")]}, "call c1: nowhere says 'BUSY'"),
        ({"transfers": []}, "call c1: transfer expected ('refer', 'failed'), found none"),
    ],
)
def test_each_difference_is_a_line(write: Write, changes: dict[str, Any], line: str) -> None:
    assert any(found.startswith(line) for found in compare(read_expectation(write(FULL)), report(**changes)))


def test_confidence_of_the_cause(write: Write) -> None:
    cause = finding("transfer/target-failed", sentence="busy") | {"confidence": "likely"}
    found = compare(read_expectation(write(FULL)), report(root_cause=cause))
    assert found == ["call c1: confidence expected certain, found likely"]


def test_the_number_of_calls_and_the_match(write: Write) -> None:
    none = compare(read_expectation(write(FULL)), {"findings": [], "calls": []})
    assert none == ["calls: expected 1, found 0 (none)", "match '4155550137': expected one call, found 0"]
    two = report()
    two["calls"] *= 2
    assert compare(read_expectation(write("calls: []")), two)[0].startswith("calls: expected 0, found 2 (c1 ")


def test_null_means_none_and_silence_means_anything(write: Write) -> None:
    nothing = read_expectation(write("calls: [{root_cause: null, transfer: null}]"))
    assert len(compare(nothing, report())) == 2
    assert compare(nothing, report(root_cause=None, transfers=[])) == []
    assert compare(read_expectation(write("calls: [{outcome: transfer-failed}]")), report()) == []


def test_worst_limits_the_severity(write: Write) -> None:
    expectation = read_expectation(write("calls: [{findings: {worst: info}}]"))
    assert compare(expectation, report(findings=[finding("a/b", "info")])) == []
    (line,) = compare(expectation, report(findings=[finding("a/b", "warning")]))
    assert line == "call c1: finding a/b (warning) is worse than info"


def test_findings_on_the_capture(write: Write) -> None:
    expectation = read_expectation(write("calls: []\nfindings: {must: [access/*]}"))
    assert compare(expectation, {"findings": [finding("access/forbidden")], "calls": []}) == []
    assert compare(expectation, {"findings": [], "calls": []}) == [
        "capture: finding access/* expected, found no findings"
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("calls: []\nfoo: 1", 2, "unknown key 'foo'"),
        ("calls:\n  - outcome: transfered", 2, "unknown outcome 'transfered'"),
        ("calls:\n  - outcome: busy\n    rootcause: x", 3, "unknown key 'rootcause'"),
        ("calls:\n  - findings: {must: x}", 2, "expected a list"),
        ("calls:\n  - transfer: {method: refer}", 2, "'outcome' is missing"),
        ("calls:\n  - transfer: {method: bye, outcome: failed}", 2, "unknown method 'bye'"),
        ("calls:\n  - outcome: busy\n  - outcome: busy", 1, "each needs 'match'"),
        ("calls: []\nargs: --expect", 2, "expected a list"),
        ("calls:\n  - legs: [{matc: x}]", 2, "unknown key 'matc'"),
        ("[]", 1, "expected a mapping"),
    ],
)
def test_a_broken_file_is_told_with_its_line(write: Write, text: str, line: int, said: str) -> None:
    path = write(text)
    with pytest.raises(YamlError) as caught:
        read_expectation(path)
    assert caught.value.line == line
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(path))
