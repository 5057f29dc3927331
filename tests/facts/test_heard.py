"""Audio that stopped before its receiver hung up."""

from __future__ import annotations

import pytest

from sipdiag.facts.heard import Heard
from tests.facts.streams import Talk


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
