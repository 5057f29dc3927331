"""Inputs that are no captures but texts: read as logs, and what the reader of a report must know of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.capture.inputs import Input, NoCaptureError
from sipdiag.capture.payload import Accounting, FileInfo, LogInfo, Note, host_text
from sipdiag.capture.source import Progress

if TYPE_CHECKING:
    from sipdiag.logs.trace import Trace

LINES_NAMED = 10


class _Watched(Struct):
    """An input that tells how far it was read."""

    source: Input
    on_progress: Progress | None

    def fill(self, view: memoryview) -> int:
        got = self.source.fill(view)
        if self.on_progress is not None:
            self.on_progress(self.source.stored.taken, self.source.stored.size)
        return got


def read_text(
    error: NoCaptureError,
    index: int,
    info: FileInfo,
    accounting: Accounting,
    *,
    form: str | None,
    on_progress: Progress | None = None,
) -> Trace:
    """The messages of the input that was found to be no capture; ``info`` and ``accounting`` are completed.

    :raises NoCaptureError: it is no text either.
    :raises sipdiag.capture.payload.CaptureError: it cannot be read, or there is no such ``form``.
    """
    # Most inputs are captures, and never need the forms of all logs.
    from sipdiag.logs.source import is_text
    from sipdiag.logs.trace import read_trace

    source = error.source or Input(info.path)
    try:
        if not is_text(source.head):
            raise error
        trace = read_trace(_Watched(source, on_progress), index, form)
        source.drain()
    finally:
        source.close()
    info.format = " ".join(filter(None, (source.compression, f"log ({trace.form.title})")))
    info.log = LogInfo(trace.form.name, trace.times, trace.votes, trace.own)
    info.names = trace.names
    info.packets = len(trace.payloads)
    info.sha256, info.bytes = source.stored.sha256, source.stored.taken
    _count(trace, accounting)
    return trace


def _count(trace: Trace, accounting: Accounting) -> None:
    accounting.seen += len(trace.payloads)
    accounting.sip += len(trace.payloads)
    if trace.hint is not None:
        accounting.untraced.append(trace.hint)
    if trace.times != "none":
        times = [payload.time_ns for payload in trace.payloads]
        accounting.first_ns = min(times + ([accounting.first_ns] if accounting.first_ns is not None else []))
        accounting.last_ns = max(times + ([accounting.last_ns] if accounting.last_ns is not None else []))


def notes(trace: Trace, index: int, name: str) -> Iterator[Note]:
    """What a log lacks, and what was put in its place."""
    from sipdiag.logs.ends import UNKNOWN

    if not trace.payloads:
        return
    own = "; ".join(
        f"{transport} {host_text(end)}, {trace.how[transport]}" for transport, end in trace.own.items()
    )
    if own:
        text = f"{name} does not print the address of the program that wrote it; taken to be its own: {own}."
        yield Note("log-own-address", text, file=index)
    elif any(UNKNOWN in (payload.src.address, payload.dst.address) for payload in trace.payloads):
        text = f"{name} does not tell the address of the program that wrote it; {UNKNOWN} stands for it."
        yield Note("log-own-address", text, file=index)
    if trace.times == "none":
        text = (
            f"{name} has no times: durations are unknown, messages stand in the order of the file, and a timer "
            "has run out only where all its repeats are logged."
        )
        yield Note("log-times", text, file=index)
    elif trace.times == "time of day":
        yield Note("log-times", f"{name} prints the time of day without a date.", file=index)
    if trace.names:
        known = list(trace.names.items())
        shown = ", ".join(f"{address} for {host}" for address, host in known[:LINES_NAMED])
        text = f"{name} names hosts without their addresses; addresses that belong to nobody stand for them: {shown}."
        yield Note("log-names", text, file=index)
    if trace.altered:
        lines = ", ".join(map(str, trace.altered[:LINES_NAMED]))
        what = "1 message has" if len(trace.altered) == 1 else f"{len(trace.altered)} messages have"
        text = (
            f"In {name} {what} a body that is not as long as Content-Length says (line {lines}); "
            "what the log holds is used: the log lost the rest, not the network."
        )
        yield Note("log-bodies", text, file=index, line=trace.altered[0])
