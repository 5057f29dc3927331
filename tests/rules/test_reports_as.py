"""A rule on another kind of subject that reports under the id of the fault it shares."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.rules.evaluate import evaluate
from sipdiag.rules.load import load
from sipdiag.rules.problem import RuleError
from sipdiag.rules.subject import Subject
from tests.rules.rulefolder import EVIDENCE, FACTS, Folder

BASE = """\
    title: A fault
    subject: {subject}
    severity: error
    confidence: certain
    responsible: carrier
    when: answered
    sentence: It happened.
    why: Because.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_finding_carries_the_shared_id(folder: Folder) -> None:
    folder.write("a/fault", BASE.format(subject="transfer").replace("when: answered", "when: 'false'"))
    folder.write("a/fault-leg", BASE.format(subject="leg") + "    reports_as: a/fault\n")
    findings = evaluate(folder.load(), [Subject("leg", "c1.1", {"answered": True}, call="c1")])
    assert [finding.rule for finding in findings] == ["a/fault"]


def test_an_unknown_id_is_an_error(folder: Folder) -> None:
    folder.write("a/fault-leg", BASE.format(subject="leg") + "    reports_as: a/falt\n")
    folder.write("a/fault", BASE.format(subject="leg"))
    with pytest.raises(RuleError, match="there is no rule 'a/falt'"):
        load([folder.root], FACTS, EVIDENCE)
