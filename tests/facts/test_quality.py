"""The clock of a sender against that of the capture."""

from __future__ import annotations

import pytest

from sipdiag.facts.quality import clocks
from sipdiag.media.stream import Format
from tests.facts.streams import Talk


@pytest.mark.parametrize(("ppm", "told"), [(150, False), (-150, False), (300, True), (-300, True)])
def test_a_clock_that_is_off_by_more_than_crystals_are(ppm: int, told: bool) -> None:
    talk = Talk()
    samples = tuple((talk.at(s), round(s * 8000 * (1 + ppm / 1e6))) for s in range(0, 400, 10))
    stream = talk.stream(to_caller=True, formats=(Format(0, 50, samples=samples),))
    facts = clocks(talk.media(stream).way(to_caller=True)).facts
    assert facts.get("skew_fast") is ((ppm > 0) if told else None)
