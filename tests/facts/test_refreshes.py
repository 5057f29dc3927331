"""When a failed re-INVITE or UPDATE ended the call, and when the call survived it."""

from __future__ import annotations

import pytest

from tests.calls.dialogs import read
from tests.facts.views import facts_of_leg

UP = "- p INVITE\n- p 180 +0.5\n- p 200 +2\n- p ACK\n- p INVITE +5\n"


@pytest.mark.parametrize(
    ("rest", "bye_after_s", "failed"),
    [
        ("- p 500\n- p ACK\n", 35, True),
        ("- p 500\n- p ACK\n", 45, False),
        ("- p 488\n- p ACK\n", 4, True),
        ("- p 488\n- p ACK\n", 6, False),
        ("- p 407\n- p ACK\n", 1.5, False),
        ("- p 407\n- p ACK\n", 2.5, True),
        ("- p INVITE again +0.5\n", 2.5, False),
        ("- p INVITE again +0.5\n", 5, True),
    ],
    ids=[
        "refused",
        "refused long before",
        "the offer refused",
        "the offer refused, and the call went on",
        "challenged, and hung up at once",
        "challenged, and not sent again",
        "unanswered for too short a time",
        "unanswered",
    ],
)
def test_a_failed_refresh_ends_the_call_within_its_time(rest: str, bye_after_s: float, failed: bool) -> None:
    assert facts_of_leg(read(f"{UP}{rest}- p BYE +{bye_after_s}\n- p 200"))["refresh_failed"] is failed
