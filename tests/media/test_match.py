"""Which streams are a leg's: by their ends, and by when they were."""

from __future__ import annotations

import pytest

from sipdiag.media.match import Session, SessionDescription, StreamIndex
from sipdiag.media.stream import RtpStream
from sipdiag.sip.sdp import parse_sdp
from tests.media.build import MS, A, B

SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


@pytest.mark.parametrize(("early_ms", "told"), [(900, True), (1100, False)])
def test_a_stream_that_ends_well_before_the_call_is_another_calls(early_ms: int, told: bool) -> None:
    """Media may run ahead of the first message that was captured."""
    begin_ns = 60_000 * MS
    session = Session(begin_ns, None, [SessionDescription(begin_ns, True, parse_sdp(SDP))])
    stream = RtpStream(B, A, 7, packets=100, first_ns=0, last_ns=begin_ns - early_ms * MS)
    assert bool(StreamIndex([stream]).of(session)) is told
