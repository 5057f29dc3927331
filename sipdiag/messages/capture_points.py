"""Where the messages were captured: one point, a ring of files of one point, or several points at once.

A call that was captured at two points is in the input twice.  Within one clock its copies lie
milliseconds apart, and reading them found that already; the clocks of two machines may differ by any
time, so what both points saw is matched first, and the times of the later point are put right by what
its clock is off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from statistics import median

from msgspec import Struct, field
from msgspec.structs import replace

from sipdiag.capture.payload import FileInfo, Note
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.messages.intake import COPY_WINDOW_NS
from sipdiag.messages.untimed import Event, event_of

FEWEST_SHARED = 3
"""Messages that two points must share before their clocks are compared."""
SHARE = 0.3
"""… and which part of the messages of the smaller point they must be at least."""
AGREEING = 0.8
"""Part of the shared messages that must agree on the difference of the clocks …"""
LONGEST_ERROR_NS = 86_400_000_000_000
"""A clock that is off by more than a day is that of a log without dates."""
AGREED_NS = 1_000_000_000
"""… to within this time: a network and a proxy need some of it."""
RETRANSMITTED_NS = 40_000_000_000
"""A message may come again for so long (64·T1, RFC 3261 §17): also in the next file of a ring."""

_Place = tuple[int, int]
"""File, and interface within it."""


class CapturePoint(Struct, frozen=True):
    """A place where messages were captured."""

    files: tuple[int, ...]
    """Indices of the input files; several are a ring."""
    interface: int | None
    """Interface of the file, where it has messages of several."""
    messages: int
    copies: int
    """Of them, how many another point had captured before."""
    clock_ns: int
    """What the clock was ahead of that of the first point; the times of the messages are put right."""

    def name(self, files: Sequence[FileInfo]) -> str:
        """``a.pcap``, ``ring_1.pcap … ring_3.pcap``, ``a.pcapng, interface eth0``."""
        names = [PurePath(files[index].path).name for index in (self.files[0], self.files[-1])]
        name = " … ".join(dict.fromkeys(names))
        if self.interface is None:
            return name
        return f"{name}, interface {files[self.files[0]].interfaces.get(self.interface, self.interface)}"


class _Group(Struct):
    """A point while the files are being told apart."""

    places: list[_Place]
    pattern: str
    end_ns: int
    clock_ns: int = 0
    events: dict[Event, int] = field(default_factory=dict)
    """When each was seen first, by the clock of the first point."""


def recognise(
    messages: list[CapturedMessage], files: Sequence[FileInfo]
) -> tuple[list[CapturedMessage], tuple[CapturePoint, ...]]:
    """The messages in the order of the right time, copies marked; and the points, by first message."""
    known = {(captured.file, captured.point) for captured in messages}
    if len(known) < 2:
        return messages, tuple(CapturePoint((file,), None, len(messages), 0, 0) for file, _ in known)
    places: dict[_Place, list[CapturedMessage]] = {}
    for captured in messages:
        places.setdefault((captured.file, captured.point), []).append(captured)
    groups = _grouped(places, files)
    # What a log and a capture both have was not seen together before.
    if any(group.clock_ns for group in groups) or any(file.log is not None for file in files):
        messages = _put_right(messages, {place: group.clock_ns for group in groups for place in group.places})
    return messages, tuple(_described(groups, messages))


def _grouped(places: dict[_Place, list[CapturedMessage]], files: Sequence[FileInfo]) -> list[_Group]:
    groups: list[_Group] = []
    for place, captured in places.items():
        events = _events(captured)
        pattern = _pattern(files[place[0]].path)
        shared = _shared_clock(groups, events) if _other_file(groups, place) else None
        first_ns, last_ns = captured[0].time_ns, captured[-1].time_ns
        ring = _ring(groups, place, pattern, first_ns, shared)
        clock_ns = ring.clock_ns if ring is not None else (shared or 0)
        if ring is None:
            ring = _Group([], pattern, 0, clock_ns if abs(clock_ns) > COPY_WINDOW_NS // 2 else 0)
            groups.append(ring)
        ring.places.append(place)
        ring.end_ns = last_ns
        for event, time_ns in events.items():
            ring.events.setdefault(event, time_ns - ring.clock_ns)
    return groups


def _other_file(groups: Sequence[_Group], place: _Place) -> bool:
    """Whether anything is known of another file: the interfaces of one file have one clock."""
    return any(known[0] != place[0] for group in groups for known in group.places)


def _ring(
    groups: Sequence[_Group], place: _Place, pattern: str, first_ns: int, shared: int | None
) -> _Group | None:
    """The group whose files end before this one begins, and are named like it."""
    if shared is not None and abs(shared) > RETRANSMITTED_NS:
        return None
    for group in groups:
        known, interface = group.places[-1]
        if (
            known != place[0]
            and interface == place[1]
            and pattern == group.pattern
            and group.end_ns <= first_ns
        ):
            return group
    return None


def _pattern(path: str) -> str:
    """A file's name without its numbers, which count the files of a ring."""
    pure = PurePath(path)
    return f"{pure.parent}/{re.sub(r'[0-9_]+', '', pure.name)}"


def _events(captured: Sequence[CapturedMessage]) -> dict[Event, int]:
    events: dict[Event, int] = {}
    for one in captured:
        events.setdefault(event_of(one.message), one.time_ns)
        # All messages are looked at here, before anything of them is needed again.
        one.message.forget()
    return events


def _shared_clock(groups: Sequence[_Group], events: dict[Event, int]) -> int | None:
    """What the clock of these messages is ahead of the others; None when they are not the same messages."""
    for group in groups:
        differences = [
            time_ns - group.events[event] for event, time_ns in events.items() if event in group.events
        ]
        if len(differences) < max(FEWEST_SHARED, SHARE * min(len(events), len(group.events))):
            continue
        middle = int(median(differences))
        agreeing = sum(abs(difference - middle) <= AGREED_NS for difference in differences)
        if agreeing >= AGREEING * len(differences):
            return middle
    return None


def _put_right(messages: Sequence[CapturedMessage], clocks: dict[_Place, int]) -> list[CapturedMessage]:
    """The messages by the clock of the first point, copies told anew."""
    moved = [replace(one, time_ns=one.time_ns - clocks[one.file, one.point]) for one in messages]
    moved.sort(key=lambda one: one.time_ns)
    latest: dict[tuple[Host, Host, bytes], CapturedMessage] = {}
    result: list[CapturedMessage] = []
    for one in moved:
        key = (one.src, one.dst, one.message.raw)
        first = latest.get(key)
        if first is not None and one.time_ns - first.time_ns <= COPY_WINDOW_NS:
            result.append(replace(one, copy_of=first, message=first.message))
            continue
        latest[key] = replace(one, copy_of=None)
        result.append(latest[key])
    return result


def _described(groups: Sequence[_Group], messages: Sequence[CapturedMessage]) -> Iterator[CapturePoint]:
    owner = {place: number for number, group in enumerate(groups) for place in group.places}
    counts, copies = [0] * len(groups), [0] * len(groups)
    for one in messages:
        number = owner[one.file, one.point]
        counts[number] += 1
        original = one.copy_of
        copies[number] += original is not None and owner[original.file, original.point] != number
    for number, group in enumerate(groups):
        interfaces = {other.places[0][1] for other in groups if other.places[0][0] == group.places[0][0]}
        yield CapturePoint(
            files=tuple(sorted({file for file, _ in group.places})),
            interface=group.places[0][1] if len(interfaces) > 1 else None,
            messages=counts[number],
            copies=copies[number],
            clock_ns=group.clock_ns,
        )


def notes(points: Sequence[CapturePoint], files: Sequence[FileInfo]) -> list[Note]:
    """What the reader must know of several points: nothing, unless they saw the same messages."""
    found: list[Note] = []
    for point in points[1:]:
        text = ""
        if point.copies:
            text = (
                f"The same messages were captured at several points: of the {point.messages} at "
                f"{point.name(files)}, {point.copies} had been captured at {points[0].name(files)} or "
                "another point before; they are counted once."
            )
        if point.clock_ns:
            ahead = "ahead of" if point.clock_ns > 0 else "behind"
            text += (
                f" {point.name(files)} prints no date; its times were put right by the messages that it shares "
                f"with {points[0].name(files)}."
                if abs(point.clock_ns) > LONGEST_ERROR_NS
                else f" The clock of {point.name(files)} is {abs(point.clock_ns) / 1e9:.3f} s {ahead} that of "
                f"{points[0].name(files)}; its times were put right."
            )
        if text:
            found.append(Note("capture-points", text.strip(), file=point.files[0]))
    return found
