"""A resume that is answered as if the hold went on."""

from __future__ import annotations

import pytest

from sipdiag.facts.resumed import resumed
from tests.facts.streams import UP, Talk

HELD = "  - a INVITE hold +10\n  - a 200\n  - a ACK\n"
RESUMED = "  - a INVITE resume +5\n  - a 200: {{sdp: {{direction: {answered}}}}}\n  - a ACK\n"
HELD_BACK = "  - a agent INVITE hold +2\n  - a 200\n  - a agent ACK\n"
HUNG_UP = "  - a carrier BYE +{wait}\n  - a 200\n"


def told(
    before: str = HELD,
    answered: str = "recvonly",
    until_s: float = 9.0,
    wait_s: int = 30,
    other_s: float = 90.0,
) -> dict[str, object]:
    """What is said of the audio to the side that resumed, the caller; times are seconds after the answer."""
    talk = Talk(UP + before + RESUMED.format(answered=answered) + HUNG_UP.format(wait=wait_s))
    media = talk.media(
        talk.stream(to_caller=True, until_s=until_s), talk.stream(to_caller=False, until_s=other_s)
    )
    assert not resumed(media.way(to_caller=False)).facts
    return dict(resumed(media.way(to_caller=True)).facts)


@pytest.mark.parametrize("answered", ["recvonly", "inactive"])
def test_a_resume_answered_as_the_hold_was(answered: str) -> None:
    facts = told(answered=answered)
    assert facts["resume_answered"] == answered
    assert facts["resumed_s"] == pytest.approx(30, abs=0.2)


@pytest.mark.parametrize(
    ("more", "fires"),
    [
        ({"wait_s": 21}, True),
        ({"wait_s": 19}, False),
        ({"other_s": 37.0}, True),
        ({"other_s": 33.0}, False),  # Nobody talks.
        ({"until_s": 16.0}, True),  # In flight.
        ({"until_s": 20.0}, False),  # It does send.
        ({"answered": "sendrecv"}, False),
        ({"answered": "sendonly"}, False),
        ({"before": HELD + HELD_BACK}, False),  # Its own hold goes on.
        ({"before": HELD_BACK}, False),
        ({"before": ""}, False),  # Nothing was held.
    ],
)
def test_what_has_to_come_together(more: dict[str, object], fires: bool) -> None:
    assert bool(told(**more)) is fires  # type: ignore[arg-type]
