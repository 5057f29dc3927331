"""Numbers the flows of a run as their packets are met: the sources of RTP, the directions of TCP connections.

Flows are told apart in two steps: in a lane, a column at a time, by a 64-bit key of their packets; over all lanes, once
for each key, by what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np

from sipdiag.capture.records import Ints

LEFT_OUT = -1
"""Number of the flows beyond the bound."""
MOST_KEYS = 400_000
"""Keys that a lane remembers; it begins anew when it has so many."""

Flow = TypeVar("Flow", bound=Hashable)


class Numbers(Generic[Flow]):
    """Numbers flows over all lanes of a run, in the order in which they are first met."""

    def __init__(self, most: int, alike: Callable[[Flow], Hashable] = lambda flow: flow) -> None:
        """At most so many flows; two are one if ``alike`` gives the same for both."""
        self._most = most
        self.flows: list[Flow] = []
        self._alike = alike
        self._numbers: dict[Hashable, int] = {}

    def of(self, flow: Flow) -> int:
        """Number of a flow; :data:`LEFT_OUT` for one too many."""
        key = self._alike(flow)
        number = self._numbers.get(key)
        if number is None:
            if len(self.flows) >= self._most:
                return LEFT_OUT
            number = self._numbers[key] = len(self.flows)
            self.flows.append(flow)
        return number


class Keyed(Generic[Flow]):
    """The numbers of one lane's flows by the keys of their packets."""

    def __init__(self, numbers: Numbers[Flow]) -> None:
        self._numbers = numbers
        self._known: dict[int, int] = {}

    def of(self, keys: Ints, flow_at: Callable[[int], Flow]) -> tuple[Ints, Ints]:
        """The number of each packet's flow, and the places where each is met first; ``flow_at`` reads the one at a place."""
        distinct, first, which = np.unique(keys, return_index=True, return_inverse=True)
        numbers = np.empty(len(distinct), dtype=np.int64)
        for index in np.argsort(first).tolist():
            key = int(distinct[index])
            number = self._known.get(key)
            if number is None:
                number = self._numbers.of(flow_at(int(first[index])))
                if len(self._known) >= MOST_KEYS:
                    self._known.clear()
                self._known[key] = number
            numbers[index] = number
        return numbers[which], first
