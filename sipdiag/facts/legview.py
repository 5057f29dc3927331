"""One leg, read as an engineer reads it: when it rang, who answered, who ended it, how it failed.

Everything is computed once, on demand, from the leg's messages alone.  What needs the other legs
of the call is in ``callview``.
"""

from __future__ import annotations

from typing import Literal

from sipdiag.calls.model import Leg, Request, Transaction
from sipdiag.calls.party import Side, Sides
from sipdiag.facts.identity import Identity, identify
from sipdiag.facts.once import once
from sipdiag.messages.captured import CapturedMessage, Host

NORMAL_CAUSES = frozenset({0, 16, 31, 127})
"""Q.850 causes that say nothing went wrong, or nothing at all."""
ELSEWHERE_TEXT = "elsewhere"
TONE_S = 3.0
"""Early media (183 with SDP) shorter than this is no telephone that rang and was attended to."""
CHALLENGE_WAIT_S = 5.0
"""A challenge not answered within this time will not be."""
TIMER_B_NS = 32_000_000_000
"""64·T1: how long a request waits for its answer (RFC 3261 §17.1.1.2)."""

LegState = Literal["answered", "refused", "cancelled", "redirected", "no-response", "open"]


def seconds(start_ns: int, end_ns: int) -> float:
    """A difference of capture times in seconds, to the microsecond."""
    return round((end_ns - start_ns) / 1e9, 6)


def _has_gap(numbers: set[int]) -> bool:
    return max(numbers) - min(numbers) >= len(numbers)


def unheard(request: Request) -> bool:
    """No final response was captured, and its sender behaved as one who got none.

    Over UDP such a request is sent again (RFC 3261 §17.1.1.2, §17.1.2.2), an INVITE until a provisional response
    comes; an ACK proves that there was an answer.
    """
    hop = request.own
    if hop.final is not None or hop.acks or request.acks:
        return False
    waits = request.method == "INVITE" and bool(hop.responses)
    return waits or len(hop.requests) > 1 or request.first.transport != "UDP"


class LegView:
    """The reading of one leg."""

    def __init__(self, leg: Leg, sides: Sides, capture_end_ns: int) -> None:
        self.leg = leg
        self.sides = sides
        self.capture_end_ns = capture_end_ns
        self.unreached = False
        """The network reported that a message of the leg did not get through."""
        self.reported_ns: int | None = None
        """When it did so the last time."""
        self.base: LegView | None = None
        """The leg this one hangs on, once its call is known."""

    @once
    def identity(self) -> Identity:
        """The numbers of the leg, read with those of the leg it hangs on."""
        return identify(self, self.base)

    # -- the INVITE and its answer -------------------------------------------------------------

    @once
    def invite(self) -> Request | None:
        """The INVITE that decided: the answered one, else the last."""
        for invite in self.leg.invites:
            if invite.status is not None and 200 <= invite.status < 300:
                return invite
        return self.leg.last_invite

    @once
    def final(self) -> CapturedMessage | None:
        """The final response to the deciding INVITE, as its sender saw it."""
        return self.invite.final if self.invite else None

    @once
    def status(self) -> int | None:
        return self.final.message.status if self.final else None

    @once
    def answer(self) -> CapturedMessage | None:
        """The 2xx to the initial INVITE."""
        return self.leg.answer

    @once
    def start_seen(self) -> bool:
        """The initial INVITE itself was captured."""
        return self.leg.start_seen

    @once
    def answered(self) -> bool:
        """A 2xx was captured, or follows from what was: only an answered leg has these requests."""
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
    def provisionals(self) -> list[CapturedMessage]:
        """1xx but 100, of every try."""
        return [
            response
            for invite in self.leg.invites
            for response in sorted(invite.own.provisionals, key=lambda r: r.time_ns)
        ]

    @once
    def ringing(self) -> CapturedMessage | None:
        """The first sign that the target was alerted: 180, or 183 with SDP."""
        for response in self.provisionals:
            if response.message.status == 180 or (
                response.message.status == 183 and response.message.sdp is not None
            ):
                return response
        return None

    @once
    def alerted(self) -> CapturedMessage | None:
        """The first 180; 183 alone may be an announcement."""
        return next((r for r in self.provisionals if r.message.status == 180), None)

    @once
    def reached(self) -> bool:
        """The called telephone was reached, as far as signalling tells.

        It was alerted, or early media lasted: a network's announcement of a refusal is cut short by it.
        """
        return self.alerted is not None or (self.ring_s or 0.0) >= TONE_S

    @once
    def early_media(self) -> bool:
        return any(r.message.status == 183 and r.message.sdp is not None for r in self.provisionals)

    @property
    def tried(self) -> bool:
        """Anything at all came back on the deciding INVITE, even a mere 100."""
        return self.invite is not None and any(hop.responses for hop in self.invite.hops)

    @once
    def setup_s(self) -> float | None:
        if self.answer is None or not self.start_seen:
            return None
        return seconds(self.leg.invites[0].time_ns, self.answer.time_ns)

    @once
    def ring_s(self) -> float | None:
        """From the first ringing to the answer, the refusal or the CANCEL; absent without ringing."""
        if self.ringing is None:
            return None
        end = self.over_ns
        return seconds(self.ringing.time_ns, end) if end is not None else None

    @once
    def over_ns(self) -> int | None:
        """When the INVITE was over: 2xx, CANCEL or another final response."""
        if self.answer is not None:
            return self.answer.time_ns
        if self.cancel is not None:
            return self.cancel.time_ns
        return self.final.time_ns if self.final else None

    @once
    def verdict_s(self) -> float | None:
        """From the last INVITE sent to its final response."""
        if self.invite is None or self.final is None or not self.invite.own.requests:
            return None
        return seconds(self.invite.time_ns, self.final.time_ns)

    @once
    def trying_s(self) -> float | None:
        """From the first INVITE to the CANCEL or final response."""
        if self.over_ns is None or not self.start_seen:
            return None
        return seconds(self.leg.invites[0].time_ns, self.over_ns)

    @once
    def waited_out(self) -> bool:
        """64·T1 passed in the capture after the last INVITE without a final response (Timer B)."""
        if self.invite is None or self.final is not None or self.answered or self.ack_seen:
            return False
        return self.capture_end_ns - self.invite.time_ns >= TIMER_B_NS - 1_000_000_000

    # -- cancellation --------------------------------------------------------------------------

    @once
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

    @once
    def completed_elsewhere(self) -> bool:
        """CANCEL because another branch answered (RFC 3326 §3.1), or Q.850 26."""
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

    # -- the end -------------------------------------------------------------------------------

    @once
    def byes(self) -> list[Request]:
        return self.requests("BYE")

    @once
    def bye(self) -> Request | None:
        """The first BYE; a second one that crossed it changes nothing."""
        return self.byes[0] if self.byes else None

    @once
    def bye_unanswered(self) -> bool:
        """The BYE got no response although its timer ran out in the capture."""
        return self.bye is not None and self._left_alone(self.bye)

    @once
    def cancel_unanswered(self) -> bool:
        """The same of the CANCEL, and the INVITE got no final response either."""
        return self.cancel is not None and self.final is None and self._left_alone(self.cancel)

    def _left_alone(self, request: Request) -> bool:
        """Its timer ran out in the capture without an answer, or the network said why none will come."""
        if not unheard(request):
            return False
        if self.capture_end_ns - request.time_ns >= TIMER_B_NS - 1_000_000_000:
            return True
        reported_ns = self.reported_ns
        return reported_ns is not None and reported_ns >= request.time_ns and len(request.own.requests) >= 3

    @once
    def bye_refusal(self) -> CapturedMessage | None:
        """None of the BYEs was taken, and this refused one for another reason than a dialog that is gone.

        A 500 to one that was sent again says that the first was taken (RFC 3261 §12.2.2): its CSeq is not new any more.
        """
        byes = [bye for bye in self.byes if not (bye.status == 500 and len(bye.own.requests) > 1)]
        if any(bye.status is not None and (bye.status < 300 or bye.status == 481) for bye in byes):
            return None
        return next((bye.final for bye in byes if bye.status not in (None, 401, 407)), None)

    @once
    def ended(self) -> bool:
        return self.bye is not None or (not self.answered and self.final is not None)

    @once
    def end_ns(self) -> int | None:
        """BYE, or the final response that refused the leg."""
        if self.bye is not None:
            return self.bye.time_ns
        if self.answered or self.final is None:
            return None
        return self.final.time_ns

    @once
    def talk_s(self) -> float | None:
        if self.answer is None or self.bye is None:
            return None
        return max(0.0, seconds(self.answer.time_ns, self.bye.time_ns))

    @once
    def ended_by(self) -> Side | None:
        """Who sent the BYE, the CANCEL or the refusal."""
        if self.bye is not None:
            return self.sides.of(self.bye.from_caller)
        if self.answered:
            return None
        if self.cancel is not None:
            return self.sides.caller
        return self.sides.callee if self.final is not None else None

    @once
    def state(self) -> LegState:
        if self.answered:
            return "answered"
        if self.cancel is not None:
            # Whatever the final response is after that: a fork may answer with any branch's.
            return "cancelled"
        if self.status is None:
            return "open" if self.tried_to_ring else "no-response"
        if 300 <= self.status < 400:
            return "redirected"
        return "refused"

    @property
    def tried_to_ring(self) -> bool:
        return bool(self.provisionals)

    # -- credentials ---------------------------------------------------------------------------

    @once
    def challenges(self) -> list[CapturedMessage]:
        """401 and 407 to the initial INVITEs, on their own hop."""
        return [
            invite.final
            for invite in self.leg.invites
            if invite.final is not None and invite.status in (401, 407)
        ]

    @once
    def authenticated(self) -> bool:
        """The deciding INVITE carried credentials."""
        return self.invite is not None and bool(self.invite.first.message.credentials)

    @once
    def rejected_again(self) -> bool:
        """Credentials were sent and challenged again in the same realm, not for a stale nonce."""
        if not self.challenges:
            return False
        offered: set[str] = set()
        for invite in self.leg.invites:
            offered |= {credentials.realm for credentials in invite.first.message.credentials}
            if invite.status not in (401, 407) or invite.final is None:
                continue
            for challenge in invite.final.message.challenges:
                if challenge.realm in offered and not challenge.stale:
                    return True
        return False

    @once
    def challenge_open(self) -> bool:
        """Challenged, not answered, and the capture ends before anybody could know what came next."""
        if self.status not in (401, 407) or self.rejected_again:
            return False
        challenged_ns = self.final.time_ns if self.final is not None else self.leg.last_ns
        return seconds(challenged_ns, self.capture_end_ns) < CHALLENGE_WAIT_S

    # -- what was captured ---------------------------------------------------------------------

    @once
    def both_directions(self) -> bool:
        """Messages of both sides were captured."""
        sent_by = set()
        for entry in self.leg.messages:
            if entry.captured.src.address == self.leg.caller.address:
                sent_by.add("caller" if entry.captured.src == self.leg.caller else self._side(entry.captured))
            else:
                sent_by.add("callee")
            if len(sent_by) == 2:
                return True
        return False

    def _side(self, captured: CapturedMessage) -> str:
        """On one address (loopback) the port tells the side apart."""
        same_host = self.leg.caller.address == self.leg.callee.address
        return "callee" if same_host and captured.src.port == self.leg.callee.port else "caller"

    @once
    def truncated(self) -> bool:
        return any(entry.captured.truncated for entry in self.leg.messages)

    @once
    def cseq_gap(self) -> bool:
        """A sender's CSeq jumped: a request of his was not captured (RFC 3261 §12.2.1.1)."""
        sent: dict[bool, set[int]] = {True: set(), False: set()}
        for request in self.leg.requests:
            if request.method != "CANCEL":
                sent[request.from_caller].add(request.cseq)
        return any(
            len(numbers) > 1 and _has_gap(numbers) and self._numbers_readable(from_caller)
            for from_caller, numbers in sent.items()
        )

    def _numbers_readable(self, from_caller: bool) -> bool:
        """Whether no request of that side was cut in or before its CSeq."""
        return all(r.first.message.cseq_method for r in self.leg.requests if r.from_caller == from_caller)

    @once
    def cseq_proof(self) -> bool:
        """The BYE's CSeq follows its sender's last captured request: nothing is missing between.

        The side that was called has sent nothing before; its numbers start at 1 or go on from the
        INVITE's, whose number it may take over.
        """
        bye = self.bye
        if bye is None or not self.start_seen or self.cseq_gap or not self._numbers_readable(bye.from_caller):
            return False
        earlier = [
            r.cseq for r in self.leg.requests if r.from_caller == bye.from_caller and r.cseq < bye.cseq
        ]
        if earlier:
            return max(earlier) == bye.cseq - 1
        # After an INVITE numbered 1, a 2 may as well be the second request of one who starts at 1.
        goes_on = any(1 < invite.cseq == bye.cseq - 1 for invite in self.leg.invites)
        return bye.cseq == 1 or goes_on

    # -- in the dialog -------------------------------------------------------------------------

    @once
    def ack_seen(self) -> bool:
        if self.invite is None:
            return False
        return bool(self.invite.acks or self.invite.own.acks)

    @once
    def answer_repeats(self) -> list[CapturedMessage]:
        """Retransmissions of the 2xx."""
        if self.invite is None or not self.answered:
            return []
        return [r for r in self.invite.own.repeats if 200 <= (r.message.status or 0) < 300]

    @once
    def repeats_after_ack(self) -> list[CapturedMessage]:
        """Those sent half a second or more after the first ACK: it did not stop them."""
        acks = self.invite.acks if self.invite else []
        if not acks:
            return []
        return [r for r in self.answer_repeats if r.time_ns - acks[0].time_ns >= 500_000_000]

    def answering_hop(self, invite: Request | None) -> Transaction | None:
        """The hop nearest to whoever sent the final response that the caller got."""
        if invite is None or invite.status is None:
            return None
        if len(invite.hops) == 1:
            return invite.own
        hops = [hop for hop in invite.hops if hop.status == invite.status]
        return max(hops, key=lambda hop: hop.via_count, default=None)

    @once
    def ack_stopped_at(self) -> Host | None:
        """The proxy that the ACK reached, and that did not pass it on to whoever answered."""
        invite = self.invite
        if invite is None or not self.answered or not invite.acks:
            return None
        hop = self.answering_hop(invite)
        if hop is None or hop is invite.own or hop.final is None:
            return None
        answering = hop.final.src
        if any(ack.dst.address == answering.address for ack in invite.acks):
            return None
        return invite.acks[-1].dst

    @once
    def unconfirmed(self) -> list[CapturedMessage]:
        """Retransmissions of a reliable provisional response that no PRACK stopped (RFC 3262 §3)."""
        if self.invite is None or not self.invite.own.repeats:
            return []
        if self.requests("PRACK") and self.strayed_prack is None:
            return []
        return [r for r in self.invite.own.repeats if (r.message.status or 0) < 200]

    @once
    def strayed_prack(self) -> Request | None:
        """A PRACK that was refused where no other was taken; 405 and 501 refuse the method, whatever it confirms."""
        pracks = self.requests("PRACK")
        if any((prack.status or 0) < 300 or prack.status in (405, 501) for prack in pracks):
            return None
        return pracks[0] if pracks else None

    @once
    def redirected_invite(self) -> Request | None:
        """The first initial INVITE that got a 3xx."""
        for invite in self.leg.invites:
            if invite.status is not None and 300 <= invite.status < 400:
                return invite
        return None

    @once
    def redirect(self) -> CapturedMessage | None:
        """The first 3xx to an initial INVITE."""
        return self.redirected_invite.final if self.redirected_invite is not None else None

    @once
    def later(self) -> list[Request]:
        """All requests but the initial INVITEs."""
        initial = set(map(id, self.leg.invites))
        return [request for request in self.leg.requests if id(request) not in initial]

    def requests(self, method: str) -> list[Request]:
        """In-dialog requests of ``method``."""
        return self._by_method.get(method, [])

    @once
    def _by_method(self) -> dict[str, list[Request]]:
        found: dict[str, list[Request]] = {}
        for request in self.later:
            found.setdefault(request.method, []).append(request)
        return found

    @once
    def missed_answers(self) -> list[Request]:
        """Requests that were answered, as their sender's conduct shows, while the capture has no answer."""
        return [request for request in self.leg.requests if self._answer_missed(request)]

    def _answer_missed(self, request: Request) -> bool:
        hop = request.own
        if hop.final is not None or request.method == "CANCEL" or self.unreached:
            return False
        if hop.acks or request.acks:
            return True
        waited = self.capture_end_ns - request.time_ns >= TIMER_B_NS
        return waited and not unheard(request)

    @once
    def refreshes(self) -> list[Request]:
        """re-INVITEs and UPDATEs after the answer, in order."""
        answer = self.answer
        return [
            request
            for request in self.later
            if request.method in ("INVITE", "UPDATE")
            and request.first.message.is_request
            and (answer is None or request.time_ns > answer.time_ns)
        ]

    @once
    def hold(self) -> CapturedMessage | None:
        """The re-INVITE that put one party on hold, if it was the last word about media."""
        last: CapturedMessage | None = None
        for request in self.later:
            if request.method not in ("INVITE", "UPDATE"):
                continue
            sdp = request.first.message.sdp
            if sdp is None or request.status is None or request.status >= 300:
                continue
            held = any(media.port and media.direction in ("sendonly", "inactive") for media in sdp.media)
            last = request.first if held else None
        return last

    @once
    def own_hop(self) -> Transaction | None:
        return self.invite.own if self.invite else None
