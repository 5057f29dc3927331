"""What the NOTIFYs of a REFER reported of the call to its target, and which of them counts (RFC 3515 §2.4.4)."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.calls.model import Notify, Request
from sipdiag.calls.transfer import that_counts
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds
from sipdiag.facts.wording import wording_of
from sipdiag.messages.captured import CapturedMessage


class Reported:
    """The statuses that the NOTIFYs of one REFER reported."""

    def __init__(self, refer: Request | None, notifies: Sequence[Notify]) -> None:
        """``refer``: the REFER that they follow."""
        self._refer = refer
        self._notifies = notifies

    @once
    def statuses(self) -> list[int]:
        """All of them, in order; a NOTIFY without a readable sipfrag reported none."""
        return [one.status for one in self._notifies if one.status is not None]

    @once
    def rang(self) -> bool:
        """One of them says that the target rang."""
        return any(180 <= status < 200 for status in self.statuses)

    @once
    def final(self) -> Notify | None:
        """The NOTIFY with the result."""
        return that_counts(self._notifies)

    @once
    def result(self) -> int | None:
        """Status in the final sipfrag."""
        return self.final.status if self.final is not None else None

    @evidence("notify_final")
    def final_message(self) -> CapturedMessage | None:
        """The NOTIFY with the result."""
        return self.final.captured if self.final is not None else None

    @fact
    def result_wording(self) -> str | None:
        """Status and reason of the final sipfrag."""
        return wording_of(self.final.status, self.final.reason) if self.final is not None else None

    @fact
    def result_s(self) -> float | None:
        """REFER to the final sipfrag."""
        if self.final is None or self._refer is None:
            return None
        return seconds(self._refer.time_ns, self.final.captured.time_ns)
