"""A transfer on one line: each attempt and its answer, what was reported, how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.pipeline.results import TransferResult
from sipdiag.position import short
from sipdiag.report.text import visible
from sipdiag.report.wording import TRANSFER_OUTCOMES, OutcomeWords, party_text

if TYPE_CHECKING:
    from sipdiag.calls.model import Request

TRANSFERS = 20
"""How many transfers of a call are listed; the rest is counted."""


def transfer_target(item: TransferResult) -> str:
    """Where the transfer was to go, as far as it is known."""
    known = item.target.uri or item.target.number
    return party_text(item.target) if known else visible(item.transfer.target)


def transfer_outcome(item: TransferResult) -> OutcomeWords:
    """Words for how a transfer ended."""
    return TRANSFER_OUTCOMES.get(item.outcome, OutcomeWords(item.outcome, "calm"))


def attempts(item: TransferResult) -> list[str]:
    """Every REFER, or every INVITE of the transfer's own legs, with its answer; a challenge that was met does not count."""
    transfer = item.transfer
    requests = transfer.refers or [invite for leg in transfer.new_legs for invite in leg.invites]
    return [
        _answered(request)
        for number, request in enumerate(requests, 1)
        if request.status not in (401, 407) or number == len(requests)
    ]


def transfer_line(item: TransferResult) -> str:
    """``to +1…: REFER in frame 7 → 403 Forbidden; REFER in frame 9 → 202 Accepted; NOTIFY 100, 486; failed``."""
    parts = attempts(item)
    reported = [str(notify.status or "without a status") for notify in item.transfer.notifies]
    if reported:
        parts.append(f"NOTIFY {', '.join(dict.fromkeys(reported))}")
    parts.append(transfer_outcome(item).label.lower())
    target = transfer_target(item)
    return (f"to {target}: " if target else "") + "; ".join(parts)


def _answered(request: Request) -> str:
    final = request.final
    answer = f"{final.message.status} {final.message.reason}" if final is not None else "no final response"
    return visible(f"{request.method} in {short(request.first.position)} → {answer}")
