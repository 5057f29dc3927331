"""A call as a whole: which leg decides, which failures were healed or merely passed on, its outcome.

The outcome follows the table of RFC 3261 results that field engineers use: what the caller of the
first leg experienced, except that a transfer, attempted or expected, outranks everything.
"""

from __future__ import annotations

from sipdiag.calls.joining import arrivals, called_user, host_name, number_key
from sipdiag.calls.model import Call, Leg, Request
from sipdiag.facts.enums import GaveUp, Outcome, TransferOutcome
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.scanners import is_scanner
from sipdiag.facts.transferview import TransferView
from sipdiag.messages.captured import Host

ROUND_TIMERS_S = (20.0, 25.0, 30.0, 40.0, 45.0, 50.0, 55.0, 60.0, 80.0, 90.0, 120.0, 180.0)
"""Ring limits that platforms and dialplans are set to; they support a verdict, never make it."""
ROUND_TOLERANCE_S = 0.6
SHORTEST_TIMER_S = 19.0
"""What ended sooner met none of them."""
AUTOMATON_RING_S = 15.0
"""A platform that cancels its own call after ringing this long was not hung up by a person."""
SILENT_CANCEL_S = 10.0
"""CANCEL after this long without any ringing: nobody was there."""
UPSTREAM_NS = 1_000_000_000
"""A CANCEL this soon after the upstream leg's end was caused by it."""
REDIRECT_NS = 5_000_000_000
"""A redirection is followed within this time, or not at all."""
RELAY_NS = 3_000_000_000
"""A refusal this soon after the downstream leg's is the same one passed on."""
SILENCE_NS = 2_000_000_000
"""Nobody gives up on a silent next hop sooner than this."""
GIVEN_UP_NS = 2_000_000_000
"""A PBX that hangs up on its caller this soon after a failed try does so because of it."""

_ALIKE = 32
"""As many legs with one called number are compared with another."""

DECLINE_WORDS = ("reject", "declin")


class CallView:
    """The reading of one call."""

    def __init__(self, call: Call, views: dict[int, LegView], expected: str | None) -> None:
        self.call = call
        self.expected = expected
        """``transfer``, ``refer``, ``answer`` or None: what should have happened."""
        self.legs = [views[id(leg)] for leg in call.legs if leg.role != "recording"]
        self._views = views
        self.transfers = [TransferView(transfer, views, call) for transfer in call.transfers]
        for view in self.legs:
            view.base = self.base(view)

    def view(self, leg: Leg) -> LegView:
        return self._views[id(leg)]

    @once
    def scanner(self) -> bool:
        """It was placed by a known scanner: noise, not a call."""
        primary = self.primary
        if primary is None or not primary.leg.invites:
            return False
        message = primary.leg.invites[0].first.message
        return message.is_request and is_scanner(message)

    # -- relations between legs ----------------------------------------------------------------

    @once
    def primary(self) -> LegView | None:
        """The leg whose caller experienced the call: the first one, recordings aside."""
        return self.legs[0] if self.legs else None

    @once
    def lead(self) -> LegView | None:
        """The leg the call's times are told of: the first one, or the later try of it that was answered."""
        if self.primary is None or self.primary.answered:
            return self.primary
        return next((v for v in self.legs if v.answered and self.base(v) is None), self.primary)

    def upstream(self, view: LegView) -> LegView | None:
        """The earlier leg that arrived where ``view``'s leg set out from.

        A B2BUA may have a side each in two networks: there an identifier ties its legs.
        """
        for other in self.legs:
            if other is view:
                break
            if _arrives(other, view):
                return self._passed_on(view) or other
        join = view.leg.joined_by
        if join is None or join.confidence != "certain" or join.other.role == "recording":
            return None
        tied = self.view(join.other)
        apart = tied.leg.caller.address != view.leg.caller.address
        return tied if apart and tied.leg.call_id != view.leg.call_id else None

    def _passed_on(self, view: LegView) -> LegView | None:
        """The leg whose called number ``view`` carries on: an SBC on both sides of a call passes several of its legs on."""
        called = _called(view)
        alike = self._by_called[called] if called else []
        earlier = [other for other in alike[-_ALIKE:] if other.leg.first_ns < view.leg.first_ns]
        return next((other for other in reversed(earlier) if _arrives(other, view)), None)

    @once
    def _by_called(self) -> dict[str, list[LegView]]:
        legs: dict[str, list[LegView]] = {}
        for view in self.legs:
            legs.setdefault(_called(view) or "", []).append(view)
        return legs

    def base(self, view: LegView) -> LegView | None:
        """The leg this one hangs on: the one upstream, or the one a transfer moves."""
        for transfer in self.call.transfers:
            if view.leg in transfer.new_legs and transfer.leg is not None:
                return self._views[id(transfer.leg)]
        return self.upstream(view)

    def healed(self, view: LegView) -> bool:
        """A later try for the same upstream leg was answered (route advance, hunting, forward).

        Or that leg was answered without one: a PBX's own voicemail.
        """
        if view.answered:
            return False
        base = self.base(view)
        if base is not None and view.leg.role != "transfer" and _answered_after(base, view):
            return True
        for other in self.legs:
            if other is view or not other.answered or self.base(other) is not base:
                continue
            # An answer that only follows from what came later was not captured: it was before that.
            answered_ns = other.answer.time_ns if other.answer is not None else other.leg.last_ns
            if answered_ns >= view.leg.first_ns:
                return True
        return False

    def relayed(self, view: LegView) -> bool:
        """The refusal only passes on what a leg downstream was told, or that it was told nothing."""
        if view.answered or view.final is None:
            return False
        for other in self.legs:
            if other is view or other.answered or self.upstream(other) is not view:
                continue
            if other.final is None:
                waited_ns = view.final.time_ns - other.leg.first_ns
                if other.waited_out and not other.provisionals and waited_ns >= SILENCE_NS:
                    return True
                continue
            if (
                other.cancel is not None
                and view.cancel is not None
                and view.cancel.time_ns <= other.cancel.time_ns
            ):
                continue
            if 0 <= view.final.time_ns - other.final.time_ns <= RELAY_NS:
                return True
        return False

    def onward_refused(self, view: LegView) -> bool:
        """A leg that went on from this one was refused for good before this one was over: nobody told its caller."""
        refused_ns = None if view.answered else self._refused_onward.get(id(view))
        return refused_ns is not None and (view.over_ns is None or refused_ns < view.over_ns)

    @once
    def _refused_onward(self) -> dict[int, int]:
        """By ``id`` of a leg, when the first of those that went on from it was refused."""
        refused: dict[int, int] = {}
        for other in self.legs:
            if other.state != "refused" or other.final is None:
                continue
            upstream = self.upstream(other)
            if upstream is not None:
                refused[id(upstream)] = min(
                    refused.get(id(upstream), other.final.time_ns), other.final.time_ns
                )
        return refused

    def cancelled_by_upstream(self, view: LegView) -> bool:
        """The leg was cancelled because its caller went away."""
        base = self.base(view)
        if view.cancel is None or base is None:
            return False
        gone = [request.time_ns for request in (base.cancel, base.bye) if request is not None]
        return any(-UPSTREAM_NS // 2 <= view.cancel.time_ns - moment <= UPSTREAM_NS for moment in gone)

    def redirect_followed(self, view: LegView) -> bool:
        """A new INVITE of the same caller came within 5 s of the 3xx, on this leg or another."""
        if view.redirect is None:
            return False
        moment = view.redirect.time_ns
        later = [
            invite.time_ns
            for other in self.legs
            for invite in other.leg.invites
            if other is view or other.leg.caller.address == view.leg.caller.address
        ]
        return any(0 < time_ns - moment <= REDIRECT_NS for time_ns in later)

    def gave_up(self, view: LegView) -> GaveUp:
        """Who stopped an unanswered leg."""
        if view.answered or (view.final is None and view.cancel is None):
            return GaveUp.nobody
        if view.cancel is None:
            return GaveUp.callee if view.status in (408, 480, 487) else GaveUp.nobody
        if view.completed_elsewhere:
            return GaveUp.nobody
        if self.cancelled_by_upstream(view):
            return GaveUp.caller
        base = self.base(view)
        if base is not None:
            up = base.end_ns is None or base.end_ns > view.cancel.time_ns
            return GaveUp.timer if up and (view.trying_s or 0.0) >= 5.0 else GaveUp.caller
        waited = view.ring_s if view.ring_s is not None else view.trying_s
        if is_round(view.trying_s) or is_round(view.ring_s):
            return GaveUp.timer
        if view.sides.caller.voice_ai and waited is not None and waited >= AUTOMATON_RING_S:
            return GaveUp.timer
        return GaveUp.caller

    def background(self, view: LegView) -> bool:
        """A PBX's own try at somebody while its caller was already answered: queue, ring group."""
        if view is self.primary or view.leg.role == "transfer":
            return False
        base = self.base(view)
        if base is None or base.answer is None or base.answer.time_ns > view.leg.first_ns:
            return False
        return not self._gave_up_with(base, view)

    def _gave_up_with(self, base: LegView, view: LegView) -> bool:
        """Nobody took the call, and the PBX hung up on its caller as soon as this try had failed."""
        bye = base.bye
        if bye is None or bye.from_caller or view.over_ns is None:
            return False
        at_once = 0 <= bye.time_ns - view.over_ns <= GIVEN_UP_NS
        return at_once and not any(v.answered for v in self.legs if self.base(v) is base)

    def judged(self, view: LegView) -> bool:
        """Its failure is its own: neither healed, nor passed on, nor caused by the leg upstream."""
        return not (
            self.scanner
            or self.healed(view)
            or self.relayed(view)
            or view.completed_elsewhere
            or (self.cancelled_by_upstream(view) and view is not self.primary)
        )

    # -- transfers -----------------------------------------------------------------------------

    @once
    def transfer_leg(self) -> LegView | None:
        """Where a transfer would have to be seen: the answered leg facing the carrier."""
        candidates = [v for v in self.legs if v.answered and v.leg.role != "transfer"]
        for view in candidates:
            if view.sides.platform is not None and view.sides.carrier is not None:
                return view
        for view in candidates:
            if view.sides.carrier is not None or view.sides.platform is not None:
                return view
        return candidates[0] if candidates else None

    @once
    def transferred(self) -> bool:
        """Any transfer was attempted, successfully or not."""
        return bool(self.transfers)

    @once
    def transfer_outcomes(self) -> frozenset[TransferOutcome]:
        """How its transfers ended, but those that were only passed on."""
        return frozenset(transfer.outcome for transfer in self.transfers if not self.passed_on(transfer))

    @once
    def _told_refers(self) -> dict[tuple[str, str | None], list[int]]:
        """When a host asked for a transfer to a target of which it learnt the result."""
        told: dict[tuple[str, str | None], list[int]] = {}
        for transfer in self.transfers:
            refer = transfer.refer
            if refer is not None and transfer.outcome is not TransferOutcome.unknown:
                told.setdefault((refer.first.src.address, _target_of(refer)), []).append(refer.time_ns)
        return told

    def passed_on(self, transfer: TransferView) -> bool:
        """A B2BUA took the REFER and asked its other side the same: what that side said decides."""
        refer = transfer.refer
        if refer is None or transfer.outcome is not TransferOutcome.unknown:
            return False
        again = self._told_refers.get((refer.first.dst.address, _target_of(refer)), ())
        return any(0 <= time_ns - refer.time_ns <= RELAY_NS for time_ns in again)

    @property
    def expects_transfer(self) -> bool:
        return self.expected in ("transfer", "refer")

    @once
    def missing_transfer(self) -> bool:
        """Expected, the leg was answered and ended, and nothing was attempted."""
        leg = self.transfer_leg
        return self.expects_transfer and not self.transferred and leg is not None and leg.bye is not None

    # -- outcome -------------------------------------------------------------------------------

    @once
    def outcome(self) -> Outcome:
        if self.transfers:
            return _best_transfer([transfer.outcome for transfer in self.transfers])
        if self.missing_transfer:
            return Outcome.transfer_failed
        if self.expects_transfer and self.transfer_leg is not None:
            return Outcome.transfer_unknown
        return self._by_leg()

    def _by_leg(self) -> Outcome:
        view = self.lead
        if view is None:
            return Outcome.in_progress
        if not view.answered:
            tries = [v for v in self.legs if self.upstream(v) is None]
            view = tries[-1] if tries and tries[-1].final is not None else view
        return self.leg_outcome(view)

    def leg_outcome(self, view: LegView) -> Outcome:
        """What became of one leg."""
        if view.answered:
            if never_confirmed(view):
                return Outcome.failed
            return Outcome.answered if view.ended else Outcome.in_progress
        if view.completed_elsewhere:
            return Outcome.answered
        rang = view.ringing is not None
        if view.state == "cancelled":
            return self._cancelled(view, rang)
        if view.status is None:
            return (
                Outcome.no_response
                if (view.waited_out or view.unreached) and not rang
                else Outcome.in_progress
            )
        if view.challenge_open or (view.status in (401, 407) and not view.start_seen):
            # What came of the challenge was not captured.
            return Outcome.in_progress
        return _by_status(view, view.status, rang)

    def _cancelled(self, view: LegView, rang: bool) -> Outcome:
        if not rang and not view.provisionals:
            waited = view.trying_s or 0.0
            return Outcome.no_response if waited > SILENT_CANCEL_S else Outcome.cancelled
        return Outcome.no_answer if self.gave_up(view) == GaveUp.timer else Outcome.cancelled


def _called(view: LegView) -> str | None:
    invite = view.leg.invites[0].first.message if view.leg.invites else None
    return number_key(called_user(invite)) if invite is not None and invite.is_request else None


def _arrives(upstream: LegView, view: LegView) -> bool:
    """Whether ``upstream`` ends at the host, or the platform, that ``view`` sets out from."""
    ends, begins = upstream.sides.callee, view.sides.caller
    if ends.voice_ai and ends.id == begins.id:
        return True
    return _by_address(view.leg, begins.host) in arrivals(upstream.leg, lambda address: address)


def _answered_after(upstream: LegView, view: LegView) -> bool:
    answer, over_ns = upstream.answer, view.over_ns
    return answer is not None and over_ns is not None and answer.time_ns >= over_ns


def _by_address(leg: Leg, end: Host) -> str:
    return host_name(leg, end, lambda address: address)


def is_round(duration_s: float | None) -> bool:
    """Whether a duration looks like a timer's setting."""
    if duration_s is None or duration_s < SHORTEST_TIMER_S:
        return False
    return any(abs(duration_s - t) <= ROUND_TOLERANCE_S for t in ROUND_TIMERS_S)


def never_confirmed(view: LegView) -> bool:
    """The 2xx was repeated, never ACKed, and the leg torn down (RFC 3261 §13.3.1.4)."""
    if view.ack_seen or len(view.answer_repeats) < 2 or view.bye is None:
        return False
    talk = view.talk_s or 0.0
    return talk <= 40.0


def declining(view: LegView) -> bool:
    """A refusal that says somebody declined: Q.850 21, or a text of that kind."""
    if view.final is None:
        return False
    message = view.final.message
    if any(reason.protocol == "Q.850" and reason.cause == 21 for reason in message.reasons):
        return True
    said = " / ".join([message.reason, *(reason.text or "" for reason in message.reasons)]).lower()
    return any(word in said for word in DECLINE_WORDS)


def _by_status(view: LegView, status: int, rang: bool) -> Outcome:
    if 300 <= status < 400:
        return Outcome.failed
    if status == 603 or (status in (480, 486) and declining(view) and rang):
        return Outcome.declined if view.reached or (rang and status != 603) else Outcome.rejected
    if status in (486, 600):
        return Outcome.busy
    if status in (408, 480, 487) and rang:
        return Outcome.no_answer
    if status == 487:
        return Outcome.cancelled
    if status == 408 or 500 <= status < 600:
        return Outcome.failed
    return Outcome.rejected


def _best_transfer(outcomes: list[TransferOutcome]) -> Outcome:
    if TransferOutcome.completed in outcomes:
        return Outcome.transferred
    # The last word counts: a refused REFER that was tried again may still be under way.
    return Outcome.transfer_unknown if outcomes[-1] == TransferOutcome.unknown else Outcome.transfer_failed


def _target_of(refer: Request) -> str | None:
    message = refer.first.message
    target = message.refer_to if message.is_request else None
    return number_key(target.uri.user) if target is not None else None
