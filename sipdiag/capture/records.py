"""A run of captured records as numpy columns over the chunk of file they lie in.

The record walkers of the file formats make :class:`Records`; everything behind them works on
offsets into :class:`Chunk` and never on a Python object per packet.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.integer]

PADDING = 256
"""Bytes that follow the data of every chunk, so that reading a header past its end stays inside."""


class Chunk:
    """Bytes of a file, seen as integers at any offset, aligned or not.

    ``data`` must end in :data:`PADDING` bytes that belong to no record.
    """

    __slots__ = ("_data", "_heads", "be16", "be32", "le16", "le32", "raw", "u8")

    def __init__(self, data: bytes | bytearray) -> None:
        self.raw = memoryview(data)
        """For slicing out payloads."""
        self._data = data
        self._heads: dict[int, npt.NDArray[np.void]] = {}
        size = len(data)
        self.u8: npt.NDArray[np.uint8] = np.frombuffer(data, dtype=np.uint8)
        self.be16 = self._at_any_offset(data, size, ">u2")
        self.be32 = self._at_any_offset(data, size, ">u4")
        self.le16 = self._at_any_offset(data, size, "<u2")
        self.le32 = self._at_any_offset(data, size, "<u4")

    def heads(self, offset: Ints, size: int) -> npt.NDArray[np.void]:
        """A copy of the ``size`` bytes (:data:`PADDING` at most) at each offset: one step instead of one a field."""
        heads = self._heads.get(size)
        if heads is None:
            count = len(self._data) - size + 1
            heads = np.ndarray(shape=(count,), dtype=f"V{size}", buffer=self._data, strides=(1,))
            self._heads[size] = heads
        return heads[offset]

    @staticmethod
    def _at_any_offset(data: bytes | bytearray, size: int, kind: str) -> npt.NDArray[np.integer]:
        dtype = np.dtype(kind)
        count = size - dtype.itemsize + 1
        return np.ndarray(shape=(count,), dtype=dtype, buffer=data, strides=(1,))

    def byte(self, offset: Ints) -> Ints:
        """Byte at each offset."""
        return self.u8[offset].astype(np.int64)

    def short(self, offset: Ints) -> Ints:
        """16 bits in network order at each offset."""
        return self.be16[offset].astype(np.int64)

    def word(self, offset: Ints) -> Ints:
        """32 bits in network order at each offset."""
        return self.be32[offset].astype(np.int64)


class Records(Struct, frozen=True):
    """Captured records as columns of equal length, in file order."""

    chunk: Chunk
    start: Ints
    """Offset of the packet's first byte in the chunk."""
    length: Ints
    """Bytes captured."""
    wire: Ints
    """Bytes the packet had on the wire."""
    time_ns: Ints
    link: Ints
    """Link type (LINKTYPE_ number) of each record."""
    point: Ints
    """Interface of a pcapng file, counted over its sections; 0 for a pcap file."""
    frame: Ints
    """Frame number in the file, from 1."""

    def take(self, rows: Ints) -> Records:
        """Some of the records."""
        return Records(
            chunk=self.chunk,
            start=self.start[rows],
            length=self.length[rows],
            wire=self.wire[rows],
            time_ns=self.time_ns[rows],
            link=self.link[rows],
            point=self.point[rows],
            frame=self.frame[rows],
        )
