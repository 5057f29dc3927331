"""Recognises file formats by their first bytes and starts the walk through their records."""

from __future__ import annotations

from typing import Protocol

from sipdiag.capture.annotations import Annotations
from sipdiag.capture.damage import Damage
from sipdiag.capture.inputs import Input, NoCaptureError
from sipdiag.capture.payload import CaptureError
from sipdiag.capture.pcap import GLOBAL_HEADER, VARIANTS, PcapWalker
from sipdiag.capture.pcapng import PcapngWalker
from sipdiag.capture.pcapng_blocks import BYTE_ORDERS, MAGIC
from sipdiag.capture.records import Chunk, Records

FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"snoop\x00\x00\x00", "a snoop capture"),
    (b"GMBU", "a Microsoft Network Monitor capture"),
    (b"RTSS", "a Microsoft Network Monitor capture"),
    (b"TRSNIFF data", "a Sniffer capture"),
    (b"XCP\x00", "a NetXRay capture"),
)
"""Captures that are not read, but that Wireshark's editcap converts."""

ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
)


class Walker(Protocol):
    """What finds the records of a file in its bytes."""

    header: int
    """Bytes before the first record."""
    damage: Damage
    frames: int
    annotations: Annotations
    """What the file carries besides packets, as far as it was read."""

    @property
    def format(self) -> str:
        """Name for :class:`~sipdiag.capture.payload.FileInfo`."""

    def walk(self, chunk: Chunk, begin: int, end: int, base: int, last: bool) -> tuple[list[Records], int]:
        """Records that lie wholly within ``begin:end``; and the offset where the next walk starts.

        ``base`` is the place of the chunk in the file, for notes; ``last`` tells that no more
        bytes will come.
        """


def begin(source: Input, file: int) -> Walker:
    """The walker for this input; raises :class:`CaptureError` when it is no capture."""
    head, path = source.head, source.stored.path
    if head[:4] in VARIANTS:
        if len(head) < GLOBAL_HEADER:
            raise CaptureError(
                f"{path}: ends at byte {len(head)}, within the pcap header of {GLOBAL_HEADER} bytes; "
                "capture or copy it again"
            )
        return PcapWalker.begin(head, file)
    if head.startswith(MAGIC) and head[8:12] in BYTE_ORDERS:
        return PcapngWalker(Damage(file, "block"))
    raise _why_not(path, head)


def _why_not(path: str, head: bytes) -> CaptureError:
    if not head:
        return CaptureError(
            f"{path}: is empty (0 bytes), not even a capture header was written; capture it again"
        )
    for magic, name in FOREIGN:
        if head.startswith(magic):
            return CaptureError(
                f"{path}: is {name}, which is not read; convert it with `editcap -F pcapng IN OUT`"
            )
    for magic, name in ARCHIVES:
        if head.startswith(magic):
            return NoCaptureError(f"{path}: is not a capture file (this is {name}; unpack it first)")
    shown = head[:16]
    text = shown.decode("ascii", "replace")
    seen = repr(text) if text.isprintable() or text.strip().isprintable() else shown.hex(" ")
    return NoCaptureError(
        f"{path}: is not a capture file: begins with {seen} at byte 0 where a pcap or pcapng header was expected"
    )
