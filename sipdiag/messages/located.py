"""The capture points of a run while files are being assigned to them, and what two of them have in common."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.clocks import Clock, Flows
from sipdiag.messages.events import Key

EARLIEST_NS = 631_152_000_000_000_000
"""1990: nobody logged SIP before.  A log that prints no date, or no year, has an earlier one."""

Place = tuple[int, int]
"""File, and interface within it."""


class Relation(Struct, frozen=True):
    """Two points that saw the same packets."""

    one: int
    other: int
    flows: Flows
    """The ways between two hosts, by their addresses at ``one``."""
    error_ns: int | None


class PointGroup(Struct):
    """A capture point while files are being assigned to points."""

    places: list[Place]
    ring: str
    clock: Clock | None = Clock()
    matched: int = 0
    beside: int | None = None
    messages: Sequence[CapturedMessage] = ()
    events: dict[Key, list[CapturedMessage]] = field(default_factory=dict)

    @property
    def right(self) -> Clock:
        """The clock, as far as it is known."""
        return self.clock or Clock()

    @property
    def files(self) -> tuple[int, ...]:
        """The input files."""
        return tuple(sorted({file for file, _ in self.places}))


class Located(Struct):
    """All points of a run, and what two of them have in common."""

    groups: list[PointGroup] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)

    @property
    def of_place(self) -> dict[Place, int]:
        """The point of each file and interface."""
        return {place: number for number, group in enumerate(self.groups) for place in group.places}

    @property
    def clocks(self) -> dict[int, Clock]:
        """The clock of each file that is not the first point's."""
        known = ((file, group.clock) for group in self.groups for file in group.files)
        return {file: clock for file, clock in known if clock is not None and clock != Clock()}
