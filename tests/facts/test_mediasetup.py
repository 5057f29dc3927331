"""Checks and handshakes of a leg."""

from __future__ import annotations

import pytest

from sipdiag.capture.payload import MediaDatagram
from sipdiag.facts.media import Media
from sipdiag.facts.mediasetup import MediaSetup
from sipdiag.media.captured import CapturedMedia
from sipdiag.scenario.keying import handshake
from sipdiag.scenario.schema import MediaSpec
from tests.calls.dialogs import SECOND
from tests.facts.streams import Talk


@pytest.mark.parametrize(("before_s", "seen"), [(1.5, True), (2.5, False)])
def test_a_handshake_shortly_before_the_leg_is_of_the_leg(before_s: float, seen: bool) -> None:
    talk = Talk()
    captured = CapturedMedia()
    at_ns = talk.view.leg.first_ns - round(before_s * SECOND)
    for number, (_, _, data) in enumerate(handshake(0, 0, MediaSpec(answered=False)), 1):
        captured.setup.add(MediaDatagram(at_ns, number, 0, (0, 0), talk.caller, talk.callee, data))
    found = MediaSetup(Media(captured).of(talk.view)).handshakes
    assert bool(found[True]) is seen
