"""Puts IPv4 and IPv6 fragments together (RFC 791 §3.2, RFC 8200 §4.5), bounded in memory and age.

Where fragments overlap, the first bytes count.  A datagram whose end was cut by the snap length
is handed on as far as its bytes go.
"""

from __future__ import annotations

import socket
import struct
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from operator import itemgetter

from msgspec import Struct, field

from sipdiag.capture.losses import ANYBODY, Loss, Losses
from sipdiag.capture.network import UDP_TUNNELS
from sipdiag.capture.payload import Note
from sipdiag.sip.grammar import is_start_line

MOST_BYTES = 32 * 1024 * 1024
"""Bytes of fragments held at a time; the oldest datagrams go first."""
OLDEST_NS = 30_000_000_000
"""A datagram not complete after this time never will be."""
MOST_PIECES = 1024
"""Fragments of one datagram."""
LARGEST = 65535
REMEMBERED = 4096
"""Datagrams remembered as complete, to tell late copies of their fragments."""
MOST_NOTES = 20

Key = tuple[bytes, int, int, int, int]
"""Addresses; IP version; protocol (IPv4 only); identification; capture point."""


class Fragment(Struct, frozen=True):
    """One fragment as captured."""

    key: Key
    version: int
    header: bytes
    """The IP header, options included; of IPv6 the fixed header, its next header already that behind."""
    offset: int
    """Bytes from the beginning of the datagram's payload."""
    data: bytes
    size: int
    """Bytes of payload on the wire; more than ``data`` holds when the snap length cut it."""
    more: bool
    """Whether further fragments follow."""
    time_ns: int
    file: int
    frames: tuple[int, ...]
    """Frames it came from; several when the fragment itself had been put together."""
    captured: int
    """Frames it accounts for, copies included."""


class Datagram(Struct, frozen=True):
    """A datagram put together: an IP packet without fragmentation."""

    packet: bytes
    wire: int
    """Bytes the packet had on the wire."""
    frames: tuple[int, ...]
    """Frames of the file of the completing one that gave bytes; that one is the last."""
    captured: int
    """Frames this datagram accounts for, copies included."""
    time_ns: int
    point: int


class _Partial(Struct):
    """An incomplete datagram."""

    started_ns: int
    pieces: list[Fragment] = field(default_factory=list)
    sizes: dict[int, set[int]] = field(default_factory=dict)
    """Sizes of the pieces there are, by offset."""
    covered: list[tuple[int, int]] = field(default_factory=list)
    """Where there are bytes: ranges in order, none touching another."""
    copies: int = 0
    total: int | None = None
    """Bytes of the whole payload, known once the last fragment came."""
    held: int = 0

    def captured(self) -> int:
        return self.copies + sum(piece.captured for piece in self.pieces)

    def has(self, offset: int, size: int) -> bool:
        """Whether a piece of this place and size came before."""
        return size in self.sizes.get(offset, ())

    def add(self, piece: Fragment) -> None:
        """Take a piece; each range of bytes is merged once."""
        self.pieces.append(piece)
        self.held += len(piece.data)
        self.sizes.setdefault(piece.offset, set()).add(piece.size)
        begin, end = piece.offset, piece.offset + piece.size
        first = bisect_left(self.covered, begin, key=itemgetter(1))
        last = bisect_right(self.covered, end, key=itemgetter(0))
        if first < last:
            begin, end = min(begin, self.covered[first][0]), max(end, self.covered[last - 1][1])
        self.covered[first:last] = [(begin, end)]

    def covers_all(self) -> bool:
        if self.total is None or not self.covered:
            return False
        begin, end = self.covered[0]
        return begin == 0 and end >= self.total


class Reassembly(Struct):
    """The fragments of one lane."""

    counts: dict[str, int]
    """Where frames that never become a datagram are counted, by reason."""
    losses: Losses = field(default_factory=Losses)
    _partial: OrderedDict[Key, _Partial] = field(default_factory=OrderedDict)
    _complete: OrderedDict[Key, None] = field(default_factory=OrderedDict)
    _held: int = 0
    _lost: int = 0

    def add(self, fragment: Fragment, notes: list[Note]) -> Datagram | None:
        """Take a fragment; the datagram it completes, if it does."""
        self._expire(fragment.time_ns, notes)
        partial = self._partial.get(fragment.key)
        if partial is None:
            partial = self._partial[fragment.key] = _Partial(fragment.time_ns)
        if partial.has(fragment.offset, fragment.size):
            partial.copies += fragment.captured
            return None
        end = fragment.offset + fragment.size
        if end > LARGEST or len(partial.pieces) >= MOST_PIECES:
            self._count("damaged IP fragment", fragment.captured)
            return None
        partial.add(fragment)
        self._held += len(fragment.data)
        if not fragment.more and partial.total is None:
            partial.total = end
        if not partial.covers_all():
            return None
        self._forget(fragment.key)
        self._complete[fragment.key] = None
        if len(self._complete) > REMEMBERED:
            self._complete.popitem(last=False)
        return _joined(partial, fragment)

    def finish(self, notes: list[Note]) -> None:
        """No more fragments will come."""
        while self._partial:
            self._give_up(next(iter(self._partial)), notes)
        if self._lost > MOST_NOTES:
            notes.append(
                Note(
                    "ip-fragment",
                    f"{self._lost} fragmented datagrams in all are incomplete; the first {MOST_NOTES} were named.",
                )
            )

    def _expire(self, now_ns: int, notes: list[Note]) -> None:
        while self._partial:
            key, oldest = next(iter(self._partial.items()))
            if now_ns - oldest.started_ns <= OLDEST_NS and self._held <= MOST_BYTES:
                return
            self._give_up(key, notes)

    def _forget(self, key: Key) -> _Partial:
        partial = self._partial.pop(key)
        self._held -= partial.held
        return partial

    def _give_up(self, key: Key, notes: list[Note]) -> None:
        partial = self._forget(key)
        version = key[1]
        number = partial.captured()
        if key in self._complete:
            self._count(f"IPv{version} fragment captured twice", number)
            return
        self._count(f"IPv{version} fragment without the rest", number)
        self._lost += 1
        if partial.pieces and (loss := _loss(partial)) is not None:
            self.losses.add(loss)
        if self._lost <= MOST_NOTES and partial.pieces:
            notes.append(_missing(partial, version))

    def _count(self, reason: str, number: int) -> None:
        if number:
            self.counts[reason] = self.counts.get(reason, 0) + number


_UDP = 17
_TUNNEL_PROTOCOLS = frozenset((4, 41, 47))
_TUNNEL_PORTS = frozenset(port for port, _ in UDP_TUNNELS)


def _loss(partial: _Partial) -> Loss | None:
    """What an incomplete datagram may have carried; None if it was not SIP.

    A TCP segment that is missing shows as a hole in its stream.
    """
    pieces = partial.pieces
    header, version = pieces[0].header, pieces[0].version
    protocol = header[9] if version == 4 else header[6]
    begin = next((piece.data for piece in pieces if piece.offset == 0), b"")
    tunnelled = protocol in _TUNNEL_PROTOCOLS
    if protocol == _UDP and len(begin) >= 4:
        ports = {int.from_bytes(begin[at : at + 2], "big") for at in (0, 2)}
        tunnelled = not _TUNNEL_PORTS.isdisjoint(ports)
        if not tunnelled and not is_start_line(begin[8:]):
            return None
    if protocol != _UDP and not tunnelled:
        return None
    addresses = (header[12:16], header[16:20]) if version == 4 else (header[8:24], header[24:40])
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    hosts = frozenset(socket.inet_ntop(family, address) for address in addresses)
    return Loss(
        kind="fragment",
        hosts=ANYBODY if tunnelled else hosts,
        since_ns=min(piece.time_ns for piece in pieces),
        until_ns=max(piece.time_ns for piece in pieces),
        file=pieces[0].file,
        frame=pieces[0].frames[-1],
        transport=None if tunnelled else "UDP",
    )


def _missing(partial: _Partial, version: int) -> Note:
    pieces = partial.pieces
    shown = ", ".join(str(piece.frames[-1]) for piece in pieces[:10]) + (", …" if len(pieces) > 10 else "")
    there = sum(piece.size for piece in pieces)
    whole = f"of {partial.total} bytes" if partial.total is not None else "of unknown length"
    first = "" if any(piece.offset == 0 for piece in pieces) else "; its first fragment is missing too"
    plural = "s" if len(pieces) > 1 else ""
    return Note(
        "ip-fragment",
        f"An IPv{version} datagram {whole} is incomplete: only {there} bytes were captured "
        f"(frame{plural} {shown}){first}. Its content is not analysed.",
        file=pieces[0].file,
        frame=pieces[0].frames[-1],
    )


def _joined(partial: _Partial, last: Fragment) -> Datagram:
    assert partial.total is not None
    payload = bytearray()
    pieces = sorted(partial.pieces, key=lambda piece: piece.offset)
    for piece in pieces:
        if piece.offset > len(payload):
            break
        payload += piece.data[len(payload) - piece.offset :]
    del payload[partial.total :]
    header = pieces[0].header
    packet = _header(pieces[0].version, header, partial.total) + payload
    frames = {number for piece in pieces if piece.file == last.file for number in piece.frames}
    completing = last.frames[-1]
    return Datagram(
        packet=packet,
        wire=len(header) + partial.total,
        frames=(*sorted(frames - {completing}), completing),
        captured=partial.captured(),
        time_ns=last.time_ns,
        point=last.key[4],
    )


def _header(version: int, header: bytes, size: int) -> bytes:
    """The header of the whole datagram; a length that has no room is 0, as with offloading."""
    if version == 4:
        total = len(header) + size
        length = struct.pack(">H", total if total <= LARGEST else 0)
        return header[:2] + length + header[4:6] + b"\x00\x00" + header[8:]
    return header[:4] + struct.pack(">H", size) + header[6:]
