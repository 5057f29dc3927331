"""A log in the form a capture lane yields: payloads in order, with what is known about them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from sipdiag.capture.payload import CaptureError, Endpoint, Payload, Remark
from sipdiag.logs.clock import Kind, LogClock
from sipdiag.logs.ends import EndFinder
from sipdiag.logs.form import Form
from sipdiag.logs.forms import BY_NAME
from sipdiag.logs.hints import hint
from sipdiag.logs.reader import LogContents, read_log
from sipdiag.logs.source import Bytes, Text
from sipdiag.logs.stamps import Stamp
from sipdiag.position import Line

LOGGED_TWICE_NS = 200_000_000
"""Sender and receiver in one program log a message both, within this time."""


class Trace(Struct):
    """What a log holds."""

    form: Form
    payloads: list[Payload]
    """In the order of the file; a line for a frame."""
    times: Kind
    votes: dict[str, int] = field(default_factory=dict)
    own: dict[str, Endpoint] = field(default_factory=dict)
    """Own address by transport, where the log does not print it."""
    how: dict[str, str] = field(default_factory=dict)
    """How it was told: ``the top Via of the first request it sent, line 120``."""
    names: dict[str, str] = field(default_factory=dict)
    """Names by the address that stands for each."""
    altered: list[int] = field(default_factory=list)
    """Lines of messages whose Content-Length did not fit the text."""
    headless: int = 0
    """Start lines without a message."""
    hint: str | None = None
    """How to get messages into such a log, where it has none."""
    wrapped: bool = False
    """Each line of the file held lines of the log: JSON, or escaped by syslog."""


def read_trace(source: Bytes, file: int, wanted: str | None = None) -> Trace:
    """The messages of a log; ``file`` is its number in the payloads, ``wanted`` the name of a form.

    :raises CaptureError: no form has that name.
    """
    if wanted is not None and wanted not in BY_NAME:
        raise CaptureError(f"no log format is named {wanted!r}; known: {', '.join(sorted(BY_NAME))}")
    text = Text(source)
    found = read_log(text, BY_NAME[wanted] if wanted is not None else None)
    ends = EndFinder(one_peer=found.form.one_peer)
    for entry in found.entries:
        ends.learn(entry.told, entry.data, entry.transport, entry.line)
    trace = Trace(
        form=found.form,
        payloads=[],
        times="none",
        votes=dict(found.votes.most_common()),
        altered=[entry.line for entry in found.entries if entry.announced is not None],
        headless=found.headless,
        hint=None if found.entries else hint(text.beginning),
        wrapped=text.wrapped,
    )
    hops = [ends.resolve(entry.told, entry.data, entry.transport) for entry in found.entries]
    clock = LogClock(timed=_are_timed(found))
    trace.payloads = list(_payloads(found, hops, clock, file))
    trace.times = clock.kind
    trace.names = ends.names
    for transport, (hop, how) in sorted(ends.own.items()):
        trace.own[transport], trace.how[transport] = ends.endpoint(hop, transport), how
    return trace


def _are_timed(found: LogContents) -> bool:
    """Whether most messages have a time; a few times in a log without are of no use."""
    stamped = sum(1 for entry in found.entries if entry.stamp is not None)
    return stamped * 2 > len(found.entries)


def _payloads(
    found: LogContents, hops: list[tuple[Endpoint, Endpoint]], clock: LogClock, file: int
) -> Iterator[Payload]:
    stamps = _filled([entry.stamp for entry in found.entries])
    mates: dict[tuple[object, ...], tuple[str | None, int]] = {}
    for entry, (src, dst), stamp in zip(found.entries, hops, stamps, strict=True):
        key = (entry.data, src, dst)
        time_ns = clock.at(stamp, entry.data, (src, dst))
        if entry.told.src is not None and entry.told.way is not None:
            mate = mates.get(key)
            if mate is not None and mate[0] != entry.told.way and abs(time_ns - mate[1]) <= LOGGED_TWICE_NS:
                time_ns = mate[1]
                del mates[key]
            else:
                mates[key] = entry.told.way, time_ns
        yield Payload(
            time_ns=time_ns,
            position=Line(file, entry.line),
            src=src,
            dst=dst,
            transport=entry.transport,
            data=entry.data,
            timed=clock.timed,
            remarks=tuple(Remark(Line(file, line), text) for line, text in entry.remarks),
        )


def _filled(stamps: list[Stamp | None]) -> list[Stamp | None]:
    """Each missing time is that of the message behind, or of the last that has one."""
    result = list(stamps)
    known: Stamp | None = None
    for place in range(len(result) - 1, -1, -1):
        known = result[place] = result[place] or known
    last: Stamp | None = None
    for place, stamp in enumerate(result):
        last = result[place] = stamp or last
    return result
