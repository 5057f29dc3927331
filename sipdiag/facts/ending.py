"""How a leg ended: the BYE, what it says, and whether it was taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sipdiag.calls.model import Request
from sipdiag.facts.codenames import Q850, Status
from sipdiag.facts.declare import fact
from sipdiag.facts.once import once
from sipdiag.facts.private import leads_nowhere
from sipdiag.facts.timers import TIMER_B_NS, timed_out
from sipdiag.facts.wording import worded
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.headers import Reason

NORMAL_CAUSES = frozenset({0, 16, 31, 127})
"""Q.850 causes that say nothing went wrong, or nothing at all."""
_MEDIA_TIMEOUT = "MEDIA_TIMEOUT"
"""FreeSWITCH's name for a channel that it closed for want of media, under a protocol that its profile names."""
INSISTED = 3
"""A request sent this often, with its loss reported by the network, was not just unlucky once."""


def unheard(request: Request) -> bool:
    """No final response was captured, and the sender behaved as if it got none.

    Over UDP such a request is sent again (RFC 3261 §17.1.1.2, §17.1.2.2), an INVITE until a provisional response
    comes; an ACK proves that there was an answer.
    """
    hop = request.own
    if hop.final is not None or hop.acks or request.acks:
        return False
    waits = request.method == "INVITE" and bool(hop.responses)
    return waits or len(hop.requests) > 1 or request.first.transport != "UDP"


def left_alone(request: Request, capture_end_ns: int, reported_ns: int | None) -> bool:
    """Its timer ran out in the capture without an answer, or none can come: the network said why, or it went to a private address.

    ``reported_ns``: when the network last reported that a message of the leg did not get through.
    """
    if not unheard(request):
        return False
    if timed_out(request, capture_end_ns):
        return True
    insisted = len(request.own.requests) >= INSISTED
    reported = reported_ns is not None and reported_ns >= request.time_ns
    return insisted and (reported or leads_nowhere(request.first))


def misnumbered(request: Request, requests: Iterable[Request]) -> bool:
    """Its CSeq is no higher than that of an earlier one of its sender's (RFC 3261 §12.2.1.1)."""
    return any(
        other is not request
        and other.first.message.from_tag == request.first.message.from_tag
        and other.cseq >= request.cseq
        and other.time_ns < request.time_ns
        for other in requests
        if other.method != "CANCEL"
    )


class Closing:
    """The first BYE of a leg, among all of them; a second one that crossed it changes nothing."""

    def __init__(self, byes: list[Request], unanswered: bool, requests: Sequence[Request]) -> None:
        self._byes = byes
        self._bye = byes[0]
        self._unanswered = unanswered
        self._requests = requests

    @once
    def _crossing(self) -> list[Request]:
        """All except those the other side sent after the first had timed out: until then that side thought the call was up."""
        first = self._bye
        return [
            bye
            for bye in self._byes
            if bye.from_caller == first.from_caller or bye.time_ns - first.time_ns < TIMER_B_NS
        ]

    @once
    def _reasons(self) -> list[Reason]:
        message = self._bye.first.message
        return message.reasons if message.is_request else []

    @once
    def _abnormal(self) -> list[Reason]:
        return [
            reason
            for reason in self._reasons
            if (reason.protocol == "Q.850" and (reason.cause or 0) not in NORMAL_CAUSES)
            or (reason.protocol == "SIP" and (reason.cause or 0) >= 400)
            or reason.text == _MEDIA_TIMEOUT
        ]

    @once
    def _shown(self) -> Reason | None:
        reasons = self._abnormal or self._reasons
        return reasons[0] if reasons else None

    @fact
    def abnormal(self) -> bool:
        """The BYE's Reason names an abnormal end."""
        return bool(self._abnormal)

    @fact
    def for_silence(self) -> bool:
        """Its sender says in the BYE that no media had reached it for the time it waits (FreeSWITCH: MEDIA_TIMEOUT)."""
        return any(reason.text == _MEDIA_TIMEOUT for reason in self._reasons)

    @fact(absent="no reason given")
    def reason(self) -> str | None:
        """The BYE's Reason, in words."""
        shown = self._shown
        return f"{shown.protocol} {shown.cause} {shown.text}".strip() if shown is not None else None

    @fact(named=Q850)
    def q850(self) -> int | None:
        """Q.850 cause in the BYE's Reason."""
        shown = self._shown
        return shown.cause if shown is not None and shown.protocol == "Q.850" else None

    @fact(named=Status)
    def sip_cause(self) -> int | None:
        """SIP status in the BYE's Reason."""
        shown = self._shown
        return shown.cause if shown is not None and shown.protocol == "SIP" else None

    @fact
    def cseq(self) -> int:
        """CSeq of the BYE."""
        return self._bye.cseq

    @once
    def refusal(self) -> CapturedMessage | None:
        """None of the BYEs was taken, and this refused one for another reason than a dialog that is gone.

        A 500 to one that was sent again says that the first was taken (RFC 3261 §12.2.2): its CSeq is not new any more.
        """
        byes = [bye for bye in self._crossing if not (bye.status == 500 and len(bye.own.requests) > 1)]
        if any(bye.status is not None and (bye.status < 300 or bye.status == 481) for bye in byes):
            return None
        return next((bye.final for bye in byes if bye.status not in (None, 401, 407)), None)

    @fact
    def refused(self) -> bool:
        """The BYE was refused, and not because the dialog was gone or credentials were missing."""
        return self.refusal is not None

    @fact(named=Status)
    def status(self) -> int | None:
        """Status of the refusal of the BYE."""
        return self.refusal.message.status if self.refusal is not None else None

    @fact
    def wording(self) -> str | None:
        """Status and reason phrase of the refusal of the BYE."""
        return worded(self.refusal)

    @fact
    def misnumbered(self) -> bool:
        """The BYE was refused, and its CSeq is no higher than that of an earlier request of its sender (RFC 3261 §12.2.1.1)."""
        return self.refused and misnumbered(self._bye, self._requests)

    @fact
    def timed_out(self) -> bool:
        """A server on the way said that nobody answered the BYE (408)."""
        return self.refusal is not None and self.refusal.message.status == 408

    @fact
    def unanswered(self) -> bool:
        """The BYE got no response although its timer ran out in the capture, or the network reported it lost."""
        return self._unanswered

    @fact(unit="messages")
    def repeats(self) -> int:
        """Retransmissions of the BYE."""
        return max((len(hop.requests) - 1 for hop in self._bye.hops), default=0)
