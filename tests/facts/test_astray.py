"""Audio that was sent where its receiver could not hear it."""

from __future__ import annotations

import pytest

from sipdiag.capture.payload import Endpoint
from sipdiag.facts import astray
from sipdiag.facts.ways import TALK_PACKETS
from tests.calls.dialogs import SECOND
from tests.facts.streams import Talk
from tests.facts.test_media import leg, media, stream

PRIVATE, REAL, OTHER = (Endpoint(address, 4000) for address in ("192.168.1.20", "198.51.100.7", "10.0.0.7"))


def test_where_the_receivers_audio_comes_from_is_where_most_of_it_does() -> None:
    """Few packets of another address do not hide where the receiver is."""
    view, _, callee = leg()
    back = [stream(REAL, callee, 900), stream(OTHER, callee, TALK_PACKETS)]
    for streams in (back, back[::-1]):
        way = media(view, stream(callee, PRIVATE, 900), *streams).way(to_caller=True)
        assert astray.private(way).facts["private_source"] == REAL.address


@pytest.mark.parametrize(("early_ns", "astray_to"), [(0, False), (1, True)])
def test_what_reached_the_receiver_until_just_before_the_end_was_heard(
    early_ns: int, astray_to: bool
) -> None:
    view, caller, callee = leg()
    begin_ns = view.leg.first_ns
    elsewhere = Endpoint(caller.address, caller.port + 100)
    wrong = stream(callee, elsewhere, 900, last_ns=begin_ns + 60 * SECOND)
    right = stream(callee, caller, 900, last_ns=wrong.last_ns - 2 * SECOND - early_ns)
    for one in (wrong, right):
        one.first_ns = begin_ns
    way = media(view, wrong, right).way(to_caller=True)
    assert ("astray_to" in astray.wrong_address(way).facts) is astray_to


INSIDE = Endpoint("192.168.1.20", 4000)


@pytest.mark.parametrize(("longer_s", "told"), [(0.8, True), (1.3, False)])
def test_audio_to_a_private_address_is_lost_where_no_other_goes_on(longer_s: float, told: bool) -> None:
    talk = Talk()
    media = talk.media(
        talk.stream(to_caller=True, until_s=20, dst=INSIDE),
        talk.stream(to_caller=True, until_s=20 + longer_s, ssrc=2),
        talk.stream(to_caller=False),
    )
    assert ("private_address" in astray.private(media.way(to_caller=True)).facts) is told


@pytest.mark.parametrize(("moved", "told"), [(True, False), (False, True)])
def test_media_that_a_description_moved_did_not_find_its_way_by_latching(moved: bool, told: bool) -> None:
    talk = Talk()
    named = talk.caller if moved else REAL
    before = talk.stream(to_caller=True, dst=Endpoint(talk.caller.address, 9000), until_s=5)
    after = talk.stream(to_caller=True, dst=named, first_ns=talk.at(5))
    back = talk.stream(to_caller=False, src=named)
    way = talk.media(before, after, back).way(to_caller=True)
    assert ("latched_to" in astray.latched(way).facts) is told
