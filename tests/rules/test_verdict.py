"""The order in which the root cause and the headline are chosen."""

from __future__ import annotations

from typing import Any

import pytest

from sipdiag.rules.acts import unnamed
from sipdiag.rules.finding import Confidence, Finding, Severity
from sipdiag.rules.verdict import CallVerdict, arrange, choose_root_cause, headline


def finding(rule: str, subject: str = "c1.1", **fields: Any) -> Finding:
    values: dict[str, Any] = {
        "title": rule,
        "severity": Severity.error,
        "confidence": Confidence.certain,
        "acts": unnamed("carrier"),
        "sentence": "",
        "why": "",
        "fix": (),
        "evidence": (),
        "references": (),
    }
    values |= fields
    if values.get("consequence_of"):
        values["role"] = "consequence"
    return Finding(rule=rule, subject=subject, **values)


def cause_of(*findings: Finding) -> str | None:
    """The root cause's rule, whatever the order the findings come in."""
    chosen = {(one.rule if one else None) for one in map(choose_root_cause, (findings, findings[::-1]))}
    [rule] = chosen
    return rule


def test_nothing() -> None:
    assert choose_root_cause([]) is None


@pytest.mark.parametrize("teardown", [False, True])
def test_information_is_never_a_cause(teardown: bool) -> None:
    assert cause_of(finding("a/note", severity=Severity.info, decides=True, teardown=teardown)) is None


def test_deciding_comes_before_confidence_and_severity() -> None:
    decisive = finding("z/decides", decides=True, confidence=Confidence.possible, severity=Severity.warning)
    assert cause_of(finding("a/sure"), decisive) == "z/decides"


def test_confidence_comes_before_severity() -> None:
    sure = finding("z/sure", severity=Severity.warning)
    assert cause_of(finding("a/guess", confidence=Confidence.likely), sure) == "z/sure"


def test_severity_comes_before_the_name() -> None:
    assert cause_of(finding("a/warning", severity=Severity.warning), finding("z/error")) == "z/error"


def test_the_more_specific_of_equals() -> None:
    specific = finding("z/special", supersedes=frozenset({"a/general"}))
    assert cause_of(finding("a/general", "c1.2"), specific) == "z/special"


def test_equals_go_by_name_then_by_number_of_subject() -> None:
    assert cause_of(finding("a/b"), finding("a/a")) == "a/a"
    chosen = choose_root_cause([finding("a/a", "c1.10"), finding("a/a", "c1.2")])
    assert chosen is not None
    assert chosen.subject == "c1.2"


def test_a_consequence_is_never_the_cause() -> None:
    effect = finding("a/effect", decides=True, consequence_of="z/cause")
    assert cause_of(effect, finding("z/cause", confidence=Confidence.possible)) == "z/cause"
    note = finding("z/cause", severity=Severity.info)
    assert cause_of(effect, note) is None


def test_what_explains_the_deciding_finding_decides() -> None:
    effect = finding("a/effect", decides=True, consequence_of="m/middle")
    middle = finding("m/middle", consequence_of="z/cause")
    cause = finding("z/cause", confidence=Confidence.possible)
    assert cause_of(effect, middle, cause, finding("b/other")) == "z/cause"


def test_teardown_only_where_there_is_nothing_else() -> None:
    teardown = finding("a/teardown", teardown=True, decides=True)
    weak = finding("z/weak", confidence=Confidence.possible, severity=Severity.warning)
    assert cause_of(teardown, weak) == "z/weak"
    assert cause_of(teardown) == "a/teardown"
    assert cause_of(teardown, finding("z/note", severity=Severity.info)) == "a/teardown"


def test_arranged_with_consequences_behind_their_cause() -> None:
    findings = [
        finding("a/note", severity=Severity.info),
        finding("b/effect", consequence_of="d/cause"),
        finding("c/other", confidence=Confidence.likely),
        finding("d/cause", decides=True),
        finding("e/effect-of-effect", consequence_of="b/effect"),
        finding("f/effect-of-other", consequence_of="c/other"),
        finding("g/warning", severity=Severity.warning),
    ]
    arranged = arrange(findings)
    assert [(one.rule, one.role) for one in arranged] == [
        ("d/cause", "cause"),
        ("b/effect", "consequence"),
        ("e/effect-of-effect", "consequence"),
        ("c/other", "finding"),
        ("f/effect-of-other", "consequence"),
        ("g/warning", "finding"),
        ("a/note", "finding"),
    ]
    assert sorted(one.rule for one in findings) == sorted(one.rule for one in arranged)


def test_nothing_is_lost_when_the_explanation_is_elsewhere() -> None:
    assert [one.rule for one in arrange([finding("a/effect", consequence_of="z/gone")])] == ["a/effect"]


ERROR, WARNING = finding("a/error"), finding("a/warning", severity=Severity.warning)
OTHER = finding("b/error")


@pytest.mark.parametrize(
    ("calls", "chosen"),
    [
        ([], None),
        ([CallVerdict("c1", "answered", None, 1)], None),
        ([CallVerdict("c1", "busy", WARNING, 1), CallVerdict("c2", "rejected", ERROR, 2)], "c2"),
        ([CallVerdict("c1", "rejected", ERROR, 2), CallVerdict("c2", "rejected", ERROR, 1)], "c2"),
        ([CallVerdict("c1", "rejected", ERROR, 1), CallVerdict("c2", "transfer-failed", WARNING, 2)], "c2"),
        ([CallVerdict("c1", "busy", WARNING, 1), CallVerdict("c2", "transfer-unknown", WARNING, 2)], "c2"),
        ([CallVerdict("c1", "rejected", ERROR, 1), CallVerdict("c2", "transfer-unknown", WARNING, 2)], "c1"),
        (
            [CallVerdict("c1", "rejected", ERROR, 1, scanner=True), CallVerdict("c2", "busy", WARNING, 2)],
            "c2",
        ),
        ([CallVerdict("c1", "rejected", ERROR, 1, scanner=True)], None),
        ([CallVerdict(f"c{n}", "rejected", ERROR if n == 1 else OTHER, n) for n in (1, 2, 3)], "c2"),
    ],
)
def test_headline(calls: list[CallVerdict], chosen: str | None) -> None:
    found = headline(calls)
    assert (found[0] if found else None) == chosen
