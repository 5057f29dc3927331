"""Legal but odd calls: nothing above an information is said of any of them.

What may be said of each was written down before the program first read it; four labels were put right afterwards.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.rules.finding import Severity
from tests.briefly import Call, calls

CALLS = list(calls(Path(__file__).parent / "lookalikes"))


def test_there_are_more_than_ninety() -> None:
    assert len(CALLS) > 90


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_nothing_is_said_of_it(call: Call, tmp_path: Path) -> None:
    results = call.diagnosed(tmp_path)
    findings = [finding for result in results for finding in result.findings]
    assert not [f"{one.rule}: {one.sentence}" for one in findings if one.severity > Severity.info]
    assert {result.root_cause for result in results} == {None}
    assert {result.outcome for result in results} & set(call.expected.get("outcome", ["answered"]))
