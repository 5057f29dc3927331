"""Keyed replacement of values by others of the same shape.

Every replacement is a permutation of all values of that shape: two values never become one, the same
value always becomes the same, none stays itself, and nothing need be remembered to keep it so.
"""

from __future__ import annotations

import hashlib
import string

ROUNDS = 6
LARGEST = 1 << 100
"""Beyond that many values of a shape a keyed hash cannot collide in practice, and is faster."""
_SHORTEST_HEX = 8
_HEX = frozenset("0123456789abcdef")
_HEX_DIGITS = "0123456789abcdef"


class Permuter:
    """Permutations chosen by a key."""

    def __init__(self, key: bytes) -> None:
        """``key``: any bytes; the same key gives the same replacements."""
        self._key = hashlib.blake2b(key, digest_size=32).digest()
        self._tokens: dict[str, str] = {}

    def shift(self, value: int, size: int, label: str) -> int:
        """The value that takes the place of ``value`` among ``range(size)``.

        Repeated, it runs through all values before it comes back to the first.
        """
        if size < 2:
            return value
        return self._walk((self._walk(value, size, label, 1) + 1) % size, size, label, -1)

    def offset(self, size: int) -> int:
        """A number from 1 to ``size`` - 1 that depends on the key alone."""
        return 1 + self._hash(0, size, "offset") % (size - 1)

    def token(self, text: str) -> str:
        """Letters by letters and digits by digits, case and everything else kept; of hex digits, hex digits."""
        known = self._tokens.get(text)
        if known is None:
            known = self._tokens[text] = self._replace(text)
        return known

    def _walk(self, value: int, size: int, label: str, direction: int) -> int:
        """A permutation of a power of four, followed until it is back inside ``range(size)``."""
        half = ((size - 1).bit_length() + 1) // 2
        while True:
            value = self._feistel(value, half, label, direction)
            if value < size:
                return value

    def _feistel(self, value: int, half: int, label: str, direction: int) -> int:
        mask = (1 << half) - 1
        left, right = value >> half, value & mask
        for number in range(ROUNDS)[::direction]:
            if direction > 0:
                left, right = right, left ^ (self._hash(number, right, label) & mask)
            else:
                left, right = right ^ (self._hash(number, left, label) & mask), left
        return left << half | right

    def _hash(self, number: int, value: int, label: str) -> int:
        data = f"{label}:{number}:{value:x}".encode()
        return int.from_bytes(hashlib.blake2b(data, key=self._key, digest_size=16).digest())

    def _replace(self, text: str) -> str:
        lower = "".join(c.lower() if c.isascii() else c for c in text)
        if not lower.strip("0-"):
            # Nil UUIDs and the like mean "none".
            return text
        alphabets = _alphabets(text, lower)
        size = 1
        for alphabet in alphabets:
            size *= len(alphabet) or 1
            if size > LARGEST:
                break
        if size > LARGEST or not lower.isascii():
            replaced = self._hashed(lower, alphabets)
        else:
            replaced = self._permuted(lower, alphabets, size)
            if not replaced.strip("0-"):
                # Nil stays nil: whoever would become it becomes what comes after it.
                replaced = self._permuted(replaced, alphabets, size)
        every = text.isupper()
        return "".join(
            new.upper() if old.isupper() or every else new for old, new in zip(text, replaced, strict=True)
        )

    def _permuted(self, lower: str, alphabets: list[str], size: int) -> str:
        value = 0
        for character, alphabet in zip(lower, alphabets, strict=True):
            if alphabet:
                value = value * len(alphabet) + alphabet.index(character)
        shape = "".join(
            character if not a else str(len(a))[0] for character, a in zip(lower, alphabets, strict=True)
        )
        value = self.shift(value, size, f"token {shape}")
        replaced = []
        for character, alphabet in zip(reversed(lower), reversed(alphabets), strict=True):
            if alphabet:
                value, index = divmod(value, len(alphabet))
                replaced.append(alphabet[index])
            else:
                replaced.append(character)
        return "".join(reversed(replaced))

    def _hashed(self, lower: str, alphabets: list[str]) -> str:
        stream = hashlib.shake_256(self._key + lower.encode("utf-8", "surrogatepass")).digest(2 * len(lower))
        return "".join(
            alphabet[(stream[2 * at] << 8 | stream[2 * at + 1]) % len(alphabet)] if alphabet else character
            for at, (character, alphabet) in enumerate(zip(lower, alphabets, strict=True))
        )


def _alphabets(text: str, lower: str) -> list[str]:
    """What may stand at each place; empty where the character stays."""
    alnum = [character for character in lower if character.isalnum()]
    one_case = text in (lower, text.upper())
    if one_case and len(alnum) >= _SHORTEST_HEX and _HEX.issuperset(alnum) and not "".join(alnum).isdigit():
        return [_HEX_DIGITS if character in _HEX else "" for character in lower]
    return [_alphabet(character) for character in lower]


def _alphabet(character: str) -> str:
    if "0" <= character <= "9":
        return string.digits
    # The half of a surrogate pair is a byte that is no UTF-8, and a letter in some other encoding.
    is_letter = character.isalnum() or "\ud800" <= character <= "\udfff"
    return string.ascii_lowercase if is_letter else ""
