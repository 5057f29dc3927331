"""How a leg was set up: its INVITEs, what came back, how long that took, and how it ended unanswered.

All of it comes from the leg's own messages.
"""

from __future__ import annotations

from sipdiag.calls.model import Leg, Request
from sipdiag.facts.codenames import Status
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import State
from sipdiag.facts.observed import NOTHING_ELSE, Observed
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds, timed_out
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage

ELSEWHERE_TEXT = "elsewhere"
TONE_S = 3.0
"""Early media shorter than this counts as a tone or announcement, not as ringing."""


class Setup:
    """The reading of a leg's initial INVITEs."""

    def __init__(
        self, leg: Leg, capture_end_ns: int, providers: Providers, observed: Observed = NOTHING_ELSE
    ) -> None:
        self.leg = leg
        self.sides = leg.sides
        self.capture_end_ns = capture_end_ns
        self.providers = providers
        self.observed = observed

    # -- the INVITE and its answer -------------------------------------------------------------

    @evidence("invite")
    def opening(self) -> Request | None:
        """The first INVITE."""
        return self.leg.invites[0] if self.leg.invites else None

    @evidence("last_invite")
    def invite(self) -> Request | None:
        """The INVITE that decided: the answered one, else the last."""
        for invite in self.leg.invites:
            if invite.status is not None and 200 <= invite.status < 300:
                return invite
        return self.leg.last_invite

    @evidence("final")
    def final(self) -> CapturedMessage | None:
        """The final response to the deciding INVITE, as its sender saw it."""
        return self.invite.final if self.invite else None

    @fact
    def state(self) -> State:
        """How the leg's INVITE ended."""
        if self.answered:
            return State.answered
        if self.cancel is not None:
            # Whatever the final response is after that: a fork may answer with any branch's.
            return State.cancelled
        if self.status is None:
            return State.open if self.progress else State.no_response
        if 300 <= self.status < 400:
            return State.redirected
        return State.refused

    @fact
    def start_seen(self) -> bool:
        """The initial INVITE itself was captured."""
        return self.leg.start_seen

    @evidence("answer")
    def answer(self) -> CapturedMessage | None:
        """The 2xx to the initial INVITE."""
        return self.leg.answer

    @fact
    def answered(self) -> bool:
        """A 2xx to the initial INVITE was captured, or follows from a later request that only an answered leg has."""
        return self.answer is not None or self.answer_implied

    @once
    def answer_implied(self) -> bool:
        """BYE, re-INVITE, REFER or the ACK of a 2xx without the 2xx: it was not captured.

        A failure that comes first in the capture may be that of a re-INVITE.
        """
        final = self.final
        if self.answer is not None or (final is not None and self.start_seen):
            return False
        if final is None and (any(invite.acks for invite in self.leg.invites) or self.leg.stray_acks):
            return True
        confirmed = ("BYE", "REFER", "INFO", "INVITE")
        return any(
            request.method in confirmed and request.first.message.to_tag and request.first.message.from_tag
            for request in self.later
            if final is None or request.time_ns > final.time_ns
        )

    @once
    def later(self) -> list[Request]:
        """All requests but the initial INVITEs."""
        initial = set(self.leg.invites)
        return [request for request in self.leg.requests if request not in initial]

    def requests(self, method: str) -> list[Request]:
        """In-dialog requests of ``method``."""
        return self._by_method.get(method, [])

    @once
    def _by_method(self) -> dict[str, list[Request]]:
        found: dict[str, list[Request]] = {}
        for request in self.later:
            found.setdefault(request.method, []).append(request)
        return found

    @fact
    def tried(self) -> bool:
        """Anything at all came back on the deciding INVITE, even a mere 100."""
        return self.invite is not None and any(hop.responses for hop in self.invite.hops)

    # -- ringing -------------------------------------------------------------------------------

    @once
    def provisionals(self) -> list[CapturedMessage]:
        """1xx but 100, of every try."""
        return [
            response
            for invite in self.leg.invites
            for response in sorted(invite.own.provisionals, key=lambda r: r.time_ns)
        ]

    @fact
    def progress(self) -> bool:
        """Any 1xx other than 100."""
        return bool(self.provisionals)

    @evidence("ringing")
    def ringing(self) -> CapturedMessage | None:
        """The first sign that the target was alerted: 180, or 183 with SDP."""
        for response in self.provisionals:
            if response.message.status == 180 or (
                response.message.status == 183 and response.message.sdp is not None
            ):
                return response
        return None

    @fact
    def rang(self) -> bool:
        """180, or 183 with SDP."""
        return self.ringing is not None

    @fact
    def alerted(self) -> bool:
        """180; a 183 alone may be an announcement."""
        return any(response.message.status == 180 for response in self.provisionals)

    @fact
    def reached(self) -> bool:
        """The called telephone was reached, as far as signalling tells: 180, or early media of 3 s and more.

        A network's announcement of a refusal is cut short by it.
        """
        return self.alerted or (self.ring_s or 0.0) >= TONE_S

    @fact
    def early_media(self) -> bool:
        """183 with SDP: an announcement may have been played."""
        return any(r.message.status == 183 and r.message.sdp is not None for r in self.provisionals)

    @fact(named=Status)
    def status(self) -> int | None:
        """Final response to the deciding INVITE, as its sender saw it."""
        return self.final.message.status if self.final else None

    # -- tries and durations -------------------------------------------------------------------

    @fact(unit="messages", for_expectations=True)
    def tries(self) -> int:
        """INVITEs sent to set the leg up, retransmissions not counted."""
        return len(self.leg.invites)

    @fact(unit="messages")
    def invite_repeats(self) -> int | None:
        """Retransmissions of the deciding INVITE."""
        return max(0, len(self.invite.own.requests) - 1) if self.invite else None

    @fact(unit="bytes")
    def invite_bytes(self) -> int | None:
        """Size of the deciding INVITE."""
        sent = self.invite.own.requests if self.invite else []
        return len(sent[0].message.raw) if sent else None

    @fact(for_expectations=True)
    def setup_s(self) -> float | None:
        """First INVITE to 2xx."""
        if self.answer is None or not self.start_seen:
            return None
        return seconds(self.leg.invites[0].time_ns, self.answer.time_ns)

    @fact
    def ring_s(self) -> float | None:
        """First ringing to answer, refusal or CANCEL."""
        if self.ringing is None or self.over_ns is None:
            return None
        return seconds(self.ringing.time_ns, self.over_ns)

    @fact
    def verdict_s(self) -> float | None:
        """Last INVITE to its final response."""
        if self.invite is None or self.final is None or not self.invite.own.requests:
            return None
        return seconds(self.invite.time_ns, self.final.time_ns)

    @fact
    def considered_s(self) -> float | None:
        """100 Trying, or whatever came first, to the final response of the last INVITE: a parser needs no time."""
        if self.invite is None or self.final is None or len(self.invite.own.responses) < 2:
            return None
        return seconds(self.invite.own.responses[0].time_ns, self.final.time_ns)

    @fact
    def trying_s(self) -> float | None:
        """First INVITE to answer, refusal or CANCEL."""
        if self.over_ns is None or not self.start_seen:
            return None
        return seconds(self.leg.invites[0].time_ns, self.over_ns)

    @once
    def over_ns(self) -> int | None:
        """When the INVITE was over: 2xx, CANCEL or another final response."""
        if self.answer is not None:
            return self.answer.time_ns
        if self.cancel is not None:
            return self.cancel.time_ns
        return self.final.time_ns if self.final else None

    @fact
    def waited_out(self) -> bool:
        """64·T1 passed in the capture after the last INVITE without a final response (Timer B)."""
        if self.invite is None or self.final is not None or self.answered or self.ack_seen:
            return False
        return timed_out(self.invite, self.capture_end_ns)

    @fact
    def ack_seen(self) -> bool:
        """An ACK to the final response was captured, and did not end at a proxy."""
        return self.invite is not None and bool(self.invite.acks or self.invite.own.acks)

    # -- cancellation --------------------------------------------------------------------------

    @evidence("cancel")
    def cancel(self) -> Request | None:
        """The caller's own CANCEL; one for a branch behind a proxy or fork is not his."""
        own = self.invite.own if self.invite is not None else None
        for request in self.leg.requests:
            if request.method != "CANCEL":
                continue
            if own is not None and own.branch != request.own.branch:
                if own.src != request.own.src:
                    continue
                if self.invite is not None and self.invite.cseq > request.cseq:
                    # An earlier try was cancelled (§9.1: CANCEL has its INVITE's number); this is the next.
                    continue
            if self.final is None or request.time_ns <= self.final.time_ns:
                return request
        return self._early_bye()

    def _early_bye(self) -> Request | None:
        """The caller may end a ringing call by BYE as well (§15); the INVITE gets its 487 then."""
        if self.final is None or self.status != 487:
            return None
        byes = (r for r in self.requests("BYE") if r.from_caller and r.time_ns <= self.final.time_ns)
        return next(byes, None)

    @fact
    def cancelled(self) -> bool:
        """The caller's own CANCEL was captured."""
        return self.cancel is not None

    @fact
    def answered_elsewhere(self) -> bool:
        """Cancelled because another branch answered (RFC 3326 §3.1, or Q.850 26)."""
        if self.cancel is None or not self.cancel.own.requests:
            return False
        for reason in self.cancel.first.message.reasons:
            if reason.protocol == "SIP" and reason.cause == 200:
                return True
            if reason.protocol == "Q.850" and reason.cause == 26:
                return True
            if ELSEWHERE_TEXT in (reason.text or "").lower():
                return True
        return False
