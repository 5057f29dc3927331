"""The first and last messages of a flooded call: what a report has room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sipdiag.calls.model import Leg, LegMessage

MESSAGES = 2_000
"""Messages of one call, over all its legs, that a report lists: the first and the last thousand."""


def extract(legs: Sequence[Leg], most: int = MESSAGES) -> list[Sequence[LegMessage]]:
    """The messages of each leg that are among the call's first and last ``most / 2``, in capture order."""
    if sum(len(leg.messages) for leg in legs) <= most:
        return [leg.messages for leg in legs]
    order = sorted(
        (item.captured.time_ns, number, place)
        for number, leg in enumerate(legs)
        for place, item in enumerate(leg.messages)
    )
    kept: list[list[int]] = [[] for _ in legs]
    for _, number, place in (*order[: most // 2], *order[len(order) - most // 2 :]):
        kept[number].append(place)
    return [[leg.messages[place] for place in places] for leg, places in zip(legs, kept, strict=True)]
