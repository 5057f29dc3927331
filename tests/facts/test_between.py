"""Streams that lack packets at the next capture point."""

from __future__ import annotations

import pytest

from sipdiag.facts.between import gone_streams
from sipdiag.facts.media import Media
from sipdiag.media.captured import CapturedMedia
from sipdiag.media.pairs import Pairs, StreamPair
from tests.facts.streams import Talk


@pytest.mark.parametrize(
    ("lost", "expected", "told"),
    [(4, 100, False), (6, 100, True), (6, 1500, False), (6, 1000, True)],
    ids=["few", "more", "few in a long stream", "more than in two hundred one"],
)
def test_a_few_lost_packets_are_no_loss_between_two_points(lost: int, expected: int, told: bool) -> None:
    talk = Talk()
    captured = CapturedMedia([talk.stream(to_caller=True)])
    captured.pairs = Pairs([StreamPair(0, None, (0, 1), expected=expected, lost=lost)])
    assert bool(gone_streams(Media(captured).of(talk.view))) is told
