"""Audio to addresses where nobody can hear it."""

from __future__ import annotations

import pytest

from sipdiag.capture.payload import Endpoint
from sipdiag.facts.astray import private
from tests.facts.streams import Talk

INSIDE = Endpoint("192.168.1.20", 4000)


@pytest.mark.parametrize(("longer_s", "told"), [(0.8, True), (1.3, False)])
def test_audio_to_a_private_address_is_lost_where_no_other_goes_on(longer_s: float, told: bool) -> None:
    talk = Talk()
    media = talk.media(
        talk.stream(to_caller=True, until_s=20, dst=INSIDE),
        talk.stream(to_caller=True, until_s=20 + longer_s, ssrc=2),
        talk.stream(to_caller=False),
    )
    assert ("private_address" in private(media.way(to_caller=True)).facts) is told
