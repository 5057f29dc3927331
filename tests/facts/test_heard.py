"""Audio that stopped before its receiver hung up."""

from __future__ import annotations

import pytest

from sipdiag.facts.heard import Heard
from tests.facts.streams import UP, Talk


def stopped(before_bye_s: float, *, other_before_s: float = 0.0) -> dict[str, object]:
    """What is said of audio to the caller that ends so long before the caller's BYE."""
    talk = Talk()
    bye = talk.view.bye
    assert bye is not None
    until_s, other_s = ((bye.time_ns - talk.answer_ns) / 1e9 - s for s in (before_bye_s, other_before_s))
    media = talk.media(
        talk.stream(to_caller=True, until_s=until_s), talk.stream(to_caller=False, until_s=other_s)
    )
    return dict(Heard(media.way(to_caller=True)))


@pytest.mark.parametrize(("before_bye_s", "told"), [(4.0, False), (6.0, True)])
def test_audio_that_ends_seconds_before_the_bye_stopped(before_bye_s: float, told: bool) -> None:
    assert (stopped(before_bye_s).get("stopped_s") is not None) is told


@pytest.mark.parametrize(
    ("before_bye_s", "is_round"), [(11.2, True), (12.5, False), (28.8, True), (34.0, False)]
)
def test_a_media_timeout_is_a_round_time(before_bye_s: float, is_round: bool) -> None:
    assert stopped(before_bye_s)["stopped_round"] is is_round


@pytest.mark.parametrize(("other_before_s", "went_on"), [(0.8, True), (1.3, False)])
def test_the_other_side_went_on_to_the_end(other_before_s: float, went_on: bool) -> None:
    assert stopped(20.0, other_before_s=other_before_s)["other_went_on"] is went_on


def ended(
    talk: Talk, *, from_s: float = 0.02, until_s: float = 31.0, gap_ms: float = 20, other_s: float = 60.0
) -> dict[str, object]:
    """What is said of audio to the caller that ends in the middle; times are seconds after the answer."""
    own = talk.stream(
        to_caller=True, first_ns=talk.at(from_s), until_s=until_s, max_delta_ns=int(gap_ms * 1_000_000)
    )
    media = talk.media(own, talk.stream(to_caller=False, until_s=other_s))
    return dict(Heard(media.way(to_caller=True)))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, True),
        ({"until_s": 30.1}, True),
        ({"until_s": 29.9}, False),  # A greeting.
        ({"from_s": -5.0, "until_s": 29.9}, False),
        ({"until_s": 39.9}, True),
        ({"until_s": 40.2}, False),
        ({"other_s": 52.0}, True),
        ({"other_s": 50.0}, False),  # Both ended.
        ({"gap_ms": 201}, False),  # Silence is not sent.
    ],
)
def test_audio_without_a_pause_ends_in_the_middle_of_a_call(more: dict[str, float], told: bool) -> None:
    assert ("ceased_s" in ended(Talk(), **more)) is told


@pytest.mark.parametrize(
    ("between", "told"),
    [
        ("", True),
        ("  - a INVITE +32\n  - a 200\n  - a ACK\n", False),
        ("  - a INVITE +10\n  - a 200\n  - a ACK\n", True),
        ("  - a carrier REFER sip:bob@example.com +31\n  - a 202\n", False),
    ],
    ids=["nothing", "negotiated then", "negotiated before", "transferred"],
)
def test_audio_that_signalling_ended_did_not_cease(between: str, told: bool) -> None:
    wait_s = 60 - sum(int(line.rpartition("+")[2]) for line in between.splitlines() if "+" in line)
    talk = Talk(f"{UP}{between}  - a carrier BYE +{wait_s}\n  - a 200\n")
    assert ("ceased_s" in ended(talk)) is told


@pytest.mark.parametrize(("until_s", "on"), [(30.1, True), (29.9, False)])
def test_audio_that_went_on_for_longer_than_a_greeting(until_s: float, on: bool) -> None:
    assert ended(Talk(), until_s=until_s)["stopped_talk"] is on


ACKED = "  - a ACK\n"
REPEATED = "  - a 200 INVITE again +0.5\n  - a 200 INVITE again +1\n"


@pytest.mark.parametrize(
    ("acknowledged", "to_caller", "nothing"),
    [(ACKED, False, True), (REPEATED, False, False), (REPEATED, True, True), (REPEATED + ACKED, False, True)],
)
def test_a_caller_whom_the_answer_did_not_reach_does_not_talk_yet(
    acknowledged: str, to_caller: bool, nothing: bool
) -> None:
    talk = Talk(f"  - a INVITE\n  - a 100\n  - a 200 +2\n{acknowledged}  - a carrier BYE +30\n  - a 200\n")
    media = talk.media(talk.stream(to_caller=not to_caller, until_s=30))
    assert Heard(media.way(to_caller=to_caller))["nothing"] is nothing
