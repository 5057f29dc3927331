"""References of the rules: RFC sections and vendor pages, each with its title.

The table is ``references.yaml`` in the catalogue's folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from sipdiag.knowledge.yamltext import load

_RFC = re.compile(r"RFC (\d{3,5})(?: §([\d.]+))?\Z")
FILE = "references.yaml"


class Reference(Struct, frozen=True):
    """One reference, resolved."""

    text: str
    """As the rule writes it: ``RFC 3261 §21.4.4``."""
    title: str
    url: str


class References(Struct, frozen=True):
    """The table."""

    rfcs: Mapping[str, str]
    """RFC number → its title."""
    sections: Mapping[tuple[str, str], str]
    """(RFC number, section) → the section's title."""
    urls: Mapping[str, str]

    def resolve(self, text: str) -> Reference | None:
        """The entry for a reference or link; None if the table has none."""
        if text in self.urls:
            return Reference(text, self.urls[text], text)
        match = _RFC.match(text)
        if match is None or match[1] not in self.rfcs:
            return None
        number, section = match[1], match[2]
        url = rfc_url(number)
        if section is None:
            return Reference(text, self.rfcs[number], url)
        title = self.sections.get((number, section))
        return Reference(text, title, f"{url}#section-{section}") if title is not None else None


def rfc_url(rfc: str) -> str:
    """Where an RFC stands, ``RFC 3261`` or its number alone."""
    return f"https://www.rfc-editor.org/rfc/rfc{rfc.removeprefix('RFC ')}"


def load_references(root: Path) -> References:
    """Read the table of a catalogue's folder.

    Raises:
        YamlError: the file cannot be read.
    """
    data = load(root / FILE).data
    rfcs = {str(number): entry["title"] for number, entry in data["rfcs"].items()}
    sections = {
        (str(number), section): title
        for number, entry in data["rfcs"].items()
        for section, title in (entry.get("sections") or {}).items()
    }
    return References(rfcs, sections, data["urls"])
