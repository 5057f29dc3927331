"""The malformed message that decided a leg."""

from __future__ import annotations

import pytest

from sipdiag.facts.known import Known
from sipdiag.facts.malformed import AT_ONCE_S
from tests.calls.dialogs import read
from tests.facts.views import facts_of_leg

UP = "  - a INVITE\n  - a 100\n  - a 180 +0.3\n  - a 200 +2\n  - a ACK\n"
BROKEN = ': {headers: {Contact: "<sip:phone@198.51.100.31"}}'
"""An angle bracket that is never closed."""
DOWN = "  - a carrier BYE +20\n  - a 200\n"


def facts(ladder: str) -> Known:
    return facts_of_leg(read(ladder))


def renewed(defect: str, status: int) -> str:
    """A re-INVITE and what came back."""
    return f"  - a carrier INVITE +5 sdp{defect}\n  - a {status}\n  - a carrier ACK\n"


@pytest.mark.parametrize(
    ("within", "told"),
    [
        (renewed(BROKEN, 400), True),
        (renewed("", 400), False),
        (renewed(BROKEN, 200), False),
        (renewed(BROKEN, 503), False),
        (renewed(BROKEN, 400) + renewed("", 200), False),
        (renewed("", 200) + renewed(BROKEN, 400), True),
        (renewed(BROKEN, 400) + renewed("", 491), True),
    ],
    ids=["refused", "in order", "taken", "another refusal", "healed", "taken before", "never taken"],
)
def test_a_request_within_the_call_that_was_refused_as_a_bad_one(within: str, told: bool) -> None:
    found = facts(UP + within + DOWN)
    assert found["malformed"] is told
    assert found.get("malformed_refused") is (True if told else None)


@pytest.mark.parametrize(("talk_s", "told"), [(AT_ONCE_S - 0.1, True), (AT_ONCE_S + 0.1, False)])
def test_a_malformed_answer_matters_to_who_hung_up_at_once(talk_s: float, told: bool) -> None:
    ladder = UP.replace("200 +2", f"200 +2{BROKEN}") + f"  - a carrier BYE +{talk_s}\n  - a 200\n"
    assert facts(ladder)["malformed"] is told


@pytest.mark.parametrize(("repeats", "told"), [(0, False), (2, False), (3, True), (6, True)])
def test_a_malformed_invite_that_was_ignored(repeats: int, told: bool) -> None:
    ladder = f"  - a INVITE{BROKEN}\n" + "  - a INVITE again +4\n" * repeats
    assert facts_of_leg(read(ladder, until=1.0))["malformed"] is told
