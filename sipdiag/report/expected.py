"""Messages missing from a call's flow, as findings report them, and where they belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.messages.captured import Host
from sipdiag.pipeline.results import CallDetail
from sipdiag.report.flow import FlowRow

if TYPE_CHECKING:
    from sipdiag.calls.model import Leg
    from sipdiag.rules.finding import Finding


class Ghost(Struct, frozen=True):
    """A message that should be in the flow and is not."""

    before: int
    """Index of the row it is expected before; the number of rows for the end."""
    src: Host
    dst: Host
    label: str


def ghosts(result: CallDetail, rows: list[FlowRow]) -> list[Ghost]:
    """Every missing message that a finding of the call is about, at most one per finding."""
    found = ((_EXPECTED[f.rule], f) for f in result.findings if f.rule in _EXPECTED)
    return [ghost for place, finding in found if (ghost := place(finding, result, rows)) is not None]


def _refer(finding: Finding, result: CallDetail, rows: list[FlowRow]) -> Ghost:
    """The REFER of an expected transfer: from the platform to the carrier, before the BYE."""
    subject = next((leg for leg in result.legs if leg.leg.id == finding.subject), result.legs[0])
    leg = subject.leg
    carrier = next(
        (p.host for p in result.participants if p.provider and p.provider == subject.provider), None
    )
    src, dst = (leg.caller, leg.callee) if carrier == leg.callee else (leg.callee, leg.caller)
    return Ghost(_bye(leg, rows), src, dst, "REFER expected here")


def _notify(finding: Finding, result: CallDetail, rows: list[FlowRow]) -> Ghost | None:
    """The final NOTIFY of a transfer: from whoever accepted the REFER, before the BYE that followed it."""
    transfer = next((t.transfer for t in result.transfers if t.transfer.id == finding.subject), None)
    if transfer is None or transfer.leg is None or not transfer.refers:
        return None
    hop = transfer.refers[-1].own
    sent = set(hop.requests)
    start = next((index for index, row in enumerate(rows) if row.captured in sent), 0)
    return Ghost(_bye(transfer.leg, rows, start), hop.dst, hop.src, "final NOTIFY expected here")


def _ack(finding: Finding, result: CallDetail, rows: list[FlowRow]) -> Ghost | None:
    """The ACK of an answer: right after it."""
    leg = next((leg.leg for leg in result.legs if leg.leg.id == finding.subject), None)
    if leg is None or leg.answer is None:
        return None
    answer = next((index for index, row in enumerate(rows) if row.captured is leg.answer), None)
    return None if answer is None else Ghost(answer + 1, leg.caller, leg.callee, "ACK expected here")


def _bye(leg: Leg, rows: list[FlowRow], start: int = 0) -> int:
    """Index of the first BYE of ``leg`` from ``start`` on; the number of rows where there is none."""
    for index, row in enumerate(rows[start:], start):
        message = row.captured.message
        if row.leg is leg and message.is_request and message.method == "BYE":
            return index
    return len(rows)


_EXPECTED: dict[str, Callable[[Finding, CallDetail, list[FlowRow]], Ghost | None]] = {
    "transfer/refer-missing": _refer,
    "transfer/no-final-notify": _notify,
    "signalling/ack-missing": _ack,
}
