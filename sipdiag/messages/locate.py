"""Which packets were captured at one place: one point, a ring of files of one point, or several points at once.

A call that was captured at two points is in the input twice.  Within one clock its copies lie
milliseconds apart, and reading them found that already; the clocks of two machines may differ by any
time, so what both points saw is matched first (:mod:`~sipdiag.messages.in_common`).  What each clock is ahead of
the first point's follows from both directions (:mod:`~sipdiag.messages.clockfit`); where nothing matches it is not
known.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from sipdiag.capture.names import ring_name
from sipdiag.capture.payload import FileInfo
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.clockfit import estimate
from sipdiag.messages.clocks import Clock, Flows, SeenTwice
from sipdiag.messages.events import Key, event_of
from sipdiag.messages.in_common import RETRANSMITTED_NS, beside_sip, is_enough, sip, sip_of_two
from sipdiag.messages.located import EARLIEST_NS, Located, Place, PointGroup, Relation
from sipdiag.messages.samples import Passed
from sipdiag.messages.table import column

AGREEING = 0.8
"""Part of the shared messages that must agree on the clock …"""
AGREED_NS = 1_000_000_000
"""… to within this time: a network and a proxy need some of it."""
MOST_COMPARED = 6
"""Up to this many points, each is compared with every other; beyond it, each with one."""


def locate(messages: Sequence[CapturedMessage], files: Sequence[FileInfo], passed: Passed | None) -> Located:
    """The points, in the order of their first message; logs behind captures, what saw nothing of SIP behind them."""
    located = Located()
    places = _by_place(messages)
    for place, captured_there in sorted(places.items(), key=lambda item: _rank(files[item[0][0]], item[1])):
        _place(located, place, captured_there, files[place[0]].path, passed, several=len(places) > 1)
    for place in passed.rtp.places if passed is not None else ():
        # A ring's RTP is all told under its first file.
        if place not in places and place not in located.of_place:
            _place(located, place, [], files[place[0]].path, passed, several=True)
    for place in passed.tcp.places if passed is not None else ():
        if place not in located.of_place:
            _encrypted(located, place, files[place[0]].path, passed)
    _rest_of_rings(located, files)
    _one_clock_a_file(located.groups)
    if 2 < len(located.groups) <= MOST_COMPARED:
        _compare_others(located, passed)
    return located


def _by_place(messages: Sequence[CapturedMessage]) -> dict[Place, Sequence[CapturedMessage]]:
    """The messages that were captured at each interface of each file."""
    found: dict[Place, array[int]] = {}
    places = zip(column(messages, "file"), column(messages, "point"), strict=True)
    for number, place in enumerate(places):
        found.setdefault(place, array("I")).append(number)
    if len(found) == 1:
        return dict.fromkeys(found, messages)
    return {place: [messages[number] for number in numbers] for place, numbers in found.items()}


def _rank(file: FileInfo, messages: Sequence[CapturedMessage]) -> int:
    """The first point's clock is the reference: one that tells the date, if there is one."""
    if file.log is None:
        return 0
    return 1 if messages[0].timed and messages[0].time_ns >= EARLIEST_NS else 2


def _rest_of_rings(located: Located, files: Sequence[FileInfo]) -> None:
    """Files of a ring that hold nothing that tells them apart are of the ring's point and have its clock."""
    known = {file for group in located.groups for file in group.files}
    ring = {group.ring: group for group in reversed(located.groups) if len(group.files) > 1}
    for file, info in enumerate(files):
        group = ring.get(ring_name(info.path))
        if file not in known and group is not None and info.format and info.log is None:
            group.places.append((file, group.places[0][1]))


def _one_clock_a_file(groups: Sequence[PointGroup]) -> None:
    """An interface that shares nothing has the clock that its file's other interfaces tell."""
    first = set(groups[0].files) if groups else set()
    told: dict[int, PointGroup] = {}
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
    captured: Sequence[CapturedMessage],
    path: str,
    passed: Passed | None,
    *,
    several: bool,
) -> None:
    new = PointGroup([place], ring_name(path), messages=captured)
    if several:
        new.events = _events(captured)
    ring = _ring_of(located.groups, new)
    if ring is not None:
        ring.places.append(place)
        if isinstance(ring.messages, list):  # Of a table all messages are of one place.
            ring.messages += captured
        for key, some in new.events.items():
            ring.events.setdefault(key, []).extend(some)
        return
    compared, number = _compared(located, new, passed), len(located.groups)
    located.groups.append(new)
    if compared is not None:
        other, new.matched, clock, flows = compared
        new.clock, new.beside = clock, other
        located.relations.append(Relation(other, number, flows, clock.error_ns))
    elif number:
        new.clock = None


def _encrypted(located: Located, place: Place, path: str, passed: Passed | None) -> None:
    """A place that saw TCP alone is a point if another saw the same: else there is nothing to be said of it."""
    new = PointGroup([place], ring_name(path))
    if _compared(located, new, passed) is not None:
        _place(located, place, [], path, passed, several=True)


def _events(captured: Sequence[CapturedMessage]) -> dict[Key, list[CapturedMessage]]:
    events: dict[Key, list[CapturedMessage]] = defaultdict(list)
    for one in captured:
        original = one.copy_of
        if original is None or (original.file, original.point) != (one.file, one.point):
            events[event_of(one.message)].append(one)
        # Every message is looked at here, before any of its headers is needed again.
        one.message.forget()
    return dict(events)


def _ring_of(groups: Sequence[PointGroup], new: PointGroup) -> PointGroup | None:
    """The group whose files end before this one begins and have similar names.

    Unless what both have lies further apart than a message may be sent again: then it is another clock.
    """
    ((file, interface),) = new.places
    for group in groups:
        known_file, known_interface = group.places[-1]
        if (
            new.messages
            and known_file != file
            and known_interface == interface
            and new.ring == group.ring
            and group.messages[-1].time_ns <= new.messages[0].time_ns
        ):
            apart = [abs(ahead) for seen in sip(group, new) for ahead in seen.ahead_ns.tolist()]
            if not is_enough(len(apart), group, new) or sorted(apart)[len(apart) // 2] <= RETRANSMITTED_NS:
                return group
    return None


# -- two points --------------------------------------------------------------------------------------------

_Compared = tuple[int, int, Clock, Flows]
"""The other point, packets in common, the clock and the ways."""


def _compared(located: Located, new: PointGroup, passed: Passed | None) -> _Compared | None:
    """With the earlier point that has most in common with the new one."""
    file = new.places[0][0]
    best: _Compared | None = None
    for number, group in enumerate(located.groups):
        same = file in group.files
        seen = [*sip_of_two(group, new), *beside_sip(located, number, new, passed)]
        count = sum(len(one.reference_ns) for one in seen)
        if not count or (best is not None and count <= best[1]):
            continue
        # The interfaces of one file have one clock.
        found = estimate(seen, _first_ns(new, seen), same=same)
        if found is not None and (same or _agreed(seen, *found)):
            clock, flows = found
            best = number, count, group.right if same else clock, flows
    return best


def _first_ns(new: PointGroup, seen: Sequence[SeenTwice]) -> int:
    first = min(int((one.reference_ns + one.ahead_ns).min()) for one in seen)
    return min(first, new.messages[0].time_ns) if new.messages else first


def _agreed(seen: Sequence[SeenTwice], clock: Clock, flows: Flows) -> bool:
    """Whether the packets agree on one clock; reused identifiers would not."""
    agreeing = count = 0
    for one in seen:
        lag_ns = flows[one.between, one.forth].lag_ns
        own_ns = one.reference_ns + one.ahead_ns
        left_ns = clock.right_all(own_ns) - one.reference_ns - lag_ns
        agreeing += int(np.count_nonzero(np.abs(left_ns) <= AGREED_NS))
        count += len(own_ns)
    return agreeing >= AGREEING * count


def _compare_others(located: Located, passed: Passed | None) -> None:
    """The ways between points that were not compared to set their clocks."""
    known = {(one.one, one.other) for one in located.relations}
    for number, group in enumerate(located.groups):
        for other in range(number + 1, len(located.groups)):
            new = located.groups[other]
            if (number, other) in known or group.clock is None or new.clock is None:
                continue
            seen = [
                SeenTwice(
                    one.between,
                    one.forth,
                    one.reference_ns,
                    new.clock.right_all(one.reference_ns + one.ahead_ns) - one.reference_ns,
                )
                for one in (*sip_of_two(group, new), *beside_sip(located, number, new, passed))
            ]
            found = estimate(seen, 0, same=True)
            if found is not None:
                located.relations.append(Relation(number, other, found[1], _error(group, new)))


def _error(group: PointGroup, new: PointGroup) -> int | None:
    errors = [one.error_ns for one in (group.right, new.right)]
    return None if None in errors else sum(error for error in errors if error is not None)
