"""A call as steps: its messages without repeats, named so that those of another call can be recognised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.report.flow import FlowRow, flow

if TYPE_CHECKING:
    from sipdiag.calls.model import Leg
    from sipdiag.pipeline.results import CallDetail

MOST = 400
"""Steps of a call that are compared."""


class Step(Struct, frozen=True, eq=False):
    """One message of a call."""

    row: FlowRow
    leg: str
    """The leg's role in its call, numbered from the second on: ``inbound``, ``transfer 2``."""
    from_caller: bool
    """Sent by, or on behalf of, the side that sent the leg's first INVITE."""
    since_ns: int | None
    """Time since the call's first message."""

    @property
    def is_request(self) -> bool:
        return self.row.captured.message.is_request

    @property
    def method(self) -> str:
        """Of the request, or of the request that a response answers."""
        message = self.row.captured.message
        return message.method if message.is_request else message.cseq_method

    @property
    def status(self) -> int:
        """Of a response, and inside a NOTIFY's sipfrag; else 0."""
        message = self.row.captured.message
        if message.is_request:
            return (message.sipfrag.status or 0) if message.sipfrag else 0
        return message.status or 0

    @property
    def slot(self) -> tuple[object, ...]:
        """What it is, whatever its status: steps of one slot may stand for one another."""
        final = not self.is_request and self.status >= 200
        return self.leg, self.from_caller, self.is_request, self.method, final

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: steps with the same key are the same step of two calls."""
        return *self.slot, self.status

    @property
    def label(self) -> str:
        """``INVITE``, ``202 Accepted (REFER)``, ``NOTIFY 486 Busy Here``."""
        return self.row.title if self.row.reported else self.row.label

    @property
    def short(self) -> str:
        """As the story tells it: ``REFER``, ``202``, ``NOTIFY 200``."""
        if not self.is_request:
            return str(self.status)
        return f"{self.method} {self.status}" if self.status else self.method


def steps(result: CallDetail) -> list[Step]:
    """The steps of a call by time; retransmissions and further sightings of a message are left out."""
    names = _leg_names(result)
    return [
        Step(
            row=row,
            leg=names[row.leg],
            from_caller=_from_caller(row),
            since_ns=row.captured.clock_ns - result.start_ns if row.captured.timed else None,
        )
        for row in _once(flow(result))
    ][:MOST]


def _once(rows: Iterable[FlowRow]) -> Iterable[FlowRow]:
    return (row for row in rows if not row.retransmission and not row.other_hop)


def _leg_names(result: CallDetail) -> dict[Leg, str]:
    count: Counter[str] = Counter()
    names: dict[Leg, str] = {}
    for leg in result.call.legs:
        count[leg.role] += 1
        names[leg] = leg.role if count[leg.role] == 1 else f"{leg.role} {count[leg.role]}"
    return names


def _from_caller(row: FlowRow) -> bool:
    """Between proxies: by the end of the leg that the message comes from or goes to."""
    leg: Leg = row.leg
    src, dst = row.captured.src, row.captured.dst
    if src == leg.caller or dst == leg.callee:
        return True
    if src == leg.callee or dst == leg.caller:
        return False
    message = row.captured.message
    by_caller = leg.of_caller(message)
    return by_caller if message.is_request else not by_caller
