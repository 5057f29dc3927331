"""Where the packets were captured: one point, a ring of files of one point, or several points at once.

A call that was captured at two points is in the input twice.  Within one clock its copies lie
milliseconds apart, and reading them found that already; the clocks of two machines may differ by any
time, so what both points saw is matched first, SIP by what a proxy leaves alone and RTP by source, number and
timestamp.  What each clock is ahead of the first point's follows from both directions (:mod:`~sipdiag.messages.clockfit`);
where nothing matches it is not known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from pathlib import PurePath
from typing import Literal

import numpy as np
from msgspec import Struct, field

from sipdiag.capture.names import ring_name
from sipdiag.capture.payload import Endpoint, FileInfo
from sipdiag.media.samples import Samples
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.messages.clockfit import estimate
from sipdiag.messages.clocks import Clock, Flows, Seen
from sipdiag.messages.events import Key, branch_of, event_of

FEWEST_SHARED = 3
"""Messages that two points must share before their clocks are compared; as many packets of RTP tell as much."""
SHARE = 0.3
"""… and which part of the messages of the smaller point they must be at least."""
AGREEING = 0.8
"""Part of the shared messages that must agree on the clock …"""
AGREED_NS = 1_000_000_000
"""… to within this time: a network and a proxy need some of it."""
RETRANSMITTED_NS = 40_000_000_000
"""A message may come again for so long (64·T1, RFC 3261 §17): also in the next file of a ring."""
MOST_COMPARED = 6
"""Of so many points each is compared with each; of more, each with one."""

Place = tuple[int, int]
"""File, and interface within it."""
Near = Literal["caller", "callee"]


class CapturePoint(Struct, frozen=True):
    """A place where packets were captured."""

    files: tuple[int, ...]
    """Indices of the input files; several are a ring."""
    interface: int | None
    """Interface of the file, where it has messages of several."""
    messages: int
    copies: int
    """Of them, how many another point had captured before."""
    clock: Clock | None = Clock()
    """What its clock was ahead of that of the first point; the times are put right.  None where that is not known."""
    matched: int = 0
    """Packets shared with the point it was compared with."""
    beside: int | None = None
    """That point."""
    sees: tuple[bool, bool] = (True, True)
    """Whether messages towards the callee, and towards the caller, were captured."""
    near: Near | None = None
    """Whose end it lies nearer to, of two points."""
    trip_ns: int | None = None
    """From the point it was compared with to this one and back."""

    @property
    def clock_ns(self) -> int:
        """What the clock was ahead in the beginning; 0 where that is not known."""
        return self.clock.ahead_ns if self.clock is not None else 0

    def name(self, files: Sequence[FileInfo]) -> str:
        """``a.pcap``, ``ring_1.pcap … ring_3.pcap``, ``a.pcapng, interface eth0``."""
        names = [PurePath(files[index].path).name for index in (self.files[0], self.files[-1])]
        name = " … ".join(dict.fromkeys(names))
        if self.interface is None:
            return name
        return f"{name}, interface {files[self.files[0]].interfaces.get(self.interface, self.interface)}"


class Relation(Struct, frozen=True):
    """Two points that saw the same packets."""

    one: int
    other: int
    flows: Flows
    """The ways between two hosts, by their addresses at ``one``."""
    error_ns: int | None


class Group(Struct):
    """A point while the files are being told apart."""

    places: list[Place]
    ring: str
    end_ns: int
    clock: Clock | None = Clock()
    matched: int = 0
    beside: int | None = None
    messages: list[CapturedMessage] = field(default_factory=list)
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

    groups: list[Group] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)

    @property
    def of_place(self) -> dict[Place, int]:
        """The point of each place."""
        return {place: number for number, group in enumerate(self.groups) for place in group.places}

    @property
    def clocks(self) -> dict[int, Clock]:
        """The clock of each file that is not the first point's."""
        known = ((file, group.clock) for group in self.groups for file in group.files)
        return {file: clock for file, clock in known if clock is not None and clock != Clock()}


def locate(
    messages: Sequence[CapturedMessage], files: Sequence[FileInfo], samples: Samples | None
) -> Located:
    """The points, in the order of their first message; those that saw nothing but RTP behind them."""
    located = Located()
    places: dict[Place, list[CapturedMessage]] = {}
    for captured in messages:
        places.setdefault((captured.file, captured.point), []).append(captured)
    for place, captured_there in places.items():
        _place(located, place, captured_there, files[place[0]].path, samples, several=len(places) > 1)
    for place in samples.places if samples is not None else ():
        # A ring's RTP is all told under its first file.
        if place not in places and place not in located.of_place:
            _place(located, place, [], files[place[0]].path, samples, several=True)
    _one_clock_a_file(located.groups)
    if 2 < len(located.groups) <= MOST_COMPARED:
        _compare_others(located, samples)
    return located


def _one_clock_a_file(groups: Sequence[Group]) -> None:
    """An interface that shares nothing has the clock that its file's other interfaces tell."""
    first = set(groups[0].files) if groups else set()
    told: dict[int, Group] = {}
    for group in groups:
        for file in group.files:
            known = told.get(file)
            if known is None or (group.clock is not None and group.matched > known.matched):
                told[file] = group
    for group in groups:
        group.clock = Clock() if first & set(group.files) else told[group.files[0]].clock


def _place(
    located: Located,
    place: Place,
    captured: list[CapturedMessage],
    path: str,
    samples: Samples | None,
    *,
    several: bool,
) -> None:
    new = Group([place], ring_name(path), captured[-1].time_ns if captured else 0, messages=captured)
    if several:
        new.events = _events(captured)
    ring = _ring_of(located.groups, new, captured)
    compared = None if ring is not None else _compared(located, new, samples)
    if ring is not None:
        ring.places.append(place)
        ring.end_ns = new.end_ns
        ring.messages += captured
        for key, some in new.events.items():
            ring.events.setdefault(key, []).extend(some)
        return
    number = len(located.groups)
    located.groups.append(new)
    if compared is not None:
        other, new.matched, clock, flows = compared
        new.clock, new.beside = clock, other
        located.relations.append(Relation(other, number, flows, clock.error_ns))
    elif number:
        new.clock = None


def _events(captured: Sequence[CapturedMessage]) -> dict[Key, list[CapturedMessage]]:
    events: dict[Key, list[CapturedMessage]] = defaultdict(list)
    for one in captured:
        original = one.copy_of
        if original is None or (original.file, original.point) != (one.file, one.point):
            events[event_of(one.message)].append(one)
        # All messages are looked at here, before anything of them is needed again.
        one.message.forget()
    return dict(events)


def _ring_of(groups: Sequence[Group], new: Group, captured: Sequence[CapturedMessage]) -> Group | None:
    """The group whose files end before this one begins, and are named like it.

    Unless what both have lies further apart than a message may be sent again: then it is another clock.
    """
    ((file, interface),) = new.places
    for group in groups:
        known_file, known_interface = group.places[-1]
        if (
            captured
            and known_file != file
            and known_interface == interface
            and new.ring == group.ring
            and group.end_ns <= captured[0].time_ns
        ):
            apart = [abs(ahead) for seen in _sip(group, new) for ahead in seen.ahead_ns.tolist()]
            enough = len(apart) >= max(FEWEST_SHARED, SHARE * min(len(new.events), len(group.events)))
            if not enough or sorted(apart)[len(apart) // 2] <= RETRANSMITTED_NS:
                return group
    return None


# -- two points --------------------------------------------------------------------------------------------

_Compared = tuple[int, int, Clock, Flows]
"""The other point, packets in common, the clock and the ways."""


def _compared(located: Located, new: Group, samples: Samples | None) -> _Compared | None:
    """With the earlier point that has most in common with the new one."""
    file = new.places[0][0]
    best: _Compared | None = None
    for number, group in enumerate(located.groups):
        same = file in group.files
        seen = [*_sip_of_two(group, new), *_rtp(located, number, new, samples)]
        count = sum(len(one.reference_ns) for one in seen)
        if not count or (best is not None and count <= best[1]):
            continue
        # The interfaces of one file have one clock.
        found = estimate(seen, _first_ns(new, seen), same=same)
        if found is not None and (same or _agreed(seen, *found)):
            clock, flows = found
            best = number, count, group.right if same else clock, flows
    return best


def _first_ns(new: Group, seen: Sequence[Seen]) -> int:
    first = min(int((one.reference_ns + one.ahead_ns).min()) for one in seen)
    return min(first, new.messages[0].time_ns) if new.messages else first


def _sip_of_two(group: Group, new: Group) -> list[Seen]:
    """What both saw of SIP; nothing if that is too little to be the same call."""
    seen = _sip(group, new)
    count = sum(len(one.reference_ns) for one in seen)
    fewest = min(len(new.events), len(group.events))
    if count >= max(FEWEST_SHARED, SHARE * fewest) or (count >= FEWEST_SHARED and _overlap(group, new)):
        return seen
    return []


def _overlap(group: Group, new: Group) -> bool:
    """Both were capturing at once, by their own clocks: what they share was not sent again from one file to the next."""
    if not group.messages or not new.messages:
        return False
    first = max(group.right.right(group.messages[0].time_ns), new.messages[0].time_ns)
    last = min(group.right.right(group.messages[-1].time_ns), new.messages[-1].time_ns)
    return last - first > RETRANSMITTED_NS


def _sip(group: Group, new: Group) -> list[Seen]:
    """Messages that came once at both points: what was sent again is no measure."""
    pairs = _once(group.events, new.events)
    if len(pairs) < FEWEST_SHARED:
        # Whoever writes Call-IDs anew may leave the first Via alone.
        pairs = _once(_by_branch(group), _by_branch(new)) or pairs
    ways: dict[tuple[frozenset[str], bool], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for one, other in pairs:
        reference_ns = group.right.right(one.time_ns)
        times, ahead = ways[way(one.src, one.dst)]
        times.append(reference_ns)
        ahead.append(other.time_ns - reference_ns)
    return [
        Seen(between, forth, np.array(times, dtype=np.int64), np.array(ahead, dtype=np.int64))
        for (between, forth), (times, ahead) in ways.items()
    ]


def _once(
    some: dict[Key, list[CapturedMessage]], others: dict[Key, list[CapturedMessage]]
) -> list[tuple[CapturedMessage, CapturedMessage]]:
    pairs = []
    for key, found in some.items() if len(some) < len(others) else ((k, some.get(k, ())) for k in others):
        fellows = others.get(key, ())
        if len(found) == len(fellows) == 1 and found[0].timed and fellows[0].timed:
            pairs.append((found[0], fellows[0]))
    return pairs


def _by_branch(group: Group) -> dict[Key, list[CapturedMessage]]:
    found: dict[Key, list[CapturedMessage]] = defaultdict(list)
    for some in group.events.values():
        for one in some:
            key = branch_of(one.message)
            if key is not None:
                found[key].append(one)
            one.message.forget()
    return found


def _rtp(located: Located, number: int, new: Group, samples: Samples | None) -> list[Seen]:
    if samples is None:
        return []
    group = located.groups[number]
    group_of = dict.fromkeys(group.places, 0) | dict.fromkeys(new.places, 1)
    found = []
    for shared in samples.shared(group_of, 0, 1):
        if len(shared.one_ns) >= FEWEST_SHARED:
            reference_ns = group.right.right_all(shared.one_ns)
            between, forth = way(shared.one.src, shared.one.dst)
            found.append(Seen(between, forth, reference_ns, shared.other_ns - reference_ns))
    return found


def way(src: Host | Endpoint, dst: Host | Endpoint) -> tuple[frozenset[str], bool]:
    """Two hosts, and which of them sends; on one address (loopback) the ports tell them apart."""
    if src.address == dst.address:
        return frozenset((f"{src.address} {src.port}", f"{dst.address} {dst.port}")), src.port <= dst.port
    return frozenset((src.address, dst.address)), src.address < dst.address


def _agreed(seen: Sequence[Seen], clock: Clock, flows: Flows) -> bool:
    """Whether the packets agree on the clock: identifiers that were used again do not."""
    agreeing = count = 0
    for one in seen:
        lag_ns = flows[one.between, one.forth].lag_ns
        own_ns = one.reference_ns + one.ahead_ns
        left_ns = clock.right_all(own_ns) - one.reference_ns - lag_ns
        agreeing += int(np.count_nonzero(np.abs(left_ns) <= AGREED_NS))
        count += len(own_ns)
    return agreeing >= AGREEING * count


def _compare_others(located: Located, samples: Samples | None) -> None:
    """The ways between points that were not compared to set their clocks."""
    known = {(one.one, one.other) for one in located.relations}
    for number, group in enumerate(located.groups):
        for other in range(number + 1, len(located.groups)):
            new = located.groups[other]
            if (number, other) in known or group.clock is None or new.clock is None:
                continue
            seen = [
                Seen(
                    one.between,
                    one.forth,
                    one.reference_ns,
                    new.clock.right_all(one.reference_ns + one.ahead_ns) - one.reference_ns,
                )
                for one in (*_sip_of_two(group, new), *_rtp(located, number, new, samples))
            ]
            found = estimate(seen, 0, same=True)
            if found is not None:
                located.relations.append(Relation(number, other, found[1], _error(group, new)))


def _error(group: Group, new: Group) -> int | None:
    errors = [one.error_ns for one in (group.right, new.right)]
    return None if None in errors else sum(error for error in errors if error is not None)


def described(located: Located, messages: Sequence[CapturedMessage]) -> Iterator[CapturePoint]:
    """The points with what was found of them."""
    owner = located.of_place
    counts, copies = [0] * len(located.groups), [0] * len(located.groups)
    sees = [[False, False] for _ in located.groups]
    sides = Sides()
    ordered = {(known.one, known.other) for known in located.relations if _ordered(known)}
    near: list[Counter[Near]] = [Counter() for _ in located.groups]
    for one in messages:
        number = owner[one.file, one.point]
        counts[number] += 1
        original = one.copy_of
        copies[number] += original is not None and owner[original.file, original.point] != number
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
        interfaces = {other.places[0][1] for other in others if other.places[0][0] == group.places[0][0]}
        yield CapturePoint(
            files=group.files,
            interface=group.places[0][1] if len(interfaces) > 1 else None,
            messages=counts[number],
            copies=copies[number],
            clock=group.clock,
            matched=group.matched,
            beside=group.beside,
            sees=(sees[number][0], sees[number][1]),
            near=_nearer(near[number]),
            trip_ns=_trip_ns(located.relations, group.beside, number),
        )


def _ordered(relation: Relation) -> bool:
    """It is known which of both points packets pass first."""
    return relation.error_ns is not None and any(flow.onward for flow in relation.flows.values())


def _trip_ns(relations: Sequence[Relation], one: int | None, other: int) -> int | None:
    """The shortest of all pairs of hosts, of both ways together."""
    flows = next((known.flows for known in relations if (known.one, known.other) == (one, other)), {})
    ways: dict[Hashable, list[int]] = defaultdict(list)
    for (between, _), flow in flows.items():
        if flow.onward:
            ways[between].append(flow.lag_ns)
    return min((abs(lags[0] - lags[1]) for lags in ways.values() if len(lags) == 2), default=None)


def _nearer(votes: Counter[Near]) -> Near | None:
    """The end that most messages say; None where they do not agree: calls go both ways."""
    if not votes:
        return None
    ((side, count),) = votes.most_common(1)
    return side if count >= AGREEING * votes.total() else None


class Sides:
    """Which way a message goes, by the tag of who sent the first request of its call."""

    def __init__(self) -> None:
        self._callers: dict[str, str] = {}

    def to_callee(self, captured: CapturedMessage) -> bool | None:
        """None for what is no part of a dialog."""
        message = captured.message
        if not message.call_id or not message.from_tag:
            return None
        caller = self._callers.setdefault(message.call_id, message.from_tag)
        return (message.from_tag == caller) == message.is_request
