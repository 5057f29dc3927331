"""Pseudonyms of telephone numbers: numbers of the same country and kind that ring nobody.

``+1 415 555 2671``, ``14155552671`` and ``4155552671`` are one number, told by their last digits.  It is
understood once, from whichever form names its country, and gets one pseudonym of the same length; each
form then gets as many digits of the pseudonym's end as it has of the number's.  What stands before them
(exit code, leading 0, a 9 for an outside line) stays, because form and length decide what a carrier does.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from itertools import islice

from sipdiag.knowledge.numbers import home_region, parse_number
from sipdiag.redaction.permute import Permuter
from sipdiag.redaction.pool import Pool, code_of, is_somebodys

SHORTEST = 7
"""Digits; fewer are an extension, a short code or a menu's digit."""
LONGEST = 18
"""Digits; more than an exit code and 15 digits are no telephone number."""
SEPARATORS = re.compile(r"[-.()\s]+")
DIALLED = re.compile(r"\+?[0-9]+\Z")
_ALIKE = 9
"""Numbers with as many last digits in common are taken for one, however they are written."""
_NORTH_AMERICAN = re.compile(r"[2-9][0-9]{9}\Z")
_TRUNK = re.compile(r"0[1-9][0-9]{7,}\Z")
_TAILS = (7, 6, 4)
"""Digits to replace of what is no known country's: fewer where none else of its kind shares more of it."""
_MOST_STEPS = 8
_MOST_FORMS = 8
_MOST_HOMES = 4
_LONGEST_PREFIX = 4
"""Digits: 9011 is an outside line and an exit code."""
_FOR_ALL = frozenset(
    ["112", "911", "999", "000", "110", "933", "988", *(f"{first}11" for first in range(2, 9))]
)
"""Emergency numbers and services that everybody has."""


def dialled(text: str) -> str | None:
    """The digits, with their plus sign, of text that is a number and nothing else."""
    plain = SEPARATORS.sub("", text)
    return plain if DIALLED.match(plain) else None


class Numbers:
    """Maps numbers to numbers of the same kind."""

    def __init__(self, permuter: Permuter) -> None:
        self._permuter = permuter
        self._pool = Pool(permuter)
        self._forms: dict[str, set[str]] = {}
        """Last digits → forms in which the number was met."""
        self._keys: dict[str, str] = {}
        """The seven last digits of a number → all that are known of it, up to nine."""
        self._regions: Counter[str] = Counter()
        self._homes: tuple[str | None, ...] | None = None
        self._pairs: dict[str, tuple[str, str]] = {}
        """Last digits → the number and its pseudonym, both as long as can be."""
        self._taken: set[str] = set()
        """Last digits of pseudonyms, and of the numbers that were met."""
        self._short_ones: dict[str, str] = {}

    def learn(self, number: str) -> None:
        """Take note of a form of a number, so that its pseudonym suits all its forms."""
        digits = number.lstrip("+")
        if not SHORTEST <= len(digits) <= LONGEST:
            return
        forms = self._forms.setdefault(digits[-_ALIKE:], set())
        if number in forms or len(forms) >= _MOST_FORMS:
            return
        forms.add(number)
        self._taken.add(digits[-_ALIKE:])
        if len(digits) >= _ALIKE:
            self._keys.setdefault(digits[-SHORTEST:], digits[-_ALIKE:])
        region = home_region(number)
        if region is not None:
            self._regions[region] += 1

    def mask(self, text: str) -> str:
        """``text`` with its digits replaced; plus sign and separators stay."""
        digits = "".join(c for c in text if "0" <= c <= "9")
        new = iter(self.replaced(digits, plus=text.lstrip().startswith("+")))
        return "".join(next(new) if "0" <= c <= "9" else c for c in text)

    def replaced(self, digits: str, *, plus: bool = False) -> str:
        """As many other digits."""
        if len(digits) < SHORTEST:
            return self._short(digits)
        if len(digits) > LONGEST:
            return self._permuter.token(digits)
        self._settle()
        key = self._key(digits)
        pair = self._pairs.get(key) or self._pair(key, {"+" + digits if plus else digits})
        return self._rewritten(digits, *pair)

    def search(self, text: str) -> str | None:
        """What a number, or its last digits, have become; None if no such number was replaced."""
        digits = (dialled(text) or "").lstrip("+")
        if len(digits) < SHORTEST:
            return None
        for number, pseudonym in self._pairs.values():
            if number.endswith(digits[-_ALIKE:]) or digits.endswith(number[-_ALIKE:]):
                return text[: len(text) - len(digits)] + self._rewritten(digits, number, pseudonym)
        return None

    def _key(self, digits: str) -> str:
        """Last digits by which a number is known, though some forms may lack the first of them."""
        if len(digits) >= _ALIKE:
            return digits[-_ALIKE:]
        longer = self._keys.get(digits[-SHORTEST:])
        return longer if longer is not None and longer.endswith(digits) else digits

    def _settle(self) -> None:
        """Find the pseudonyms of all numbers learnt, in an order that their order in the capture does not decide."""
        forms, self._forms = self._forms, {}
        for key in sorted(forms, key=lambda key: hashlib.blake2b(key.encode()).digest()):
            if self._key(key) == key and key not in self._pairs:
                self._pair(key, forms[key])

    def _pair(self, key: str, forms: Iterable[str]) -> tuple[str, str]:
        number, code = self._understood(sorted(forms))
        wanted = {form: self._signature(form) for form in sorted(forms)}
        unlike = ""
        self._taken.add(key)
        for pseudonym in self._candidates(number, code):
            if self._is_taken(pseudonym) or (code and is_somebodys(pseudonym)):
                continue
            if all(
                self._signature(self._reformed(form, number, pseudonym)) == signature
                for form, signature in wanted.items()
            ):
                break
            # Where countries share a code, that nobody has the number counts for more than which country it is.
            unlike = unlike or pseudonym
        else:
            pseudonym = unlike or pseudonym
        self._taken.add(pseudonym[-_ALIKE:])
        self._pairs[key] = number, pseudonym
        return number, pseudonym

    def _is_taken(self, pseudonym: str) -> bool:
        """Whether readers would take it for another number of the capture, or for another's pseudonym."""
        return pseudonym[-_ALIKE:] in self._taken

    def _understood(self, forms: list[str]) -> tuple[str, str]:
        """The number with its country code, and that code; of a number without one, as much as is known, and ""."""
        found = [
            number
            for home in self._dialled_from()
            for form in forms
            if (number := parse_number(form, home)) is not None and number.e164 is not None
        ]
        best = next((number for number in found if number.planned), found[0] if found else None)
        digits = max((form.lstrip("+") for form in forms), key=len)
        if best is not None and best.e164 is not None:
            digits = best.e164.lstrip("+")
        elif _NORTH_AMERICAN.match(digits):
            # Nobody says which country it is, but ten such digits are dialled nowhere else.
            digits = "1" + digits
        else:
            return digits, ""
        return digits, code_of(digits)

    def _candidates(self, number: str, code: str) -> Iterator[str]:
        """Pseudonyms of the same length, the best first; the last one has to do."""
        if code:
            yield from self._pool.candidates(number)
        elif _TRUNK.match(number):
            yield from islice(self._pool.zeros(number[:1], len(number) - 1), _MOST_STEPS)
        for size in (len(number) - len(code) - 1, *_TAILS):
            if 0 < size <= len(number):
                value = int(number[-size:])
                for _ in range(_MOST_STEPS):
                    value = self._permuter.shift(value, 10**size, f"number {size}")
                    yield number[:-size] + str(value).zfill(size)

    def _reformed(self, form: str, number: str, pseudonym: str) -> str:
        plus = form[: len(form) - len(form.lstrip("+"))]
        return plus + self._rewritten(form.lstrip("+"), number, pseudonym)

    def _rewritten(self, digits: str, number: str, pseudonym: str) -> str:
        """The digits with their end, as far as it is the number's, taken from its pseudonym."""
        pairs = enumerate(zip(reversed(digits), reversed(number), strict=False))
        size = next((at for at, (one, other) in pairs if one != other), min(len(digits), len(number)))
        prefix = digits[: len(digits) - size]
        if len(prefix) > _LONGEST_PREFIX:
            prefix = self._permuter.token(prefix)
        return prefix + pseudonym[len(pseudonym) - size :]

    def _short(self, digits: str) -> str:
        """An extension: of the same length, and with a leading 0 only if it had one."""
        if digits in _FOR_ALL or not digits:
            return digits
        known = self._short_ones.get(digits)
        if known is None:
            known = self._short_ones[digits] = self._shifted(digits)
        return known

    def _shifted(self, digits: str) -> str:
        value, size, zero = digits, 10 ** len(digits), digits.startswith("0")
        while True:
            value = str(self._permuter.shift(int(value), size, f"short {len(digits)}")).zfill(len(digits))
            if value.startswith("0") == zero and value not in _FOR_ALL:
                return value

    def _signature(self, form: str) -> tuple[Hashable, ...]:
        """All that matters of a number as it is written, seen from each country it may be dialled in."""
        homes = (None,) if form.startswith("+") else self._dialled_from()
        return (form.startswith("0"), *(_kind(form, home) for home in homes))

    def _dialled_from(self) -> tuple[str | None, ...]:
        if self._homes is None:
            ranked = sorted(self._regions.items(), key=lambda item: (-item[1], item[0]))
            self._homes = (None, *(region for region, _ in ranked[:_MOST_HOMES]))
        return self._homes


def _kind(text: str, home: str | None) -> Hashable:
    """All that a verdict may rest on, but for which number it is."""
    number = parse_number(text, home)
    if number is None:
        return None
    return number.form, number.region, number.possible, number.is_global_service
