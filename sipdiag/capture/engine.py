"""Which lane reads what: ours, tshark's, or ours plus what only tshark can decrypt.

Our own lanes always walk the files: they count the frames, find the RTP and tell the damage.
With ``tshark`` all SIP is what tshark found; with ``auto`` only SIP inside TLS is, where there are
keys for it, and SIP of link types that nobody but tshark knows.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.capture.convert import readable
from sipdiag.capture.inputs import STDIN
from sipdiag.capture.payload import Accounting, Batch, CaptureError, FileInfo, Note, Payload
from sipdiag.capture.source import Progress, Trouble, has_keys, read, read_one

if TYPE_CHECKING:
    from sipdiag.capture.tshark import DecodeRequest

Engine = Literal["auto", "native", "tshark"]
ENGINES: tuple[Engine, ...] = ("auto", "native", "tshark")

_UNKNOWN_LINK = re.compile(r"link type (?:[12]?\d?\d|30\d)")
"""Reason for which frames are not decoded when neither our lane nor scapy knows their link type.

Higher numbers are not registered (LINKTYPE_ list of tcpdump.org): nobody knows them.
"""


class Choice(Struct, frozen=True):
    """How the captures are to be read."""

    engine: Engine = "auto"
    keylog: str | None = None
    """File with TLS secrets (``SSLKEYLOGFILE``) for the captures that have none inside."""
    log_format: str | None = None
    """Name of the form to take text logs for; None to have it recognised."""

    def check(self) -> None:
        """Refuse impossible choices.

        :raises CaptureError: the key log file is missing, or an engine was chosen that cannot use it.
        """
        if self.keylog is None:
            return
        if not Path(self.keylog).is_file():
            raise CaptureError(f"{self.keylog}: no such file; --keylog expects a TLS key log file")
        if self.engine == "native":
            raise CaptureError("--keylog needs tshark to decrypt; leave out --engine native")


def read_with(
    choice: Choice,
    paths: Sequence[str],
    accounting: Accounting,
    files: list[FileInfo],
    *,
    on_progress: Progress | None = None,
    on_error: Trouble | None = None,
    jobs: int = 1,
) -> Iterator[Batch]:
    """As :func:`sipdiag.capture.source.read`, with the engine and the keys of ``choice``."""
    choice.check()
    if choice.engine == "native":
        yield from read(paths, accounting, files, on_progress=on_progress, on_error=on_error, jobs=jobs)
        return
    with readable(paths, files) as instead:
        yield from _read_with(choice, instead, accounting, files, on_progress, on_error, jobs)


def _read_with(
    choice: Choice,
    paths: Sequence[str],
    accounting: Accounting,
    files: list[FileInfo],
    on_progress: Progress | None,
    on_error: Trouble | None,
    jobs: int,
) -> Iterator[Batch]:
    notes: list[Note] = []
    asked = _requests(choice, paths, notes)
    payloads = _from_tshark(asked, notes)
    batches = read(paths, accounting, files, on_progress=on_progress, on_error=on_error, jobs=jobs)
    if choice.engine == "tshark":
        batches = (replace(batch, payloads=()) for batch in batches)
    if notes:
        yield Batch((), notes=tuple(notes))
    yield from _merged(batches, deque(payloads))
    if choice.engine == "tshark":
        _recount(accounting, payloads)
        return
    if payloads:
        _count_decrypted(accounting, payloads)
    told = {request.file for request in asked} | {note.file for note in notes if note.code == "keys-unused"}
    yield from _keys_found_late(paths, accounting, files, told)
    yield from _unknown_links(paths, accounting, files)


def _keys_found_late(
    paths: Sequence[str], accounting: Accounting, files: Sequence[FileInfo], told: set[int | None]
) -> Iterator[Batch]:
    """SIP inside TLS whose keys stand so far behind that only reading the whole file finds them."""
    wanted = [index for index, file in enumerate(files) if file.keys and index not in told]
    if not accounting.encrypted or not wanted:
        return
    ports = tuple(sorted(accounting.tls_ports | {server.port for _, server in accounting.encrypted}))
    for index in wanted:
        reason = _cannot_ask(paths[index])
        if reason is not None:
            text = f"The capture holds TLS keys, but SIP inside TLS stays unread: {reason}."
            yield Batch((), notes=(Note("keys-unused", text, file=index),))
            continue
        from sipdiag.capture.tshark import SIP_IN_TLS, DecodeRequest

        notes: list[Note] = []
        payloads = _from_tshark([DecodeRequest(paths[index], index, SIP_IN_TLS, None, ports)], notes)
        _count_decrypted(accounting, payloads)
        yield Batch(tuple(payloads), notes=tuple(notes))


def _unknown_links(
    paths: Sequence[str], accounting: Accounting, files: Sequence[FileInfo]
) -> Iterator[Batch]:
    """SIP in frames of link types that only tshark may know."""
    unknown = {reason for reason in accounting.undecoded if _UNKNOWN_LINK.fullmatch(reason)}
    for index, file in enumerate(files):
        links = sorted(unknown.intersection(accounting.undecoded, file.link_types))
        if not links:
            continue
        reason = _cannot_ask(paths[index])
        if reason is not None:
            text = f"Frames of {', '.join(links)} were not decoded; tshark would be asked, but {reason}."
            yield Batch((), notes=(Note("tshark", text, file=index),))
            continue
        from sipdiag.capture.tshark import ALL_SIP, DecodeRequest

        notes: list[Note] = []
        ours = _frames_of_sip(paths[index])
        answered = _from_tshark([DecodeRequest(paths[index], index, ALL_SIP)], notes)
        payloads = [payload for payload in answered if ours.isdisjoint(payload.position.numbers)]
        _count_decoded(accounting, _frames(payloads), links)
        yield Batch(tuple(payloads), notes=tuple(notes))


def _cannot_ask(path: str) -> str | None:
    """Why tshark cannot be asked about a file; None when it can."""
    if not Path(path).is_file():
        return "a pipe can be read only once; save it to a file"
    # Imported only now: asyncio, which it needs, takes a while to load.
    from sipdiag.capture.tshark import unavailable

    return unavailable()


def _frames_of_sip(path: str) -> set[int]:
    """Frames in which our own lanes find SIP."""
    batches = read_one(path, 0, Accounting(), FileInfo(path=path, format=""))
    return {frame for batch in batches for payload in batch.payloads for frame in payload.position.numbers}


def _requests(choice: Choice, paths: Sequence[str], notes: list[Note]) -> list[DecodeRequest]:
    """The request to tshark; None if our own lanes read everything there is."""
    needed = choice.engine == "tshark" or choice.keylog is not None
    wanted = [index for index, path in enumerate(paths) if needed or has_keys(path)]
    if not wanted:
        return []
    # Imported only now: asyncio, which it needs, takes a while to load.
    from sipdiag.capture.tshark import ALL_SIP, SIP_IN_TLS, DecodeRequest, unavailable

    reason = unavailable()
    if reason is not None:
        if needed:
            raise CaptureError(reason)
        unread = f"The capture holds TLS keys, but SIP inside TLS stays unread: {reason}."
        notes.append(Note("keys-unused", unread, file=wanted[0]))
        return []
    which = ALL_SIP if choice.engine == "tshark" else SIP_IN_TLS
    asked = []
    for index in wanted:
        ports = _tls_ports(paths[index])
        if ports is not None and (ports or which == ALL_SIP):
            asked.append(DecodeRequest(paths[index], index, which, choice.keylog, tuple(sorted(ports))))
    return asked


def _tls_ports(path: str) -> set[int] | None:
    """Where the capture has TLS that may be SIP's; None when it cannot be read, which is reported later."""
    if path == STDIN or Path(path).is_fifo():
        raise CaptureError(f"{path}: tshark cannot read a pipe; save it to a file first (cat > call.pcap)")
    accounting = Accounting()
    try:
        for _ in read_one(path, 0, accounting, FileInfo(path=path, format="")):
            pass
    except CaptureError:
        return None
    return accounting.tls_ports | {server.port for _, server in accounting.encrypted}


def _from_tshark(requests: Sequence[DecodeRequest], notes: list[Note]) -> list[Payload]:
    """What tshark answers, in the order of time."""
    if not requests:
        return []
    from sipdiag.capture.tshark import payloads

    found = [payload for request in requests for payload in payloads(request, notes)]
    return sorted(found, key=lambda payload: (payload.time_ns, payload.file, payload.position.number))


def _merged(batches: Iterable[Batch], payloads: deque[Payload]) -> Iterator[Batch]:
    """The batches, with the payloads (ordered by time) inserted where they belong."""
    for batch in batches:
        together: list[Payload] = []
        for payload in batch.payloads:
            while payloads and payloads[0].time_ns <= payload.time_ns:
                together.append(payloads.popleft())
            together.append(payload)
        yield replace(batch, payloads=tuple(together)) if together else batch
    if payloads:
        yield Batch(tuple(payloads))


def _frames(payloads: Iterable[Payload]) -> int:
    return len({(payload.file, frame) for payload in payloads for frame in payload.position.numbers})


def _count_decrypted(accounting: Accounting, payloads: Sequence[Payload]) -> None:
    """Frames whose SIP was decrypted were counted as other traffic, their connections as unreadable."""
    found = min(_frames(payloads), accounting.other)
    accounting.other -= found
    accounting.sip += found
    _forget_encrypted(accounting, payloads)


def _recount(accounting: Accounting, payloads: Sequence[Payload]) -> None:
    """Count what tshark found to be SIP instead of what we did."""
    more = _frames(payloads) - accounting.sip
    accounting.sip += more
    accounting.other -= more
    if accounting.other < 0:
        # tshark decoded what we could not.
        reasons = sorted(accounting.undecoded, key=accounting.undecoded.__getitem__)
        accounting.other += _taken(accounting, -accounting.other, reasons)
    _forget_encrypted(accounting, payloads)


def _count_decoded(accounting: Accounting, frames: int, reasons: Sequence[str]) -> None:
    """Count as SIP what tshark decoded of frames that were put down as not decoded."""
    accounting.sip += _taken(accounting, frames, reasons)


def _taken(accounting: Accounting, frames: int, reasons: Sequence[str]) -> int:
    """Take up to this many frames off these reasons; returns how many there were."""
    left = frames
    for reason in reasons:
        moved = min(left, accounting.undecoded[reason])
        left -= moved
        accounting.undecoded[reason] -= moved
        if not accounting.undecoded[reason]:
            del accounting.undecoded[reason]
    return frames - left


def _forget_encrypted(accounting: Accounting, payloads: Iterable[Payload]) -> None:
    for payload in payloads:
        if payload.transport in ("TLS", "WS"):
            accounting.encrypted.pop((payload.src, payload.dst), None)
            accounting.encrypted.pop((payload.dst, payload.src), None)
