"""Columns that grow, and the groups of a sorted column."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Number = TypeVar("Number", np.int64, np.float64)
NEVER = np.iinfo(np.int64).max
"""Before anything was seen, where the lowest counts."""


class Groups(Struct, frozen=True):
    """Rows brought together by a key, the order within each key kept."""

    order: Ints
    """The rows, sorted."""
    key: Ints
    """Of each group."""
    start: Ints
    """Place of each group's first row."""
    size: Ints
    of: Ints
    """The group of each sorted row."""

    @classmethod
    def by(cls, key: Ints) -> Groups:
        """The groups of rows with the same key; there is at least one row."""
        lowest = int(key.min())
        near = int(key.max()) - lowest < 1 << 16
        # Sixteen bits are sorted by counting.
        order = np.argsort((key - lowest).astype(np.uint16) if near else key, kind="stable")
        ordered = key[order]
        changed = ordered[1:] != ordered[:-1]
        start = np.concatenate(([0], np.flatnonzero(changed) + 1))
        size = np.diff(np.append(start, len(key)))
        return cls(order, ordered[start], start, size, np.repeat(np.arange(len(start)), size))

    @property
    def last(self) -> Ints:
        """Place of each group's last row."""
        return self.start + self.size - 1

    def before(self, column: Ints, first: Ints) -> Ints:
        """What stands in the row before, within the group; ``first`` is before a group's first row."""
        previous = np.empty_like(column)
        previous[1:] = column[:-1]
        previous[self.start] = first
        return previous

    def highest(self, column: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """The highest value of each group."""
        result: npt.NDArray[Number] = np.maximum.reduceat(column, self.start)
        return result

    def lowest(self, column: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """The lowest value of each group."""
        result: npt.NDArray[Number] = np.minimum.reduceat(column, self.start)
        return result

    def total(self, column: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """The sum of each group."""
        result: npt.NDArray[Number] = np.add.reduceat(column, self.start)
        return result


def distinct(ascending: Ints) -> Ints:
    """The values of a sorted column; for them alone ``np.unique`` would import all of ``numpy.ma``."""
    found: Ints = ascending[np.diff(ascending, prepend=-1) != 0]
    return found


def grown(column: npt.NDArray[Number], size: int, fill: int = 0) -> npt.NDArray[Number]:
    """The column with room for ``size`` rows, and for as many again: a row at a time would be quadratic."""
    if size <= len(column):
        return column
    result: npt.NDArray[Number] = np.pad(column, (0, 2 * size - len(column)), constant_values=fill)
    return result


class Columns:
    """Columns by name that grow together."""

    def __init__(self, *zeros: str, **others: int) -> None:
        self._fill = dict.fromkeys(zeros, 0) | others
        self._columns: dict[str, Ints] = {name: np.zeros(0, dtype=np.int64) for name in self._fill}

    def __getitem__(self, name: str) -> Ints:
        return self._columns[name]

    def grow(self, count: int) -> None:
        for name, fill in self._fill.items():
            self._columns[name] = grown(self._columns[name], count, fill)
