"""A call as a whole: which leg decides, what became of its transfers, its outcome.

The outcome follows the table of RFC 3261 results that field engineers use: what the caller of the
first leg experienced, except that a transfer, attempted or expected, outranks everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sipdiag.calls.model import Call, Leg, Request
from sipdiag.calls.parties import number_key
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.enums import GaveUp, Outcome, State, TransferOutcome
from sipdiag.facts.expectations import Expectations
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.relations import RELAY_NS, CallLegs, Related
from sipdiag.facts.timers import SILENT_CANCEL_S
from sipdiag.facts.transferview import TransferView
from sipdiag.messages.captured import CapturedMessage

UNCONFIRMED_S = 40.0
"""Who gets no ACK to his 2xx gives up within this time: 64·T1 and a little (RFC 3261 §13.3.1.4)."""


class CallView:
    """One call, with everything its messages show."""

    def __init__(self, call: Call, views: Mapping[Leg, LegView], expected: str | None) -> None:
        self.call = call
        self._expected = expected
        self._views = views
        self._among = CallLegs(call, views)
        self.legs = self._among.views
        """Its legs, recordings aside."""
        self.transfers = [TransferView(transfer, views) for transfer in call.transfers]

    def view(self, leg: Leg) -> LegView:
        """The view of one of its legs, recordings included."""
        return self._views[leg]

    def related(self, view: LegView) -> Related:
        """A leg among the others of the call."""
        return self._among.related(view)

    @facts()
    def expectations(self) -> Expectations:
        """What should have happened."""
        return Expectations(self._expected)

    @property
    def expected(self) -> str | None:
        """``transfer``, ``refer``, ``answer`` or None: what should have happened."""
        return self._expected

    @property
    def scanner(self) -> bool:
        """It was placed by a known scanner: noise, not a call."""
        return self._among.scanner

    @property
    def primary(self) -> LegView | None:
        """The leg whose caller experienced the call: the first one, recordings aside."""
        return self._among.primary

    @once
    def lead(self) -> LegView | None:
        """The leg whose timings represent the call: the first, or the retry that was answered."""
        if self.primary is None or self.primary.answered:
            return self.primary
        retries = (v for v in self.legs if v.answered and self.related(v).base is None)
        return next(retries, self.primary)

    @once
    def timed(self) -> bool:
        """The times of all its messages are known."""
        return all(entry.captured.timed for leg in self.call.legs for entry in leg.messages)

    # -- what rules may ask --------------------------------------------------------------------

    @fact(name="legs", unit="legs", for_expectations=True)
    def leg_count(self) -> int:
        """Legs of the call."""
        return len(self.call.legs)

    @fact
    def answered(self) -> bool | None:
        """The first leg was answered."""
        return self.primary.answered if self.primary is not None else None

    @fact(for_expectations=True)
    def start_seen(self) -> bool | None:
        """The first INVITE was captured."""
        return self.primary.start_seen if self.primary is not None else None

    @fact(for_expectations=True)
    def ended(self) -> bool | None:
        """The end of the first leg was captured."""
        return self.primary.ended if self.primary is not None else None

    @fact(for_expectations=True)
    def status(self) -> int | None:
        """Final response to the first leg."""
        return self.primary.status if self.primary is not None else None

    @evidence("invite")
    def first_invite(self) -> Request | None:
        """The first INVITE."""
        return self.primary.opening if self.primary is not None else None

    @evidence("final")
    def final(self) -> CapturedMessage | None:
        """The final response to the first leg."""
        return self.primary.final if self.primary is not None else None

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

    @once
    def missing_transfer(self) -> bool:
        """Expected, the leg was answered and ended, and nothing was attempted."""
        leg = self.transfer_leg
        expected = self.expectations.expects_transfer
        return expected and not self.transfers and leg is not None and leg.bye is not None

    # -- outcome -------------------------------------------------------------------------------

    @fact
    def outcome(self) -> Outcome:
        """How the call ended."""
        if self.transfers:
            return _best_transfer([transfer.outcome for transfer in self.transfers])
        if self.missing_transfer:
            return Outcome.transfer_failed
        if self.expectations.expects_transfer and self.transfer_leg is not None:
            return Outcome.transfer_unknown
        return self._by_leg()

    def _by_leg(self) -> Outcome:
        view = self.lead
        if view is None:
            return Outcome.in_progress
        if not view.answered:
            tries = [v for v in self.legs if self.related(v).upstream is None]
            view = tries[-1] if tries and tries[-1].final is not None else view
        return self.leg_outcome(view)

    def leg_outcome(self, view: LegView) -> Outcome:
        """How one leg ended."""
        if view.answered:
            if never_confirmed(view):
                return Outcome.failed
            return Outcome.answered if view.end_seen else Outcome.in_progress
        if view.answered_elsewhere or self._picked_up(view):
            return Outcome.answered
        if view.state == State.cancelled:
            return self._cancelled(view)
        if view.status is None:
            nothing = (view.waited_out or view.observed.reports) and not view.rang
            return Outcome.no_response if nothing else Outcome.in_progress
        if view.challenge_open or (view.status in (401, 407) and not view.start_seen):
            # The outcome of the challenge was not captured.
            return Outcome.in_progress
        return _by_status(view, view.status)

    def _picked_up(self, view: LegView) -> bool:
        """Another telephone took the ringing leg over (Replaces of an early dialog, RFC 3891 §3)."""
        for other in self.legs:
            invite = other.invite if other.answered else None
            replaces = invite.first.message.replaces if invite is not None else None
            if replaces is not None and replaces.call_id == view.leg.call_id:
                return True
        return False

    def _cancelled(self, view: LegView) -> Outcome:
        if not view.rang and not view.progress:
            waited = view.trying_s or 0.0
            return Outcome.no_response if waited > SILENT_CANCEL_S else Outcome.cancelled
        by_timer = self.related(view).gave_up == GaveUp.timer
        return Outcome.no_answer if by_timer else Outcome.cancelled

    @once
    def deciding(self) -> frozenset[LegView | TransferView]:
        """The legs and transfers that decided the outcome."""
        if self.transfers:
            best = min(transfer.outcome.rank for transfer in self.transfers)
            # Several where a B2BUA passes a REFER on, and its refusal back.
            equal = [transfer for transfer in self.transfers if transfer.outcome.rank == best]
            moved = [view for transfer in equal for view in transfer.new_legs]
            return frozenset((*equal, *moved))
        if self.missing_transfer and self.transfer_leg is not None:
            return frozenset({self.transfer_leg})
        if self.primary is None:
            return frozenset()
        others: Sequence[LegView] = () if self.primary.answered else self.legs
        return frozenset({self.primary, *(view for view in others if not view.answered)})


def never_confirmed(view: LegView) -> bool:
    """The 2xx was repeated, never ACKed, and the leg torn down (RFC 3261 §13.3.1.4)."""
    if view.ack_seen or view.answer_repeats < 2 or view.bye is None:
        return False
    return (view.talk_s or 0.0) <= UNCONFIRMED_S


def _by_status(view: LegView, status: int) -> Outcome:
    if 300 <= status < 400:
        return Outcome.failed
    if status == 603 or (status in (480, 486) and view.declining and view.rang):
        return Outcome.declined if view.reached or (view.rang and status != 603) else Outcome.rejected
    if status in (486, 600):
        return Outcome.busy
    if status in (408, 480, 487) and view.rang:
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
