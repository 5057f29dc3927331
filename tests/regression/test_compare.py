from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag import analyze
from sipdiag.pipeline.results import Analysis
from sipdiag.regression.case import load_case
from sipdiag.regression.compare import differences

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"
Differ = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def missing() -> Analysis:
    """Retell never sends a REFER: one leg, one finding."""
    return analyze(SAMPLES / "transfer" / "refer-missing.pcap", expect="transfer")


@pytest.fixture
def differ(missing: Analysis, tmp_path: Path) -> Differ:
    def differ(text: str) -> list[str]:
        path = tmp_path / "x.expect.yaml"
        path.write_text(text)
        return differences(load_case(path), missing)

    return differ


@pytest.mark.parametrize(
    "holds",
    [
        "{}",
        "{match: '+14155550137'}",
        "{match: e1c876035ecfac8f}",
        "{match: CA02756a0daf30c46db696f495f38bb184}",
        "{outcome: transfer-failed, root_cause: transfer/*, confidence: certain, says: [WEBHOOK]}",
        "{findings: {must: [transfer/refer-missing], must_not: [geo/*], worst: error}}",
        "{transfer: {method: null, outcome: not-attempted}}",
        "{legs: [{assert: ['talk_s > 47.0', 'talk_s < 48.0', 'tries == 1']}]}",
        "{legs: [{match: inbound, assert: ['!ended_by_caller']}, {match: c1.1, assert: [answered]}]}",
    ],
)
def test_what_holds_is_silent(differ: Differ, holds: str) -> None:
    assert differ(f"calls: [{holds}]") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{outcome: answered}", "call c1: outcome expected answered, found transfer-failed"),
        ("{root_cause: null}", "call c1: root cause expected none, found transfer/refer-missing ("),
        ("{root_cause: geo/*}", "call c1: root cause expected geo/*, found transfer/refer-missing ("),
        ("{confidence: likely}", "call c1: confidence expected likely, found certain"),
        ("{says: [nonsense]}", "call c1: no finding says 'nonsense'"),
        ("{findings: {must: [geo/*]}}", "call c1: finding geo/* expected, found transfer/refer-missing"),
        ("{findings: {must_not: [transfer/*]}}", "call c1: finding transfer/refer-missing must not be there"),
        ("{findings: {worst: info}}", "call c1: worst finding expected info, found transfer/refer-missing"),
        ("{transfer: null}", "call c1: transfer expected none, found not-attempted"),
        (
            "{transfer: {method: refer, outcome: completed}}",
            "call c1: transfer expected completed by refer, found not-attempted",
        ),
        ("{match: nobody}", "match 'nobody': expected one call, found 0"),
        (
            "{legs: [{match: c1.7, assert: [answered]}]}",
            "call c1: match 'c1.7': expected one leg, found none",
        ),
        (
            "{legs: [{assert: ['talk_s < 6.0']}]}",
            "leg c1.1: line 1: 'talk_s < 6.0' fails: talk_s is 47.311",
        ),
        (
            "{legs: [{assert: [cancelled]}]}",
            "leg c1.1: line 1: 'cancelled' fails: cancelled is false",
        ),
        (
            "{legs: [{assert: ['state != State.answered']}]}",
            "leg c1.1: line 1: 'state != State.answered' fails: state is answered",
        ),
    ],
)
def test_each_difference_is_a_line(differ: Differ, text: str, line: str) -> None:
    (found,) = differ(f"calls: [{text}]")
    assert found.startswith(line)


@pytest.mark.parametrize("text", ["bye_reason == ''", "bye_reason != ''"])
def test_an_assertion_on_an_absent_fact_fails(differ: Differ, text: str) -> None:
    (found,) = differ(f'calls: [{{legs: [{{assert: ["{text}"]}}]}}]')
    assert found.endswith("fails: bye_reason is not known of this leg")


def test_an_absent_header_fails(differ: Differ) -> None:
    (found,) = differ("calls: [{legs: [{assert: [\"invite_headers['x-absent'] != ''\"]}]}]")
    assert "cannot be computed" in found


def test_the_number_of_calls_is_always_checked(differ: Differ) -> None:
    (found,) = differ("calls: []")
    assert found.startswith("expected 0 calls, found 1 (c1 +14155550137 → ")


def test_findings_on_the_capture(differ: Differ) -> None:
    assert differ("calls: [{}]\nfindings: {must: [access/*]}") == [
        "capture: finding access/* expected, found no findings"
    ]


def test_of_several_transfers_the_deciding_one_counts(tmp_path: Path) -> None:
    analysis = analyze(SAMPLES / "healthy" / "recorded.pcap")
    assert len(analysis.calls) == 1
    path = tmp_path / "x.expect.yaml"
    path.write_text("calls: [{legs: [{assert: [answered]}]}]")
    (found,) = differences(load_case(path), analysis)
    assert found.startswith("call c1: legs without 'match': expected one leg, found c1.1, c1.2")
