"""A parsed phone number: its form, its country, and what its number plan says about it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sipdiag.knowledge.countries import COUNTRIES


class NumberForm(StrEnum):
    """How a number was written."""

    e164 = "e164"
    """+ and country code."""
    e164_without_plus = "e164_without_plus"
    """Country code, but no plus sign."""
    national = "national"
    """As dialled inside a country, with or without a leading 0."""
    exit_code = "exit_code"
    """011 or 00 (or the home country's own exit code) and country code."""
    extension = "extension"
    """Up to six digits: a PBX's extension, an emergency number, a short code."""
    anonymous = "anonymous"
    other = "other"
    """No telephone number: a name, a feature code, too many digits."""


class Number(Struct, frozen=True):
    """A user part or tel: URI, understood."""

    raw: str
    form: NumberForm
    e164: str | None = None
    """``+15551234567``; None where the country is unknown."""
    region: str | None = None
    """ISO 3166-1 code of the country; None for global services and where it cannot be told."""
    possible: bool = False
    """The length fits the number plan."""
    planned: bool = False
    """The number plan has such a range, or keeps it for nobody; false for made-up numbers (+1 555 123 4567)."""
    is_global_service: bool = False
    """Freephone +800, shared cost +808, satellite and networks +881, +882, … that belong to no country."""

    @property
    def country(self) -> str | None:
        """English name of the country."""
        return COUNTRIES.get(self.region) if self.region else None
