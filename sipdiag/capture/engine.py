"""Which lane reads what: our own, tshark's, or ours with what only tshark can decrypt.

Our own lanes always walk the files: they count the frames, find the RTP and tell the damage.
With ``tshark`` all SIP is what tshark found; with ``auto`` only SIP inside TLS is, and only where
there are keys for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sipdiag.capture.convert import readable
from sipdiag.capture.inputs import STDIN
from sipdiag.capture.payload import Accounting, Batch, CaptureError, FileInfo, Note, Payload
from sipdiag.capture.source import Progress, Trouble, has_keys, read, read_one

if TYPE_CHECKING:
    from sipdiag.capture.tshark import Request

Engine = Literal["auto", "native", "tshark"]
ENGINES: tuple[Engine, ...] = ("auto", "native", "tshark")


@dataclass(frozen=True, slots=True)
class Choice:
    """How the captures are to be read."""

    engine: Engine = "auto"
    keylog: str | None = None
    """File with TLS secrets (``SSLKEYLOGFILE``) for the captures that have none inside."""

    def check(self) -> None:
        """Refuse what cannot be.

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
) -> Iterator[Batch]:
    """As :func:`sipdiag.capture.source.read`, with the engine and the keys of ``choice``."""
    choice.check()
    if choice.engine == "native":
        yield from read(paths, accounting, files, on_progress=on_progress, on_error=on_error)
        return
    with readable(paths, files) as instead:
        yield from _read_with(choice, instead, accounting, files, on_progress, on_error)


def _read_with(
    choice: Choice,
    paths: Sequence[str],
    accounting: Accounting,
    files: list[FileInfo],
    on_progress: Progress | None,
    on_error: Trouble | None,
) -> Iterator[Batch]:
    notes: list[Note] = []
    asked = _requests(choice, paths, notes)
    payloads = _from_tshark(asked, notes)
    batches = read(paths, accounting, files, on_progress=on_progress, on_error=on_error)
    if choice.engine == "tshark":
        batches = (replace(batch, payloads=()) for batch in batches)
    if notes:
        yield Batch((), notes=tuple(notes))
    yield from _merged(batches, deque(payloads))
    if choice.engine == "tshark":
        _recount(accounting, payloads)
    elif payloads:
        _count_decrypted(accounting, payloads)
    unused = [index for index, file in enumerate(files) if file.keys]
    if accounting.encrypted and unused and not asked and not notes:
        text = "The capture holds TLS keys, but a pipe can be read only once; save it to a file to have it decrypted."
        yield Batch((), notes=(Note("keys-unused", text, file=unused[0]),))


def _requests(choice: Choice, paths: Sequence[str], notes: list[Note]) -> list[Request]:
    """What tshark is asked for; nothing, if our own lanes read everything there is."""
    needed = choice.engine == "tshark" or choice.keylog is not None
    wanted = [index for index, path in enumerate(paths) if needed or has_keys(path)]
    if not wanted:
        return []
    # Imported only now: asyncio, which it needs, takes a while to load.
    from sipdiag.capture.tshark import ALL_SIP, SIP_IN_TLS, Request, unavailable

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
            asked.append(Request(paths[index], index, which, choice.keylog, tuple(sorted(ports))))
    return asked


def _tls_ports(path: str) -> set[int] | None:
    """Where the capture has TLS that may be SIP's; None when it cannot be read, which is reported later."""
    if path == STDIN:
        raise CaptureError("tshark cannot read a pipe here; save it to a file first (`cat > call.pcap`)")
    accounting = Accounting()
    try:
        for _ in read_one(path, 0, accounting, FileInfo(path=path, format="")):
            pass
    except CaptureError:
        return None
    return accounting.tls_ports | {server.port for _, server in accounting.encrypted}


def _from_tshark(requests: Sequence[Request], notes: list[Note]) -> list[Payload]:
    """What tshark answers, in the order of time."""
    if not requests:
        return []
    from sipdiag.capture.tshark import payloads

    found = [payload for request in requests for payload in payloads(request, notes)]
    return sorted(found, key=lambda payload: (payload.time_ns, payload.file, payload.frames[-1]))


def _merged(batches: Iterable[Batch], payloads: deque[Payload]) -> Iterator[Batch]:
    """The batches with the payloads, which are in the order of time, put in their places."""
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
    return len({(payload.file, frame) for payload in payloads for frame in payload.frames})


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
    for reason in sorted(accounting.undecoded, key=accounting.undecoded.__getitem__):
        if accounting.other >= 0:
            break
        # tshark decoded what we could not.
        moved = min(-accounting.other, accounting.undecoded[reason])
        accounting.other += moved
        accounting.undecoded[reason] -= moved
        if not accounting.undecoded[reason]:
            del accounting.undecoded[reason]
    _forget_encrypted(accounting, payloads)


def _forget_encrypted(accounting: Accounting, payloads: Iterable[Payload]) -> None:
    for payload in payloads:
        if payload.transport in ("TLS", "WS"):
            accounting.encrypted.pop((payload.src, payload.dst), None)
            accounting.encrypted.pop((payload.dst, payload.src), None)
