"""The messages of a ladder as they pass one capture point: later, by another clock, from behind a NAT."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from sipdiag.scenario.ladder import SentMessage
from sipdiag.scenario.party import PacketEnd
from sipdiag.scenario.schema import Scenario

_SECOND = 1_000_000_000


def passing(scenario: Scenario, messages: Iterable[SentMessage]) -> list[SentMessage]:
    """The messages in the order and with the times of the scenario's capture point."""
    point = scenario.point
    later = {name: round(seconds * _SECOND) for name, seconds in point.later}
    nat = dict(point.nat)

    def seen(end: PacketEnd) -> PacketEnd:
        return replace(end, address=nat[end.address]) if end.address in nat else end

    def by_clock(time_ns: int) -> int:
        fast_ns = round((time_ns - scenario.start_ns) * point.drift / 1e6)
        return time_ns + round(point.ahead * _SECOND) + fast_ns

    moved = (
        replace(
            sent,
            time_ns=by_clock(sent.time_ns + later.get(sent.src.name, 0)),
            src=seen(sent.src),
            dst=seen(sent.dst),
        )
        for sent in messages
    )
    return sorted(moved, key=lambda sent: sent.time_ns)
