"""RTP of many calls at once, as ready pcap records in numpy arrays."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from benchmarks import wire
from benchmarks.sip import Call

TICK_US = 20_000
_VOICE = 160


class Streams:
    """Both RTP streams of the calls that talk; every 20 ms each gives a record."""

    def __init__(self, *, tunnelled: bool) -> None:
        self._tunnelled = tunnelled
        self._before_inner = 50 if tunnelled else 0
        self._rows: list[tuple[int, npt.NDArray[np.uint8]]] = []
        self._templates: npt.NDArray[np.uint8] | None = None

    def start(self, call: Call) -> None:
        """Begin both streams of ``call``."""
        for index, (src, dst) in enumerate((call.media, call.media[::-1])):
            header = struct.pack(">BBHII", 0x80, 0, 0, 0, 0x10000000 + 2 * call.number + index)
            packet = wire.udp(src, dst, header + bytes([0xFF]) * _VOICE)
            if self._tunnelled:
                packet = wire.vxlan(wire.ETHERNET + packet)
            row = np.frombuffer(wire.record(0, packet), np.uint8).copy()
            self._rows.append((call.media_to_us, row))
        self._templates = None

    def tick(self, time_us: int) -> bytes:
        """One record of each stream that still talks."""
        alive = [row for row in self._rows if row[0] > time_us]
        if len(alive) != len(self._rows) or self._templates is None:
            self._rows, self._templates = alive, None
        if not alive:
            return b""
        if self._templates is None:
            self._templates = np.stack([row for _, row in alive])
        block = self._templates.copy()
        seconds, micros = divmod(time_us, 1_000_000)
        stamp = struct.pack("<II", wire.START_S + seconds, micros)
        block[:, :8] = np.frombuffer(stamp, np.uint8)
        count = time_us // TICK_US
        numbers = struct.pack(">HI", count & 0xFFFF, (count * _VOICE) & 0xFFFFFFFF)
        rtp = 16 + 14 + self._before_inner + 28
        block[:, rtp + 2 : rtp + 8] = np.frombuffer(numbers, np.uint8)
        return block.tobytes()
