"""The median; the module ``statistics`` costs a small capture more than all that is asked of it here."""

from __future__ import annotations

from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """The middle of some values, or what lies between the two in the middle.

    :raises IndexError: there are none.
    """
    ascending = sorted(values)
    middle = len(ascending) // 2
    if len(ascending) % 2:
        return ascending[middle]
    return (ascending[middle - 1] + ascending[middle]) / 2
