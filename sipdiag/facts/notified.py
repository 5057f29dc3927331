"""What the NOTIFYs of a REFER reported (RFC 3515 §2.4.4), and whether the transferor took them."""

from __future__ import annotations

from sipdiag.calls.model import Notify, Request
from sipdiag.facts.codenames import Status
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.once import once
from sipdiag.facts.reported import Reported
from sipdiag.facts.response import DECLINE_WORDS
from sipdiag.facts.transferview import TransferView
from sipdiag.facts.wording import fully_worded
from sipdiag.messages.captured import CapturedMessage

CROSSING_NS = 500_000_000
"""A BYE this close to a NOTIFY may have crossed it on the wire."""


class Notified:
    """The NOTIFYs of one transfer."""

    def __init__(self, view: TransferView) -> None:
        self._view = view

    @fact(unit="messages")
    def notifies(self) -> int:
        """NOTIFYs of this REFER."""
        return len(self._view.transfer.notifies)

    @evidence("notify_first")
    def first(self) -> CapturedMessage | None:
        """The first NOTIFY."""
        notifies = self._view.transfer.notifies
        return notifies[0].captured if notifies else None

    @fact
    def result_known(self) -> bool:
        """A final sipfrag was captured."""
        return self._view.final_notify is not None

    @facts()
    def reported(self) -> Reported:
        """Their statuses."""
        return self._view.reported

    @fact
    def result_declining(self) -> bool:
        """The final sipfrag's reason phrase says that the call was declined or rejected."""
        final = self._view.final_notify
        return final is not None and any(word in final.reason.lower() for word in DECLINE_WORDS)

    @fact
    def last_notified(self) -> int | None:
        """Last status that any NOTIFY reported."""
        return self.reported.statuses[-1] if self.reported.statuses else None

    @fact
    def status_notified(self) -> bool:
        """A NOTIFY reported a status, even a mere 100."""
        return bool(self.reported.statuses)

    @once
    def refused(self) -> Notify | None:
        """The first NOTIFY that the transferor refused, but for a challenge."""
        for notify in self._view.transfer.notifies:
            status = notify.request.status
            if status is not None and status >= 300 and status not in (401, 407):
                return notify
        return None

    @evidence("notify_refused", answered=True)
    def refused_request(self) -> Request | None:
        """The refused NOTIFY."""
        return self.refused.request if self.refused is not None else None

    @fact(named=Status)
    def notify_refused(self) -> int | None:
        """Status with which the transferor refused a NOTIFY."""
        return self.refused.request.status if self.refused is not None else None

    @fact
    def notify_wording(self) -> str | None:
        """Status and reason phrase of the refusal of the NOTIFY."""
        final = self.refused.request.final if self.refused is not None else None
        return fully_worded(final) if final is not None else None

    @fact
    def notify_crossed_bye(self) -> bool:
        """The refused NOTIFY crossed a BYE: its 481 is nobody's fault."""
        bye = self._view.bye
        if self.refused is None or bye is None:
            return False
        return bye.time_ns <= self.refused.captured.time_ns + CROSSING_NS
