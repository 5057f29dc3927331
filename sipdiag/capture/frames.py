"""Which frames the rows of a table came from.

A row is a record of the file, or a packet that was put together from several of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from sipdiag.capture.records import Ints, Records


class Frames(Struct, frozen=True):
    """Origin of the rows of a table."""

    file: int
    time_ns: Ints
    point: Ints
    number: Ints
    """The frame that completed each row."""
    groups: Sequence[tuple[int, ...]] | None = None
    """All frames of each row; None when every row is one frame."""
    captured: Ints | None = None
    """How many frames each row accounts for; None when every row is one frame."""
    records: Records | None = None
    """The records that the rows are; None when they are something else."""

    @classmethod
    def of_records(cls, records: Records, file: int) -> Frames:
        """The rows are the records."""
        return cls(file, records.time_ns, records.point, records.frame, records=records)

    def of(self, row: int) -> tuple[int, ...]:
        """Frames of a row, the one that completed it last."""
        return (int(self.number[row]),) if self.groups is None else self.groups[row]

    def each(self, rows: Ints) -> list[tuple[int, ...]]:
        """Frames of each of the rows."""
        if self.groups is None:
            return [(number,) for number in self.number[rows].tolist()]
        return [self.groups[row] for row in rows.tolist()]

    def weight(self, rows: Ints) -> Ints:
        """How many frames each of the rows accounts for."""
        return np.ones(len(rows), dtype=np.int64) if self.captured is None else self.captured[rows]

    def weight_of(self, row: int) -> int:
        """How many frames a row accounts for."""
        return 1 if self.captured is None else int(self.captured[row])
