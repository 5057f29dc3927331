"""What only the whole capture can tell: which countries a trunk reached, who else was on the line.

It is built from the notes of all calls (:mod:`~sipdiag.facts.notes`), wherever they were read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import islice

from msgspec import Struct, field

from sipdiag.calls.parties import number_key
from sipdiag.facts.notes import Agent, CallNote, JoinKeys, LegNote, OnLine, Placed, Sender
from sipdiag.knowledge.number import Number

HELD_NS = 1_000_000_000
"""A leg that ended this shortly before counts as up: the two messages crossed."""
TOGETHER_NS = 2_000_000_000
"""A call placed on someone's behalf ends about when theirs does."""
SHORTEST_NUMBER = 7
"""Fewer digits than this may be a short code for any number."""
CROWD = 200
"""How many senders, and legs of one, are checked: a number with more calls at once is a load generator's."""


class _Line(Struct):
    """Legs with one caller's number and one sender, by the time since which he is on the line."""

    since: list[int] = field(default_factory=list)
    latest_end: list[int] = field(default_factory=list)
    """When the last of all legs up to this one ended."""
    legs: list[tuple[int, OnLine]] = field(default_factory=list)
    """With their place in the capture."""

    def add(self, place: int, one: OnLine) -> None:
        self.legs.append((place, one))

    def sort(self) -> None:
        self.legs.sort(key=lambda entry: entry[1].since_ns)
        self.since = [one.since_ns for _, one in self.legs]
        latest = 0
        for _, one in self.legs:
            latest = max(latest, one.end_ns)
            self.latest_end.append(latest)

    def up_at(self, moment_ns: int) -> Iterable[tuple[int, OnLine]]:
        """The legs that had begun and were not over, by their place in the capture and themselves."""
        latest = bisect_right(self.since, moment_ns) - 1
        for at in range(latest, max(latest - CROWD, -1), -1):
            if self.latest_end[at] < moment_ns - HELD_NS:
                break
            if self.legs[at][1].end_ns >= moment_ns - HELD_NS:
                yield self.legs[at]


class _Placings(Struct):
    """The calls that one sender placed."""

    in_vain: list[int] = field(default_factory=list)
    """When those began that were not answered."""
    ended: list[tuple[int, int]] = field(default_factory=list)
    """End and begin of the others."""

    def add(self, placed: Placed) -> None:
        if not placed.answered:
            self.in_vain.append(placed.begun_ns)
        elif placed.end_ns is not None:
            self.ended.append((placed.end_ns, placed.begun_ns))

    def sort(self) -> None:
        self.in_vain.sort()
        self.ended.sort()

    def served(self, begun_ns: int, end_ns: int) -> bool:
        """One began within this time and came to nothing, or ended with it."""
        if bisect_right(self.in_vain, end_ns) > bisect_right(self.in_vain, begun_ns):
            return True
        first = bisect_right(self.ended, (end_ns - TOGETHER_NS, 0))
        last = bisect_right(self.ended, (end_ns + TOGETHER_NS, 0))
        return any(begun_ns < begun <= end_ns for _, begun in self.ended[first:last])


class Wide:
    """Indices over the notes of all calls.  Built once, in one pass; asked a leg at a time."""

    def __init__(self, calls: Iterable[CallNote] = ()) -> None:
        self._reached: dict[str, set[str]] = defaultdict(set)
        self._refused: Counter[tuple[str, str]] = Counter()
        self._refused_with: set[tuple[str, str, int]] = set()
        self._lines: dict[str, dict[Sender, _Line]] = defaultdict(lambda: defaultdict(_Line))
        self._transferred: set[tuple[str, str]] = set()
        self._moved: dict[Agent, str] = {}
        self._placings: dict[str, _Placings] = defaultdict(_Placings)
        place = 0
        for call in calls:
            self._transferred.update(call.transferred)
            self._moved.update(call.moved)
            if call.placed is not None:
                for name in filter(None, call.placed.sender):
                    self._placings[name].add(call.placed)
            for leg in call.legs:
                place += 1
                self._note_leg(place, leg)
        for senders in self._lines.values():
            for line in senders.values():
                line.sort()
        for placings in self._placings.values():
            placings.sort()

    def _note_leg(self, place: int, leg: LegNote) -> None:
        if leg.region is not None:
            if leg.reached:
                self._reached[leg.trunk].add(leg.region)
            elif leg.refused is not None:
                self._refused[leg.trunk, leg.region] += 1
                self._refused_with.add((leg.trunk, leg.region, leg.refused))
        if leg.online is not None:
            self._lines[leg.online.number][leg.online.sender].add(place, leg.online)

    def reached(self, trunk: str, region: str) -> bool:
        """A number of that country rang or was answered over the trunk."""
        return region in self._reached.get(trunk, ())

    def works_elsewhere(self, trunk: str, region: str) -> bool:
        """A number of another country rang or was answered over the trunk."""
        return bool(self._reached.get(trunk, set()) - {region})

    def refused_tries(self, trunk: str, region: str) -> int:
        """Legs to that country over the trunk, refused without a reason and without ringing."""
        return self._refused[trunk, region]

    def refused_with(self, trunk: str, region: str, status: int) -> bool:
        """One of them was refused with that status."""
        return (trunk, region, status) in self._refused_with

    def caller_on_line(self, leg: JoinKeys, number: Number) -> OnLine | None:
        """The first leg whose caller has this number and was up when the INVITE of ``leg`` was sent.

        A leg placed by the same side does not count: the number it shows is that side's own.  A call
        that was not answered yet counts where it was forwarded: it came over the trunk that ``leg`` goes
        out on, or to the host that now calls another number.  Any other may be a call on its way out,
        which shows its own number.
        """
        senders = self._lines.get(number_key(number.e164 or number.raw) or "")
        if not senders:
            return None
        found = (
            entry
            for sender, line in islice(senders.items(), CROWD)
            if not _same_sender(sender, leg.placed_by)
            for entry in line.up_at(leg.first_ns)
            if entry[1].answered or _over_same_trunk(entry[1], leg) or _forwarded(entry[1], leg)
        )
        first = min(islice(found, CROWD), key=lambda entry: entry[0], default=None)
        return first[1] if first is not None else None

    def transferred(self, parties: tuple[str, str]) -> bool:
        """A call between these parties was transferred by REFER."""
        return parties in self._transferred

    def moved_to(self, agent: Agent) -> str | None:
        """Where the last of the agent's callers who were transferred was to go."""
        return self._moved.get(agent)

    def placed_within(self, sender: Sender, begun_ns: int, end_ns: int) -> bool:
        """Within this time ``sender`` placed a call that came to nothing, or ended with it."""
        return any(
            self._placings[name].served(begun_ns, end_ns)
            for name in filter(None, sender)
            if name in self._placings
        )


def _same_sender(one: Sender, two: Sender) -> bool:
    """Both legs were placed by the same host, or by the same cloud platform."""
    return one[0] == two[0] or (one[1] is not None and one[1] == two[1])


def _over_same_trunk(one: OnLine, leg: JoinKeys) -> bool:
    address, provider = leg.callee
    return one.sender[0] == address or (one.carrier is not None and one.carrier == provider)


def _forwarded(one: OnLine, leg: JoinKeys) -> bool:
    """The call came to the host that placed ``leg``, for another number: no prefix or country code makes one of the other."""
    if one.reached != leg.placed_by[0] or one.called is None or leg.called is None:
        return False
    asked, dialled = sorted((one.called, leg.called), key=len)
    return asked.isdigit() and len(asked) >= SHORTEST_NUMBER and not dialled.endswith(asked)
