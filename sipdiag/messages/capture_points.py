"""The capture points as they are reported: where each lies, what it saw, and its clock."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from pathlib import PurePath
from typing import Literal

from msgspec import Struct

from sipdiag.capture.payload import FileInfo
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.clocks import Clock
from sipdiag.messages.located import EARLIEST_NS, Located, PointGroup, Relation

NEARER = 0.8
"""Share of the messages that must agree on where a point lies."""

DAY_NS = 86_400_000_000_000

Near = Literal["caller", "callee"]


class CapturePoint(Struct, frozen=True):
    """A place where packets were captured."""

    files: tuple[int, ...]
    """Indices of the input files; several are a ring."""
    interface: int | None
    """Interface of the file, where it has messages of several."""
    messages: int
    copies: int
    """How many of them another point had already captured."""
    clock: Clock | None = Clock()
    """How far its clock ran ahead of the first point's (ns); message times are already corrected.  None where unknown."""
    matched: int = 0
    """Packets shared with the point it was compared with."""
    beside: int | None = None
    """That point."""
    sees: tuple[bool, bool] = (True, True)
    """Whether messages towards the callee, and towards the caller, were captured."""
    near: Near | None = None
    """Which end it lies nearer to, of two points."""
    trip_ns: int | None = None
    """From the point it was compared with to this one and back."""
    times: Literal["dated", "time of day", "none"] = "dated"
    """What is known of its clock by itself: a log may print no date, or no times."""

    @property
    def ahead_ns(self) -> int | None:
        """What the clock was ahead in the beginning, without a date what its time of day was; None if not known."""
        if self.clock is None or self.times == "dated":
            return self.clock.ahead_ns if self.clock is not None else None
        return (self.clock.ahead_ns + DAY_NS // 2) % DAY_NS - DAY_NS // 2

    def name(self, files: Sequence[FileInfo]) -> str:
        """``a.pcap``, ``ring_1.pcap … ring_3.pcap``, ``a.pcapng, interface eth0``."""
        names = [PurePath(files[index].path).name for index in (self.files[0], self.files[-1])]
        name = " … ".join(dict.fromkeys(names))
        if self.interface is None:
            return name
        return f"{name}, interface {files[self.files[0]].interfaces.get(self.interface, self.interface)}"


def described(
    located: Located, messages: Sequence[CapturedMessage], files: Sequence[FileInfo]
) -> Iterator[CapturePoint]:
    """The points with what was found of them."""
    owner = located.of_place
    counts, copies = [0] * len(located.groups), [0] * len(located.groups)
    sees = [[False, False] for _ in located.groups]
    sides = Directions()
    ordered = {(known.one, known.other) for known in located.relations if _ordered(known)}
    near: list[Counter[Near]] = [Counter() for _ in located.groups]
    alone = len(located.groups) == 1
    if alone:
        counts[0] = len(messages)
    for one in messages:
        number = owner[one.file, one.point]
        if not alone:
            counts[number] += 1
            original = one.copy_of
            copies[number] += original is not None and owner[original.file, original.point] != number
        elif all(sees[0]):
            break  # A single point has nothing to compare: its messages need not be read.
        if not ordered and all(map(all, sees)):
            continue
        to_callee = sides.to_callee(one)
        if to_callee is not None:
            sees[number][not to_callee] = True
            if one.passed is None and (min(one.seen_at), max(one.seen_at)) in ordered:
                first, last = (
                    (one.seen_at[0], one.seen_at[-1]) if to_callee else (one.seen_at[-1], one.seen_at[0])
                )
                near[first]["caller"] += 1
                near[last]["callee"] += 1
        one.message.forget()
    for number, group in enumerate(located.groups):
        others = located.groups
        times = _times(group, files)
        interfaces = {other.places[0][1] for other in others if other.places[0][0] == group.places[0][0]}
        yield CapturePoint(
            files=group.files,
            interface=group.places[0][1] if len(interfaces) > 1 else None,
            messages=counts[number],
            copies=copies[number],
            clock=group.clock if times != "none" else None,
            matched=group.matched,
            beside=group.beside,
            sees=(sees[number][0], sees[number][1]),
            near=_nearer(near[number]),
            trip_ns=_trip_ns(located.relations, group.beside, number),
            times=times,
        )


def _times(group: PointGroup, files: Sequence[FileInfo]) -> Literal["dated", "time of day", "none"]:
    log = files[group.files[0]].log
    if log is None or not group.messages:
        return "dated"
    if log.times == "none":
        return "none"
    # A log may print a date without the year.
    return "dated" if group.messages[0].time_ns >= EARLIEST_NS else "time of day"


def _ordered(relation: Relation) -> bool:
    """It is known which point packets pass first."""
    return relation.error_ns is not None and any(flow.onward for flow in relation.flows.values())


def _trip_ns(relations: Sequence[Relation], one: int | None, other: int) -> int | None:
    """The shortest round trip of all pairs of hosts."""
    flows = next((known.flows for known in relations if (known.one, known.other) == (one, other)), {})
    ways: dict[Hashable, list[int]] = defaultdict(list)
    for (between, _), flow in flows.items():
        if flow.onward:
            ways[between].append(flow.lag_ns)
    return min((abs(lags[0] - lags[1]) for lags in ways.values() if len(lags) == 2), default=None)


def _nearer(votes: Counter[Near]) -> Near | None:
    """The end most messages point to; None where they disagree: calls go both ways."""
    if not votes:
        return None
    ((side, count),) = votes.most_common(1)
    return side if count >= NEARER * votes.total() else None


class Directions:
    """Which direction a message goes, by the tag of the sender of its call's first request."""

    def __init__(self) -> None:
        self._callers: dict[str, str] = {}

    def to_callee(self, captured: CapturedMessage) -> bool | None:
        """None for what is no part of a dialog."""
        message = captured.message
        if not message.call_id or not message.from_tag:
            return None
        caller = self._callers.setdefault(message.call_id, message.from_tag)
        return (message.from_tag == caller) == message.is_request
