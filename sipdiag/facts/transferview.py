"""A transfer read to its end: was it accepted, what did the target answer, who hung up when.

Accepted is not completed: 202 only says "I will try" (RFC 3515 §2.4.4); the outcome is told by the
final sipfrag, or by the new leg where it was captured.
"""

from __future__ import annotations

from sipdiag.calls.model import Call, Notify, Request, Transfer
from sipdiag.facts.enums import TransferOutcome
from sipdiag.facts.legview import TIMER_B_NS, LegView, seconds, unheard
from sipdiag.facts.once import once
from sipdiag.messages.captured import CapturedMessage

ABORT_NS = 1_000_000_000
"""A failure reported within this time after the transferor's BYE follows from it."""
CROSSING_NS = 500_000_000
"""A BYE this close to a NOTIFY may have crossed it on the wire."""


class TransferView:
    """The reading of one transfer."""

    def __init__(self, transfer: Transfer, views: dict[int, LegView], call: Call) -> None:
        self.transfer = transfer
        self.call = call
        self.base = views[id(transfer.leg)] if transfer.leg is not None else None
        self.new_legs = [views[id(leg)] for leg in transfer.new_legs]

    # -- the REFER -----------------------------------------------------------------------------

    @once
    def refer(self) -> Request | None:
        """The REFER that counts: the accepted one, else the last."""
        for refer in self.transfer.refers:
            if refer.status is not None and 200 <= refer.status < 300:
                return refer
        return self.transfer.refers[-1] if self.transfer.refers else None

    @property
    def refer_status(self) -> int | None:
        """Its final response; a NOTIFY seen without one proves that it was accepted."""
        return self.refer.status if self.refer else None

    @once
    def accepted(self) -> bool:
        status = self.refer_status
        if status is None:
            return bool(self.transfer.notifies)
        return 200 <= status < 300

    @once
    def suppressed(self) -> bool:
        """No NOTIFY is due: Refer-Sub: false in the 2xx (RFC 4488 §4), or nosub (RFC 7614)."""
        if self.refer is None or self.refer.final is None:
            return False
        answer, request = self.refer.final.message, self.refer.first.message
        if (answer.header("Refer-Sub") or "").strip().lower().startswith("false"):
            return True
        return "nosub" in {tag.lower() for tag in request.values("Require")} and self.accepted

    # -- what the target answered --------------------------------------------------------------

    @once
    def final_notify(self) -> Notify | None:
        """The first NOTIFY with a final status; a later one cannot change it."""
        return next((n for n in self.transfer.notifies if n.status is not None and n.status >= 200), None)

    @property
    def result(self) -> int | None:
        """The status the target's leg ended with, as the transferee reported it."""
        return self.final_notify.status if self.final_notify else None

    @once
    def target_rang(self) -> bool:
        """A NOTIFY, or the target's own leg, said that it rang."""
        told = any(n.status is not None and 180 <= n.status < 200 for n in self.transfer.notifies)
        return told or any(view.reached for view in self.new_legs)

    @once
    def new_leg_answered(self) -> bool:
        return any(view.answered for view in self.new_legs)

    @once
    def new_leg_failed(self) -> bool:
        return bool(self.new_legs) and all(not v.answered and v.final is not None for v in self.new_legs)

    @once
    def deciding_leg(self) -> LegView | None:
        """Of several attempts the answered one, else the last."""
        for view in self.new_legs:
            if view.answered:
                return view
        return self.new_legs[-1] if self.new_legs else None

    @once
    def outcome(self) -> TransferOutcome:
        if self.transfer.method is None:
            return TransferOutcome.not_attempted
        if self.transfer.method == "invite":
            return self._by_new_legs()
        if self.refer_status is not None and self.refer_status >= 300:
            return TransferOutcome.rejected
        if self.new_leg_answered:
            # The wire beats the report: a 5xx sipfrag sent at the transferor's BYE proves nothing.
            return TransferOutcome.completed
        if self.result is not None:
            return TransferOutcome.completed if 200 <= self.result < 300 else TransferOutcome.failed
        if self.unanswered and self.insisted:
            return TransferOutcome.failed
        if self.new_legs:
            return self._by_new_legs()
        return TransferOutcome.unknown

    def _by_new_legs(self) -> TransferOutcome:
        if self.new_leg_answered:
            return TransferOutcome.completed
        if self.new_leg_failed or all(view.waited_out for view in self.new_legs):
            return TransferOutcome.failed
        return TransferOutcome.unknown

    @once
    def unanswered(self) -> bool:
        """The REFER got no final response although its own timer ran out, or the dialog ended."""
        if self.refer is None or self.refer_status is not None or self.transfer.notifies:
            return False
        if self.base is None or not self.base.both_directions:
            return False
        if self.base.capture_end_ns - self.refer.time_ns >= TIMER_B_NS - 1_000_000_000:
            return True
        bye = self.base.bye
        return bye is not None and bye.time_ns - self.refer.time_ns >= 2_000_000_000

    @property
    def insisted(self) -> bool:
        """The transferor acted as one who gets no answer; else one may have come that was not captured."""
        return self.refer is not None and unheard(self.refer)

    # -- the end of the moved leg --------------------------------------------------------------

    @once
    def bye(self) -> Request | None:
        """The BYE on the moved leg, if it came after the REFER."""
        if self.base is None or self.base.bye is None:
            return None
        bye = self.base.bye
        return bye if self.refer is None or bye.time_ns >= self.refer.time_ns else None

    @once
    def bye_by_transferor(self) -> bool:
        """Whether the BYE came from the side that sent the REFER (or the second INVITE)."""
        return self.bye is not None and self.bye.from_caller == self.transfer.by_caller

    @once
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

    @once
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

    @once
    def aborted_by_bye(self) -> bool:
        """A failure reported at once after the transferor's BYE: hanging up is what ended it."""
        if not self.bye_before_result or not self.bye_by_transferor or self.bye is None:
            return False
        if self.final_notify is None or (self.result or 0) < 300:
            return False
        return self.final_notify.captured.time_ns - self.bye.time_ns <= ABORT_NS

    @once
    def bye_after_s(self) -> float | None:
        """From the REFER (or the second INVITE) to the BYE."""
        if self.bye is None:
            return None
        if self.refer is not None:
            return seconds(self.refer.time_ns, self.bye.time_ns)
        return seconds(self.new_legs[0].leg.first_ns, self.bye.time_ns) if self.new_legs else None

    @once
    def left_open_s(self) -> float | None:
        """How long the moved leg stayed up after the final 2xx sipfrag: to its BYE, or the capture's end."""
        if self.final_notify is None or self.base is None or not 200 <= (self.result or 0) < 300:
            return None
        end = self.base.end_ns if self.base.end_ns is not None else self.base.capture_end_ns
        return max(0.0, seconds(self.final_notify.captured.time_ns, end))

    @once
    def waited_s(self) -> float | None:
        """How long a result was waited for: from the REFER to the BYE or the capture's end."""
        if self.refer is None or self.base is None:
            return None
        end = self.bye.time_ns if self.bye is not None else self.base.capture_end_ns
        return seconds(self.refer.time_ns, end)

    # -- NOTIFYs refused -----------------------------------------------------------------------

    @once
    def rejected_notify(self) -> Notify | None:
        """The first NOTIFY that the transferor refused, but for a challenge."""
        for notify in self.transfer.notifies:
            status = notify.request.status
            if status is not None and status >= 300 and status not in (401, 407):
                return notify
        return None

    @once
    def notify_crossed_bye(self) -> bool:
        """The refused NOTIFY met a BYE under way: its 481 is no fault of anybody."""
        notify = self.rejected_notify
        if notify is None or self.bye is None:
            return False
        return self.bye.time_ns <= notify.captured.time_ns + CROSSING_NS

    # -- hold ----------------------------------------------------------------------------------

    @once
    def hold(self) -> CapturedMessage | None:
        """The re-INVITE that put the other party on hold, if it was the last word about media."""
        return self.base.hold if self.base is not None else None
