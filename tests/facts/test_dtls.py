"""The handshake that gives the media its keys: whose certificate it is, and when one was to be expected."""

from __future__ import annotations

import pytest

from sipdiag.capture.payload import Endpoint, MediaDatagram
from sipdiag.facts.dtls import Dtls, dtls_of
from sipdiag.facts.media import Media
from sipdiag.facts.mediasetup import BEFORE_NS, MediaSetup
from sipdiag.media.captured import CapturedMedia
from sipdiag.scenario.keying import handshake
from sipdiag.scenario.schema import MediaSpec
from tests.calls.dialogs import read
from tests.facts.test_answers import body
from tests.facts.test_offers import PLAIN

SECURE = "- a INVITE: {sdp: {dtls: true}}\n- a 200 +2\n- a ACK"


def dtls(ladder: str, *, side: int, spec: MediaSpec, begins_ns: int = 3_000_000_000) -> Dtls | None:
    """The handshake that one side (0 is the caller) begins so long after the leg's first message."""
    view = read(ladder).leg
    media = CapturedMedia()
    said = Media(CapturedMedia()).of(view).session.said
    caller, callee = (
        next(end for one in said if one.by_caller == by_caller for end in one.ends)
        for by_caller in (True, False)
    )
    own, other = (caller, callee) if side == 0 else (callee, caller)
    for offset_ns, back, data in handshake(5, side, spec):
        ends: tuple[Endpoint, Endpoint] = (other, own) if back else (own, other)
        media.setup.add(MediaDatagram(view.leg.first_ns + begins_ns + offset_ns, 1, 0, (0, 0), *ends, data))
    return dtls_of(MediaSetup(Media(media).of(view)))


@pytest.mark.parametrize(
    ("side", "stranger", "by_caller"), [(1, True, True), (0, True, False), (0, False, None), (1, False, None)]
)
def test_whose_certificate_is_not_the_one_that_was_named(
    side: int, stranger: bool, by_caller: bool | None
) -> None:
    """Whoever answers the hello shows its certificate first; the other gives up on it."""
    found = dtls(SECURE, side=side, spec=MediaSpec(stranger=stranger, alert=42))
    assert found is not None
    assert found.stranger_is_caller is by_caller


@pytest.mark.parametrize(
    ("ladder", "expected"), [(SECURE, True), (SECURE.replace("200 +2", f"200 +2{body(PLAIN)}"), False)]
)
def test_a_handshake_takes_fingerprints_of_both_sides(ladder: str, expected: bool) -> None:
    assert (dtls(ladder, side=0, spec=MediaSpec()) is not None) is expected


@pytest.mark.parametrize(("early_ns", "seen"), [(0, True), (1, False)])
def test_a_handshake_that_was_over_long_before_the_call_is_another_calls(early_ns: int, seen: bool) -> None:
    last_hello_ns = 3_000_000_000
    begins_ns = -BEFORE_NS - last_hello_ns - early_ns
    assert (dtls(SECURE, side=0, spec=MediaSpec(answered=False), begins_ns=begins_ns) is not None) is seen
