"""CANCELs that did not stop the call, and those that merely crossed its end."""

from __future__ import annotations

import pytest

from tests.calls.dialogs import one_call, rules

RINGING = "  - a INVITE\n  - a 100\n  - a 180 +0.3\n  - a CANCEL +5\n"
HUNG_UP = "  - a ACK\n  - a carrier BYE +0.1\n  - a 200\n"


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("  - a 481 CANCEL\n", True),
        ("  - a 500 CANCEL\n", True),
        ("  - a 408 CANCEL +32\n", False),
        ("  - a 200 CANCEL\n  - a 487 INVITE\n  - a ACK\n", False),
        ("  - a 200 CANCEL\n  - a 487 INVITE +4.6\n  - a ACK\n", False),
        ("  - a 200 CANCEL\n  - a 200 INVITE +1.9\n" + HUNG_UP, False),
        ("  - a 200 CANCEL\n  - a 200 INVITE +2.1\n" + HUNG_UP, True),
        ("  - a 481 CANCEL\n  - a 200 INVITE +0.8\n" + HUNG_UP, False),
        ("  - a 481 CANCEL\n  - a 200 INVITE +1.3\n" + HUNG_UP, True),
        ("  - a 200 INVITE +0.01\n  - a 481 CANCEL\n" + HUNG_UP, False),
        ("  - a 487 INVITE\n  - a ACK\n  - a CANCEL again\n  - a 481 CANCEL\n", False),
    ],
    ids=[
        "481",
        "500",
        "nobody there",
        "487",
        "487 late",
        "crossed",
        "answered late",
        "481 before 200",
        "481 long before 200",
        "481 after 200",
        "481 after 487",
    ],
)
def test_cancel_failed(rest: str, told: bool) -> None:
    assert ("signalling/cancel-failed" in rules(one_call(RINGING + rest).findings)) is told


def test_a_cancel_before_anything_rang_is_no_finding_of_its_own() -> None:
    silent = "  - a INVITE\n  - a 100\n  - a CANCEL +5\n  - a 481 CANCEL\n"
    assert "signalling/cancel-failed" not in rules(one_call(silent).findings)
