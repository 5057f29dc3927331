"""A transfer read to its end: was it accepted, what did the target answer, who hung up when.

Accepted is not completed: 202 only says "I will try" (RFC 3515 §2.4.4); the outcome is told by the
final sipfrag, or by the new leg where it was captured.
"""

from __future__ import annotations

from sipdiag.calls.model import Notify, Request
from sipdiag.facts.codenames import Status
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import TransferOutcome
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.referral import Referral
from sipdiag.facts.reported import Reported
from sipdiag.facts.timers import seconds
from sipdiag.messages.captured import CapturedMessage

ABORT_NS = 1_000_000_000
"""A failure reported within this time after the transferor's BYE follows from it."""
UNHEARD_REPEATS = 2
"""Retransmissions of a 2xx that say no ACK came."""


class TransferView(Referral):
    """One transfer, with everything its messages show."""

    # -- what the target answered --------------------------------------------------------------

    @once
    def reported(self) -> Reported:
        """The statuses in its NOTIFYs."""
        return Reported(self.refer, self.transfer.notifies)

    @once
    def final_notify(self) -> Notify | None:
        """The NOTIFY with the result."""
        return self.reported.final

    @fact(named=Status)
    def result(self) -> int | None:
        """Status in the final sipfrag: what the target's leg ended with, as the transferee reported it."""
        return self.reported.result

    @fact
    def target_rang(self) -> bool:
        """A NOTIFY, or the target's own leg, said that it rang."""
        return self.reported.rang or any(view.reached for view in self.new_legs)

    @fact
    def new_leg_answered(self) -> bool:
        """The leg the transfer created was captured, and it was answered."""
        return any(view.answered for view in self.new_legs)

    @fact(for_expectations=True)
    def connected(self) -> bool:
        """A leg that the transfer created was answered and acknowledged, while whoever was to be moved was still there."""
        answered = [view for view in self.new_legs if view.answered and not _unacknowledged(view)]
        return any(view.answer is None or not self._party_gone(view.answer.time_ns) for view in answered)

    def _party_gone(self, moment: int) -> bool:
        """The leg behind a bridge that took the REFER had ended before the target answered."""
        if self.transfer.method != "refer" or self.base is None:
            return False
        bridge = self.transferee.host.address
        behind = [
            view
            for view in self._others
            if view.answered and bridge in (view.leg.caller.address, view.leg.callee.address)
        ]
        return bool(behind) and all(view.bye is not None and view.bye.time_ns < moment for view in behind)

    @once
    def new_leg_failed(self) -> bool:
        """Every leg the transfer created was refused."""
        return bool(self.new_legs) and all(not v.answered and v.final is not None for v in self.new_legs)

    @once
    def deciding_leg(self) -> LegView | None:
        """The answered attempt of several, else the last."""
        for view in self.new_legs:
            if view.answered:
                return view
        return self.new_legs[-1] if self.new_legs else None

    @fact
    def new_leg_seen(self) -> bool:
        """The leg the transfer created was captured."""
        return bool(self.new_legs)

    @fact(unit="legs")
    def attempts(self) -> int:
        """Legs tried to reach the target."""
        return len(self.new_legs)

    @fact
    def outcome(self) -> TransferOutcome:
        """How the transfer ended."""
        if self.transfer.method is None:
            return TransferOutcome.not_attempted
        if self.transfer.method == "invite":
            return self._by_new_legs()
        if self.refer_status is not None and self.refer_status >= 300:
            return TransferOutcome.rejected
        if self.new_leg_answered:
            # The wire beats the report: a 5xx sipfrag sent at the transferor's BYE proves nothing.
            return TransferOutcome.completed if self.connected else TransferOutcome.failed
        if self.result is not None:
            return TransferOutcome.completed if 200 <= self.result < 300 else TransferOutcome.failed
        if self.refer_unanswered and self.refer_insisted:
            return TransferOutcome.failed
        if self.new_legs:
            return self._by_new_legs()
        return TransferOutcome.unknown

    def _by_new_legs(self) -> TransferOutcome:
        if self.new_leg_answered:
            return TransferOutcome.completed if self.connected else TransferOutcome.failed
        if self.new_leg_failed or all(view.waited_out for view in self.new_legs):
            return TransferOutcome.failed
        return TransferOutcome.unknown

    # -- the end of the moved leg --------------------------------------------------------------

    @evidence("bye")
    def bye(self) -> Request | None:
        """The BYE on the moved leg, if it came after the REFER."""
        if self.base is None or self.base.bye is None:
            return None
        bye = self.base.bye
        return bye if self.refer is None or bye.time_ns >= self.refer.time_ns else None

    @fact
    def bye_seen(self) -> bool:
        """The moved leg ended by BYE after the REFER."""
        return self.bye is not None

    @fact
    def bye_by_transferor(self) -> bool:
        """Whether the BYE came from the side that sent the REFER (or the second INVITE)."""
        return self.bye is not None and self.bye.from_caller == self.transfer.by_caller

    @fact
    def bye_in_trouble(self) -> bool:
        """That BYE names an abnormal end: who sent it had waited in vain, or lost the call."""
        closing = self.base.closing if self.base is not None else None
        return self.bye is not None and closing is not None and closing.abnormal

    @fact
    def bye_before_result(self) -> bool:
        """The moved leg ended after the REFER was accepted and before any final sipfrag.

        Once the subscription has been ended without one (RFC 6665 §4.1.3), no result is to come any more.
        """
        if self.bye is None or not self.accepted or self.report_missed:
            return False
        if any(
            notify.captured.message.subscription_state == "terminated"
            and notify.captured.time_ns < self.bye.time_ns
            for notify in self.transfer.notifies
        ):
            return False
        return self.final_notify is None or self.bye.time_ns < self.final_notify.captured.time_ns

    @fact
    def report_missed(self) -> bool:
        """The answer to a NOTIFY was captured before the BYE, the NOTIFY itself was not: it may have told the result."""
        if self.base is None or self.final_notify is not None:
            return False
        after = self.refer.time_ns if self.refer is not None else 0
        before = self.bye.time_ns if self.bye is not None else self.base.capture_end_ns
        return any(
            not request.first.message.is_request and after < request.time_ns < before
            for request in self.base.requests("NOTIFY")
        )

    @fact
    def aborted_by_bye(self) -> bool:
        """A failure reported at once after the transferor's BYE: hanging up is what ended it."""
        if not self.bye_before_result or not self.bye_by_transferor or self.bye is None:
            return False
        if self.final_notify is None or (self.result or 0) < 300:
            return False
        return self.final_notify.captured.time_ns - self.bye.time_ns <= ABORT_NS

    @fact
    def bye_after_s(self) -> float | None:
        """REFER (or the second INVITE) to BYE."""
        if self.bye is None:
            return None
        if self.refer is not None:
            return seconds(self.refer.time_ns, self.bye.time_ns)
        return seconds(self.new_legs[0].leg.first_ns, self.bye.time_ns) if self.new_legs else None

    @fact
    def left_open_s(self) -> float | None:
        """Final 2xx sipfrag to BYE or the capture's end: how long the moved leg stayed up."""
        if self.final_notify is None or self.base is None or not 200 <= (self.result or 0) < 300:
            return None
        end = self.base.end_ns if self.base.end_ns is not None else self.base.capture_end_ns
        return max(0.0, seconds(self.final_notify.captured.time_ns, end))

    @fact
    def waited_s(self) -> float | None:
        """REFER to BYE or the capture's end: how long a result was waited for."""
        if self.refer is None or self.base is None:
            return None
        end = self.bye.time_ns if self.bye is not None else self.base.capture_end_ns
        return seconds(self.refer.time_ns, end)

    @fact
    def left_open_ended(self) -> bool:
        """The moved leg did end in the capture."""
        return self.bye is not None

    @fact
    def left_open_cut(self) -> bool:
        """The side that took the REFER ended the moved leg itself, with a BYE that names an abnormal end."""
        return self.bye_in_trouble and not self.bye_by_transferor

    @evidence("base_answer")
    def base_answer(self) -> CapturedMessage | None:
        """The 2xx of the moved leg."""
        return self.base.answer if self.base else None


def _unacknowledged(view: LegView) -> bool:
    """The 2xx of the new leg was repeated, and no ACK came."""
    return not view.ack_seen and view.answer_repeats >= UNHEARD_REPEATS
