"""A REFER outside of any captured call: it asks somebody to place one, as click-to-dial does (RFC 3725 §10.1)."""

from __future__ import annotations

from sipdiag.calls.model import Exchange, Notify, Transfer
from sipdiag.calls.transfer import alone
from sipdiag.facts.codenames import Status
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds
from sipdiag.facts.wording import wording_of
from sipdiag.messages.captured import CapturedMessage

DIALLED = frozenset({"sip", "sips", "tel"})
"""What can be called; a Cisco phone is controlled by REFERs to a ``cid:`` URI, which places no call."""


def asked_to_call(exchange: Exchange) -> Transfer | None:
    """The REFER of an exchange, if it asks for a call to somebody (RFC 3515 §2.1), and for nothing else."""
    if exchange.method != "REFER":
        return None
    first = exchange.requests[0].first.message if exchange.requests else None
    target = first.refer_to if first is not None and first.is_request else None
    if target is None or target.uri.scheme not in DIALLED or target.uri.method not in ("", "INVITE"):
        return None
    return alone(exchange)


class ClickToDial:
    """Whom the REFER asked to call, and what that came to."""

    def __init__(self, transfer: Transfer, capture_end_ns: int) -> None:
        self._transfer = transfer
        self._capture_end_ns = capture_end_ns

    @fact(absent="the target")
    def target(self) -> str | None:
        """Whom it asked to call: Refer-To's URI."""
        return self._transfer.target or None

    @fact(named=Status)
    def status(self) -> int | None:
        """Final response to the last REFER."""
        return self._transfer.refers[-1].status

    @fact
    def quiet_s(self) -> float | None:
        """Capture time after that response."""
        final = self._transfer.refers[-1].final
        return seconds(final.time_ns, self._capture_end_ns) if final is not None else None

    @once
    def _final(self) -> Notify | None:
        return next((one for one in self._transfer.notifies if (one.status or 0) >= 200), None)

    @evidence("notify_final")
    def final(self) -> CapturedMessage | None:
        """The NOTIFY with the result."""
        return self._final.captured if self._final is not None else None

    @fact(named=Status)
    def result(self) -> int | None:
        """What the call to the target ended with, as the final NOTIFY reported it."""
        return self._final.status if self._final is not None else None

    @fact
    def result_wording(self) -> str | None:
        """Status and reason of the final sipfrag."""
        return wording_of(self._final.status, self._final.reason) if self._final is not None else None

    @fact
    def result_s(self) -> float | None:
        """REFER to the final sipfrag."""
        if self._final is None:
            return None
        return seconds(self._transfer.refers[-1].time_ns, self._final.captured.time_ns)

    @fact
    def rang(self) -> bool:
        """A NOTIFY reported that the target rang."""
        return any(180 <= (one.status or 0) < 200 for one in self._transfer.notifies)
