"""A leg with streams that were never captured, for the tests of facts of media."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from sipdiag.capture.payload import Endpoint
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.ways import TALK_PACKETS, LegMedia
from sipdiag.media.captured import CapturedMedia
from sipdiag.media.stream import RtpStream
from tests.calls.dialogs import SECOND, read

UP = """
  - a INVITE
  - a 100
  - a 200 +2
  - a ACK
"""
ENDED = (
    UP
    + """
  - a carrier BYE +60
  - a 200
"""
)


def ends_of(view: LegView) -> tuple[Endpoint, Endpoint]:
    """Where the caller and the callee of a leg want their audio."""
    offer = view.leg.invites[0].first.message.sdp
    answer = view.leg.answer.message.sdp if view.leg.answer else None
    assert offer is not None
    assert answer is not None
    caller, callee = (Endpoint(sdp.media[0].connection, sdp.media[0].port) for sdp in (offer, answer))
    return caller, callee


class Talk:
    """A leg whose caller hears, and is heard, as the test says; times are seconds after the answer."""

    def __init__(self, ladder: str = ENDED) -> None:
        self.view = read(ladder).leg
        self.caller, self.callee = ends_of(self.view)
        assert self.view.answer is not None
        self.answer_ns = self.view.answer.time_ns

    def at(self, after_s: float) -> int:
        return self.answer_ns + round(after_s * SECOND)

    def stream(
        self,
        *,
        to_caller: bool,
        until_s: float = 60.0,
        src: Endpoint | None = None,
        dst: Endpoint | None = None,
        **more: Any,
    ) -> RtpStream:
        """Audio from the answer on."""
        sent = (self.callee, self.caller) if to_caller else (self.caller, self.callee)
        whole = RtpStream(
            src or sent[0],
            dst or sent[1],
            1,
            0,
            TALK_PACKETS,
            first_ns=self.at(0.02),
            last_ns=self.at(until_s),
        )
        return replace(whole, **more)

    def media(self, *streams: RtpStream) -> LegMedia:
        return Media(CapturedMedia(streams)).of(self.view)
