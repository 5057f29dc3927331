"""Faulty calls, one per way to break a dialog: the cause, the class of who has to act, and the party by name.

``root`` are the causes that are right, ``finds`` is a finding that has to be there beside the cause; ``as`` and ``who`` are
those of that finding.  Labels were written down before the program first read a call; some were put right afterwards.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from sipdiag.pipeline.results import CallSummary
from sipdiag.rules.finding import Finding, Severity
from tests.briefly import Call, calls

CALLS = list(calls(Path(__file__).parent / "faults"))


def wanted(call: Call, results: list[CallSummary]) -> Finding | None:
    """The finding that a call is about."""
    if "finds" in call.expected:
        found = (one for result in results for one in result.findings if one.severity > Severity.info)
        return next((one for one in found if one.rule == call.expected["finds"]), None)
    roots = (result.root_cause for result in results if result.root_cause is not None)
    return next(
        (one for one in roots if any(fnmatchcase(one.rule, rule) for rule in call.expected["root"])), None
    )


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_who_broke_which_rule_is_found(call: Call, tmp_path: Path) -> None:
    results = call.diagnosed(tmp_path)
    finding = wanted(call, results)
    assert finding is not None, [(result.outcome, result.root_cause) for result in results]
    assert finding.acts.as_ in call.expected.get("as", [finding.acts.as_])
    assert re.search(call.expected.get("who", ""), finding.acts.who), finding.acts
    assert {result.outcome for result in results} & set(call.expected.get("outcome", [results[0].outcome]))
