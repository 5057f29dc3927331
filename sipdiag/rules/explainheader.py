"""What ``sipdiag explain`` prints of a header field."""

from __future__ import annotations

from sipdiag.knowledge.headers import FIELDS
from sipdiag.knowledge.providers import Providers
from sipdiag.knowledge.references import rfc_url
from sipdiag.sip.grammar import COMPACT


def header_text(term: str, providers: Providers) -> str | None:
    """The field by its long or compact name, in any case; or a provider's own that names calls."""
    name = term.lower().removesuffix(":")
    field = FIELDS.get(_LONG.get(name, name))
    if field is not None:
        short = next((letter for letter, long in _LONG.items() if long == field.name.lower()), None)
        lines = [
            f"{field.name}{f' (short: {short})' if short else ''}: {field.meaning}.",
            f"Look at: {field.look}.",
            f"Source: {_source(field.source)}",
        ]
        return "\n".join(lines)
    own = next((one for one in providers.call_id_headers if one.lower() == name), None)
    if own is None:
        return None
    return (
        f"{own}: a provider's own id of the call.\n"
        "Look at: its support finds the call by this id; --call takes it, and legs that share it are joined."
    )


_LONG = {str(letter).lower(): str(name).lower() for letter, name in COMPACT.items()}


def _source(source: str) -> str:
    url = rfc_url(source) if source.startswith("RFC ") else f"https://datatracker.ietf.org/doc/{source}"
    return f"{source}, {url}"
