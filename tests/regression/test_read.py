from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.knowledge.yamlfile import YamlError
from sipdiag.regression.case import load_case
from sipdiag.regression.expectation import Expectation

Read = Callable[[str], Expectation]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str) -> Expectation:
        path = tmp_path / "x.expect.yaml"
        path.write_text(text)
        return load_case(path)

    return read


def test_the_format_in_full(read: Read, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    found = read("""
args: [--expect, transfer, --call=+14155550137, --rules, ours]
findings: {must_not: [access/*], worst: info}
calls:
  - match: +14155550137
    outcome: transfer-failed
    root_cause: transfer/target-failed
    confidence: certain
    says: [BUSY, 486]
    findings: {must: [transfer/target-*], must_not: [geo/*], worst: error}
    transfer: {method: null, outcome: failed}
    legs:
      - {match: outbound, assert: ["ring_s < 6.0", "state == State.answered"]}
      - {match: c1.2, assert: ["invite_headers['x-twilio-callsid'] != ''"]}
""")
    (call,) = found.calls
    assert (call.match, call.says) == ("+14155550137", ("BUSY", "486"))
    assert call.transfer is not None
    assert (call.transfer.method, call.transfer.outcome) == (None, "failed")
    assert [leg.match for leg in call.legs] == ["outbound", "c1.2"]
    assert call.legs[1].assertions[0].line == 14
    assert found.arguments.rule_dirs == (tmp_path / "ours",)
    assert (found.arguments.expect, found.arguments.call_filter) == ("transfer", "+14155550137")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("calls: []\nfoo: 1", 2, "unknown key 'foo'"),
        ("findings: {}", 1, "'calls' is missing"),
        ("[]", 1, "expected a mapping"),
        ("", 1, "expected a mapping"),
        ("calls: {}", 1, "expected a list"),
        ("calls:\n  - outcome: transfered", 2, "unknown outcome 'transfered'"),
        ("calls:\n  - outcome: busy\n    rootcause: x", 3, "did you mean 'root_cause'?"),
        ("calls:\n  - outcome: busy\n    root_cause: transfer/refer-mising", 3, "'transfer/refer-missing'?"),
        ("calls:\n  - root_cause: [a]", 2, "expected a text"),
        ("calls:\n  - findings: {must: x}", 2, "expected a list"),
        ("calls:\n  - findings:\n      must: [geo/*]\n      must_not: [gio/*]", 4, "no rule 'gio/*'"),
        ("calls:\n  - findings:\n      worst: bad", 3, "unknown worst 'bad'"),
        ("calls:\n  - confidence: sure", 2, "unknown confidence 'sure'"),
        ("calls:\n  - transfer: {method: refer}", 2, "'outcome' is missing"),
        ("calls:\n  - transfer: {outcome: failed}", 2, "'method' is missing"),
        ("calls:\n  - transfer: {method: bye, outcome: failed}", 2, "unknown method 'bye'"),
        ("calls:\n  - outcome: busy\n  - outcome: busy", 1, "each needs 'match'"),
        ("calls:\n  - says: [{a: 1}]", 2, "expected a text"),
        ("calls:\n  - match: ''", 2, "expected a text"),
        ("calls:\n  - legs: [{matc: x}]", 2, "did you mean 'match'?"),
        ("calls:\n  - legs: [{match: x}]", 2, "'assert' is missing"),
        ("calls:\n  - legs:\n      - assert: ['true']\n      - assert: ['true']", 3, "each needs 'match'"),
        (
            "calls:\n  - legs:\n      - assert:\n          - answered\n          - ring_secs < 3.0",
            5,
            "there is no fact 'ring_secs'",
        ),
        ("calls:\n  - legs: [{assert: ['ring_s < 3']}]", 2, "write 3.0, not 3"),
        ("calls:\n  - legs: [{assert: [ring_s]}]", 2, "must be true or false"),
        ("calls: []\nargs: --expect", 2, "expected a list"),
        ("calls: []\nargs: [--expect]", 2, "--expect needs a value"),
        ("calls: []\nargs: [--expect, miracles]", 2, "unknown --expect 'miracles'"),
        ("calls: []\nargs: [--engine, magic]", 2, "unknown --engine 'magic'"),
        ("calls: []\nargs: [--open]", 2, "unknown option '--open'"),
        ("calls: []\nargs: [--rules, nowhere]", 2, "expects a folder with rules"),
        ("calls: [\n", 2, ""),
    ],
)
def test_a_mistake_is_told_with_its_line(read: Read, text: str, line: int, said: str) -> None:
    with pytest.raises(YamlError) as caught:
        read(text)
    assert said in str(caught.value)
    assert caught.value.line == line
    assert "\n" not in str(caught.value)
    assert "x.expect.yaml:" in str(caught.value)


RULE = """
title: A leg was answered late
subject: leg
severity: warning
confidence: certain
responsible: platform
when: answered && setup_s > 5.0
sentence: It took {{ setup_s }}.
why: Nobody likes to wait.
evidence: [answer]
fix: [{text: Answer sooner.}]
references: [RFC 3261 §13]
"""


def test_rules_given_beside_the_file_count(tmp_path: Path) -> None:
    rules = tmp_path / "ours" / "mine"
    rules.mkdir(parents=True)
    (rules / "late.yaml").write_text(RULE)
    path = tmp_path / "x.expect.yaml"
    path.write_text("calls: [{root_cause: mine/late}]")
    with pytest.raises(YamlError):
        load_case(path)
    assert load_case(path, (tmp_path / "ours",)).calls[0].root_cause == "mine/late"
