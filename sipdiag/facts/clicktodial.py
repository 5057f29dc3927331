"""A REFER outside of any captured call: it asks somebody to place one, as click-to-dial does (RFC 3725 §10.1)."""

from __future__ import annotations

from sipdiag.calls.model import Exchange, Transfer
from sipdiag.calls.transfer import alone
from sipdiag.facts.codenames import Status
from sipdiag.facts.declare import fact, facts
from sipdiag.facts.reported import Reported
from sipdiag.facts.timers import seconds

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

    @fact(named=Status)
    def result(self) -> int | None:
        """What the call to the target ended with, as the final NOTIFY reported it."""
        return self.reported.result

    @facts()
    def reported(self) -> Reported:
        """The statuses in its NOTIFYs."""
        return Reported(self._transfer.refers[-1], self._transfer.notifies)

    @fact
    def rang(self) -> bool:
        """A NOTIFY reported that the target rang."""
        return self.reported.rang
