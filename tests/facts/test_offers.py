"""What was offered and answered."""

from __future__ import annotations

import pytest

from sipdiag.facts.offers import WITHOUT_MEDIA_S
from tests.calls.dialogs import read
from tests.facts.test_answers import OFFER, REFUSED, body, ladder
from tests.facts.views import facts_of_leg

PLAIN = REFUSED.replace("audio 0", "audio 4000")


def test_some_of_many_offered_codecs_are_named() -> None:
    codecs = "".join(f"a=rtpmap:{96 + number} codec{number}/8000\\r\\n" for number in range(10))
    types = " ".join(str(96 + number) for number in range(10))
    many = PLAIN.replace("RTP/AVP 0", f"RTP/AVP {types}") + codecs
    facts = facts_of_leg(read(f"  - a INVITE{body(many)}\n  - a 488\n  - a ACK\n"))
    assert facts["offered_media"] == ", ".join(f"CODEC{number}" for number in range(8)) + " over plain RTP"


@pytest.mark.parametrize(
    ("offer", "answer", "secure"), [(OFFER, PLAIN, False), (PLAIN, OFFER, True), (PLAIN, PLAIN, None)]
)
@pytest.mark.parametrize(("talk_s", "soon"), [(WITHOUT_MEDIA_S - 1, True), (WITHOUT_MEDIA_S + 1, False)])
def test_srtp_on_one_side_only(
    offer: str, answer: str, secure: bool | None, talk_s: float, soon: bool
) -> None:
    """Whoever talks on for ten seconds has media, whatever the descriptions say."""
    facts = facts_of_leg(read(ladder(body(answer), offer=body(offer), hang_up=talk_s)))
    assert facts.get("answer_secure") is secure
    assert facts["srtp_mismatch"] is (secure is not None and soon)
