"""A transfer as rules see it: itself, who moved whom, and why it was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sipdiag.calls.sides import Side
from sipdiag.facts.callview import CallView
from sipdiag.facts.codenames import Status
from sipdiag.facts.configured.transfer import TransferConfigured
from sipdiag.facts.declare import fact, facts
from sipdiag.facts.enums import Method, TransferOutcome
from sipdiag.facts.expectations import Expectations
from sipdiag.facts.holds import LeftOnHold
from sipdiag.facts.newleg import NewLeg
from sipdiag.facts.notified import Notified
from sipdiag.facts.refusal import NOT_REFUSED, Refusal, by_response, of_notify, of_response
from sipdiag.facts.relations import follows
from sipdiag.facts.target import TransferTarget
from sipdiag.facts.timers import AUTOMATON_RING_S, SILENT_CANCEL_S, is_round
from sipdiag.facts.transferview import TransferView
from sipdiag.facts.wording import spoken_name
from sipdiag.knowledge.provider import AdviceStep, Refer
from sipdiag.knowledge.providers import Providers

if TYPE_CHECKING:
    from sipdiag.facts.configured.call import CallFiles

CROSSING_NS = 500_000_000
"""A BYE this close to a REFER may have crossed it on the wire."""


class TransferFacts:
    """Everything known of one transfer."""

    def __init__(
        self, view: TransferView, call: CallView, providers: Providers, held: CallFiles | None = None
    ) -> None:
        """``held``: the files beside the capture."""
        self.view = view
        self._held = held
        self._call = call
        self._providers = providers

    @facts()
    def own(self) -> TransferView:
        """What its messages tell."""
        return self.view

    @facts()
    def target(self) -> TransferTarget:
        """Where it was to go."""
        return TransferTarget(self.view)

    @facts()
    def notified(self) -> Notified:
        """What its NOTIFYs reported."""
        return Notified(self.view)

    @facts()
    def left_on_hold(self) -> LeftOnHold:
        """The hold it left behind."""
        return LeftOnHold(self.view)

    @facts()
    def new_leg(self) -> NewLeg | None:
        """The leg it created."""
        leg = self.view.deciding_leg
        return NewLeg(leg, self.view) if leg is not None else None

    @facts()
    def expectations(self) -> Expectations:
        """What should have happened."""
        return self._call.expectations

    @facts()
    def configured(self) -> TransferConfigured:
        """What the files beside the capture say of it."""
        return TransferConfigured(self.view, self._held)

    @fact
    def best(self) -> bool:
        """No other transfer of the call ended better."""
        if self._call.passed_on(self.view):
            return False
        return all(outcome.rank >= self.view.outcome.rank for outcome in self._call.transfer_outcomes)

    @fact
    def refer_tried(self) -> bool:
        """A REFER was sent in the call, for this transfer or another."""
        return any(other.transfer.refers for other in self._call.transfers)

    @fact(named=Status)
    def replaces_status(self) -> int | None:
        """Final response to the INVITE with Replaces."""
        view = self.view
        if view.method != Method.replaces:
            return None
        status = view.deciding_leg.status if view.deciding_leg else None
        return status if status is not None else view.result

    @fact
    def time_known(self) -> bool:
        """The times of the call's messages are known; a log may print none."""
        return self._call.timed

    # -- who left ------------------------------------------------------------------------------

    @fact
    def hung_up_after_s(self) -> float | None:
        """From the REFER to the BYE by the clock; absent where the messages carry no times."""
        return self.view.bye_after_s if self._call.timed else None

    @fact
    def caller_left(self) -> bool:
        """The transferred party hung up while the transfer was under way.

        BYE from its side before any result, or with a 487.  A BYE at once after the 202, without a single
        NOTIFY, is the carrier dropping the leg.
        """
        view = self.view
        if (view.result == 487 and self._given_up_early()) or self._gone_already():
            return True
        if view.bye is None or view.bye_by_transferor:
            return False
        if view.method == Method.invite:
            return view.outcome != TransferOutcome.completed and self._cancelled_with()
        if view.result == 487:
            return True
        if self.notified.refused is not None and not self.notified.notify_crossed_bye:
            # Refusing the NOTIFYs ends the reports: the result of the transfer is unknown.
            return False
        return view.bye_before_result and view.result is None and bool(view.transfer.notifies)

    def _gone_already(self) -> bool:
        """The REFER crossed the BYE of the party that was to be transferred, and found the dialog gone."""
        view = self.view
        bye = view.base.bye if view.base is not None else None
        if bye is None or view.refer is None or view.refer_status != 481:
            return False
        crossed = abs(bye.time_ns - view.refer.time_ns) <= CROSSING_NS
        return bye.from_caller != view.refer.from_caller and crossed

    def _given_up_early(self) -> bool:
        """The transferee cancelled the new leg while it rang, or soon, short of any timer."""
        last = self.view.deciding_leg
        if last is None or last.cancel is None:
            return False
        waited = last.trying_s or 0.0
        limit = AUTOMATON_RING_S if last.ringing is not None else SILENT_CANCEL_S
        return waited < limit and not is_round(waited)

    def _cancelled_with(self) -> bool:
        last, bye = self.view.deciding_leg, self.view.bye
        if last is None or last.cancel is None or bye is None:
            return False
        return follows(last.cancel, bye)

    # -- the two parties -----------------------------------------------------------------------

    @fact(for_expectations=True)
    def transferor_id(self) -> str | None:
        """Id of the provider that asked for the transfer."""
        return self.view.transferor.id

    @fact(absent="the transferring side")
    def transferor_name(self) -> str | None:
        """Name of the side that asked for the transfer."""
        return _end_name(self.view.transferor, "transferring")

    @fact
    def transferor_voice_ai(self) -> bool:
        """A voice-AI platform asked for the transfer."""
        return self.view.transferor.voice_ai

    @fact
    def transferor_is_platform(self) -> bool:
        """A voice platform asked for the transfer."""
        return self.view.transferor.kind == "platform"

    @fact(for_expectations=True)
    def transferee_id(self) -> str | None:
        """Id of the provider that took the REFER."""
        return self.view.transferee.id

    @fact(absent="the other side")
    def transferee_name(self) -> str | None:
        """Name of the side that took the REFER."""
        return _end_name(self.view.transferee, "other")

    @fact
    def transferee_is_carrier(self) -> bool:
        """A carrier took the REFER."""
        return self.view.transferee.kind == "carrier"

    @fact
    def transferee_is_platform(self) -> bool:
        """A voice platform took the REFER."""
        return self.view.transferee.kind == "platform"

    @fact
    def transferee_is_pbx(self) -> bool:
        """A PBX, or whoever runs its software, took the REFER."""
        return self.view.transferee.kind == "pbx"

    @fact
    def transferee_accepts_refer(self) -> bool | None:
        """Whether the provider that got the REFER takes any; absent where its file does not say."""
        return _refer_of(self.view.transferee).accepts

    @fact
    def transferor_answers_challenge(self) -> bool | None:
        """Whether the side that sent the REFER repeats one that was challenged; absent where nothing says so."""
        return _refer_of(self.view.transferor).answers_challenge

    @fact
    def transferee_waits_s(self) -> float | None:
        """How long the transferee waits for the BYE after a success, as its provider's file says."""
        return _refer_of(self.view.transferee).release_wait_s

    @fact
    def aborts_on_bye(self) -> bool:
        """The transferee ends the transfer when the transferor hangs up early."""
        return _refer_of(self.view.transferee).aborts_on_bye

    @fact
    def refer_switch(self) -> bool:
        """The carrier that took the REFER has a switch for call transfer."""
        return _refer_of(self.view.transferee).switch_exists

    # -- what success proves -------------------------------------------------------------------

    @fact
    def success_unproven(self) -> bool:
        """A success nobody saw: the carrier reports it too early, or the platform on the 202 alone."""
        view = self.view
        if view.new_leg_answered or view.method == Method.invite:
            return False
        if view.outcome == TransferOutcome.completed:
            return self.success_unproven_why is not None
        provider = view.transferor.provider
        reports_early = provider is not None and provider.reports_on_202
        return reports_early and view.accepted and view.result is None and view.bye is not None

    @fact
    def success_unproven_why(self) -> str | None:
        """Why a reported success proves nothing at this transferee, and what would prove it."""
        return _refer_of(self.view.transferee).success_unproven

    # -- the refusal ---------------------------------------------------------------------------

    @facts()
    def refusal(self) -> Refusal:
        """The refusal of the REFER itself, else of the target's leg."""
        view = self.view
        if view.refer_answer is not None and (view.refer_status or 0) >= 300:
            known = by_response(view.refer_answer, view.transferee, self._providers)
            return of_response(view.refer_answer, view.transferee, known)
        notify = view.final_notify
        if notify is not None and (notify.status or 0) >= 300:
            return of_notify(notify, view.transferee, self._providers)
        target = view.deciding_leg
        return target.refusal if target is not None else NOT_REFUSED

    def advice(self, name: str) -> Sequence[AdviceStep]:
        """What the tables of the parties advise on this transfer: on the refusal, or by ``PARTY.NAME``."""
        party, _, wanted = name.partition(".")
        if not wanted:
            return self.refusal.advice if name == "cause" else ()
        side = {"transferee": self.view.transferee, "transferor": self.view.transferor}.get(party)
        return side.advice(wanted) if side is not None else ()


def _end_name(side: Side, which: str) -> str | None:
    """Its name, else its address; a proxy transfers nobody, it only stands between the two."""
    if side.kind == "proxy":
        return None
    address = side.host.address
    return spoken_name(side) or (f"the {which} side ({address})" if address else None)


def _refer_of(side: Side) -> Refer:
    if side.provider is None or side.recognition is None:
        return Refer()
    return side.provider.refer_of(side.recognition.product)
