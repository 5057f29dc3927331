"""Identifiers that look random and are not: every one is a hash of the scenario's seed and of what it names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

_PLACE = re.compile(r"%(\d+)([wWxdab])")
_ALPHABETS = {
    "w": "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789",
    "W": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "x": "0123456789abcdef",
    "d": "0123456789",
    "a": "abcdefghijklmnopqrstuvwxyz0123456789",
    "b": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
}


class Tokens:
    """Source of identifiers for one scenario."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def _bytes(self, name: tuple[object, ...]) -> Iterator[int]:
        block = 0
        while True:
            yield from hashlib.sha256(repr((self._seed, name, block)).encode()).digest()
            block += 1

    def pattern(self, pattern: str, *name: object) -> str:
        """``pattern`` with ``%12w`` and the like filled in (w, b letters and digits; x hex; d digits; a, W one case)."""
        source = self._bytes(name)

        def fill(match: re.Match[str]) -> str:
            alphabet = _ALPHABETS[match.group(2)]
            return "".join(alphabet[next(source) % len(alphabet)] for _ in range(int(match.group(1))))

        return _PLACE.sub(fill, pattern)

    def number(self, low: int, high: int, *name: object) -> int:
        """A number from ``low`` to ``high``, both included."""
        source = self._bytes(name)
        value = int.from_bytes(bytes(next(source) for _ in range(6)), "big")
        return low + value % (high - low + 1)
