"""Pseudonyms of telephone numbers: the last digits are replaced, so that all forms of a number agree.

``+1 555 123 4567``, ``15551234567`` and ``5551234567`` share their last digits, and so do their
pseudonyms.  What stands before them (country code, area code, exit code, leading 0) stays, because
country, form and length of a number decide what a carrier does with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable

from sipdiag.redaction.permute import Permuter

NumberClass = Callable[[str, str | None], Hashable]
"""(number as dialled, home region or None) → all that matters about it but the number itself."""

SHORTEST = 7
"""Digits; fewer are an extension, a short code or a menu's digit."""
LONGEST = 18
"""Digits; more than an exit code and 15 digits are no telephone number."""
SEPARATORS = re.compile(r"[-.()\s]+")
DIALLED = re.compile(r"\+?[0-9]+\Z")
_ALIKE = 9
"""Numbers with as many last digits in common are taken for one, however they are written."""
_TAILS = (7, 6, 4)
"""Digits to replace: fewer where no other number of the same kind shares more of the beginning."""
_MOST_STEPS = 200
_MOST_FORMS = 8
_MOST_HOMES = 4


def dialled(text: str) -> str | None:
    """The digits, with their plus sign, of text that is a number and nothing else."""
    plain = SEPARATORS.sub("", text)
    return plain if DIALLED.match(plain) else None


class Numbers:
    """Maps numbers to numbers of the same kind."""

    def __init__(self, permuter: Permuter, kind: NumberClass, region: Callable[[str], str | None]) -> None:
        self._permuter = permuter
        self._kind = kind
        self._region = region
        self._forms: dict[str, set[str]] = {}
        self._regions: Counter[str] = Counter()
        self._homes: tuple[str | None, ...] | None = None
        self._tails: dict[str, str] = {}

    def learn(self, number: str) -> None:
        """Take note of a form of a number, so that its pseudonym suits all its forms."""
        digits = number.lstrip("+")
        if not SHORTEST <= len(digits) <= LONGEST:
            return
        forms = self._forms.setdefault(digits[-_ALIKE:], set())
        if number in forms or len(forms) >= _MOST_FORMS:
            return
        forms.add(number)
        region = self._region(number)
        if region is not None:
            self._regions[region] += 1

    def mask(self, text: str) -> str:
        """``text`` with its digits replaced; plus sign and separators stay."""
        digits = "".join(c for c in text if "0" <= c <= "9")
        if len(digits) < SHORTEST:
            replaced = self._short(digits)
        elif len(digits) > LONGEST:
            replaced = self._permuter.token(digits)
        else:
            tail = self.tail(digits, "+" + digits if text.lstrip().startswith("+") else digits)
            replaced = digits[: -len(tail)] + tail
        new = iter(replaced)
        return "".join(next(new) if "0" <= c <= "9" else c for c in text)

    def search(self, text: str) -> str | None:
        """What a number, or its last digits, have become; None if no such number was replaced."""
        digits = (dialled(text) or "").lstrip("+")
        if len(digits) < SHORTEST:
            return None
        for key, tail in self._tails.items():
            if key.endswith(digits[-_ALIKE:]) or digits.endswith(key):
                return text[: -len(tail)] + tail
        return None

    def tail(self, digits: str, form: str) -> str:
        """What takes the place of the last digits; ``form`` counts where no form was learnt."""
        key = digits[-_ALIKE:]
        known = self._tails.get(key)
        if known is None:
            known = self._tails[key] = self._find(key, self._forms.get(key) or {form})
        return known

    def _short(self, digits: str) -> str:
        """An extension: of the same length, and with a leading 0 only if it had one."""
        value, size, zero = digits, 10 ** len(digits), digits.startswith("0")
        while digits:
            value = str(self._permuter.shift(int(value), size, f"short {len(digits)}")).zfill(len(digits))
            if value.startswith("0") == zero:
                break
        return value

    def _find(self, key: str, forms: Iterable[str]) -> str:
        wanted = {form: self._signature(form) for form in sorted(forms)}
        for size in _TAILS:
            value = int(key[-size:])
            for _ in range(_MOST_STEPS):
                value = self._permuter.shift(value, 10**size, f"number {size}")
                tail = str(value).zfill(size)
                if tail != key[-size:] and all(
                    self._signature(form[:-size] + tail) == signature for form, signature in wanted.items()
                ):
                    return tail
        return str(self._permuter.shift(int(key[-_TAILS[0] :]), 10 ** _TAILS[0], "number")).zfill(_TAILS[0])

    def _signature(self, form: str) -> tuple[Hashable, ...]:
        """All that matters of a number as it is written, seen from each country it may be dialled in."""
        homes = (None,) if form.startswith("+") else self._dialled_from()
        return (form.startswith("0"), *(self._kind(form, home) for home in homes))

    def _dialled_from(self) -> tuple[str | None, ...]:
        if self._homes is None:
            ranked = sorted(self._regions.items(), key=lambda item: (-item[1], item[0]))
            self._homes = (None, *(region for region, _ in ranked[:_MOST_HOMES]))
        return self._homes
