"""What the reader must know of several capture points: where they lie, their clocks, what happens between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sipdiag.capture.payload import FileInfo, Note
from sipdiag.messages.capture_points import CapturePoint
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.changes import Changes, changes

LOOKED_AT = 200
"""Messages in which changes are looked for."""
UNTOLD = frozenset({"Content-Length"})
"""Headers that follow from others."""


def notes(
    points: Sequence[CapturePoint], files: Sequence[FileInfo], messages: Iterable[CapturedMessage]
) -> list[Note]:
    """One note on each further point, nothing unless it has something to do with another one."""
    found = [
        Note("capture-points", " ".join(_told(points, number, files, messages)), file=point.files[0])
        for number, point in enumerate(points)
        if point.beside is not None
    ]
    lonely = [point for point in points[1:] if point.clock is None and point.times != "none"]
    if lonely and len({point.files[0] for point in points}) > 1:
        names = ", ".join(point.name(files) for point in lonely)
        text = (
            f"No packet of {names} was captured at {points[0].name(files)} as well: what its clock is ahead of the "
            "others is unknown, and its times stand as they were written."
        )
        found.append(Note("capture-clock-unknown", text, file=lonely[0].files[0]))
    return found


def _told(
    points: Sequence[CapturePoint],
    number: int,
    files: Sequence[FileInfo],
    messages: Iterable[CapturedMessage],
) -> Iterator[str]:
    point = points[number]
    assert point.beside is not None
    beside = points[point.beside]
    names = beside.name(files), point.name(files)
    yield f"Two capture points: {_placed(beside, files)} and {_placed(point, files)}."
    if point.copies or beside.copies:
        count = point.copies + beside.copies
        yield f"{count} SIP messages were captured at both; they are counted once."
    yield _clock(point, names)
    if beside.messages and point.messages and not _shared(point.beside, number, messages):
        yield (
            "No SIP message is the same at both: what lies between them writes its own (an SBC or B2BUA). "
            "Their RTP is the same, so that the legs are joined by it."
        )
    yield from _between(point.beside, number, messages)


def _shared(one: int, other: int, messages: Iterable[CapturedMessage]) -> bool:
    return any(not {one, other} - set(captured.seen_at) for captured in messages)


def _placed(point: CapturePoint, files: Sequence[FileInfo]) -> str:
    near = {"caller": " (near the caller)", "callee": " (near the called party)"}
    return point.name(files) + (near[point.near] if point.near else "")


def _clock(point: CapturePoint, names: tuple[str, str]) -> str:
    clock = point.clock
    matched = f"{point.matched:,} matched packets"
    if point.times == "none":
        return f"{names[1]} prints no times; its messages have those that {names[0]} gives them."
    if clock is None or point.ahead_ns is None:
        return f"What the clock of {names[1]} is ahead of that of {names[0]} is unknown."
    ahead = "ahead of" if point.ahead_ns > 0 else "behind"
    whose = f"The clock of {names[1]}"
    if point.times == "time of day":
        whose = f"{names[1]} prints no date or no year, and its time of day"
    off = f"{whose} is {abs(point.ahead_ns) / 1e9:.3f} s {ahead} that of {names[0]}"
    if clock.error_ns is None:
        return (
            f"{off} or less: the {matched} all went one way, so that the time they took is part of it. "
            "Its times were corrected by it."
        )
    error = f"±{clock.error_ns / 1e9:.3f} s, {matched}"
    if abs(point.ahead_ns) <= clock.error_ns and len(clock.pieces) == 1 and not clock.drift_ppm:
        return f"Their clocks agree ({error})."
    steps = "".join(f"; it was set by {step / 1e9:+.3f} s on the way" for step in clock.steps_ns)
    drift = clock.drift_ppm or 0.0
    gaining = (
        f", {'gaining' if drift > 0 else 'losing'} {abs(drift) / 1000:.2g} ms a second"
        if abs(drift) >= 1
        else ""
    )
    trip = f" The round trip between them takes {point.trip_ns / 1e6:.0f} ms." if point.trip_ns else ""
    return f"{off} ({error}){gaining}{steps}; its times were corrected.{trip}"


def _between(one: int, other: int, messages: Iterable[CapturedMessage]) -> Iterator[str]:
    """What was done to requests and to responses on their way."""
    told: set[str] = set()
    looked = 0
    for captured in messages:
        if captured.passed is None or {one, other} - set(captured.seen_at):
            continue
        looked += 1
        if looked > LOOKED_AT:
            break
        found = changes(captured)
        for text in _worded(found, captured) if found is not None else ():
            if text not in told:
                told.add(text)
                yield text


def _worded(found: Changes, captured: CapturedMessage) -> Iterator[str]:
    if not captured.message.is_request or captured.message.to_tag:
        return  # The first request shows what is done to all.
    for was, now in found.addresses:
        yield f"Between them {was} becomes {now} (NAT)."
    added, removed, changed = (
        [name for name in names if name not in UNTOLD]
        for names in (found.added, found.removed, found.changed)
    )
    parts = [
        f"{verb} {', '.join(names)}"
        for verb, names in (("adds", added), ("takes off", removed), ("changes", changed))
        if names
    ]
    if parts:
        who = f"the proxy {found.hop}" if found.hop else "what lies between"
        yield f"Between them {who} {', '.join(parts)} ({captured.message.method})."
