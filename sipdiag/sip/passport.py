"""The PASSporT inside an Identity header: who signed for a caller's number, and what they claim (RFC 8224, RFC 8225).

A PASSporT is a JSON Web Signature in its compact form: header, claims and signature, each in base64url.  It is read, not
verified: the certificate lies behind a URL, and nothing is fetched.  The full form (RFC 8224 §4) and the compact form
of RFC 8225 §7, which leaves header and claims out, are told apart; the latter holds nothing that could be read.
"""

from __future__ import annotations

import base64
import json
import re

from msgspec import Struct

from sipdiag.sip.quoting import parameters, split_outside

LONGEST = 16_384
"""Characters of an Identity header; real ones have about 1,000."""
_PART = re.compile(r"[A-Za-z0-9_-]*={0,2}\Z")
_MOST_NUMBERS = 16


class Passport(Struct, frozen=True):
    """What one Identity header claims; unsigned as far as we know, since no signature is checked."""

    extension: str
    """``shaken``, ``div``, ``rph``; empty for a base PASSporT (RFC 8225 §8.1)."""
    attestation: str
    """``A``, ``B`` or ``C`` (RFC 8588 §4); empty without one."""
    origin: str
    """The calling number or URI that was signed, as written (RFC 8225 §5.2.1)."""
    destinations: tuple[str, ...]
    """The called numbers or URIs that were signed."""
    issued_at: int | None
    """When it was signed, seconds since the epoch (RFC 8225 §5.1.1)."""
    certificate: str
    """Where the signer's certificate is (``x5u``)."""
    origin_id: str
    """The signer's id of the call's origin (RFC 8588 §5); empty without one."""


def parse_identity(value: str) -> Passport | None:
    """Read the value of an Identity header; None where nothing can be read from it."""
    if len(value) > LONGEST:
        return None
    token, *params = split_outside(value, ";")
    parts = token.strip().strip('"').split(".")
    if len(parts) != 3 or not all(_PART.match(part) for part in parts):
        return None
    header, claims = _object(parts[0]), _object(parts[1])
    if header is None or claims is None:
        return None
    given = parameters(params)
    info = (given.get("info") or "").strip("<>")
    issued = claims.get("iat")
    return Passport(
        extension=_text(header.get("ppt")) or (given.get("ppt") or "").strip('"'),
        attestation=_text(claims.get("attest")).upper(),
        origin=next(iter(_who(claims.get("orig"))), ""),
        destinations=_who(claims.get("dest")),
        issued_at=issued
        if isinstance(issued, int) and not isinstance(issued, bool) and 0 <= issued < 1 << 40
        else None,
        certificate=_text(header.get("x5u")) or info,
        origin_id=_text(claims.get("origid")),
    )


def _object(part: str) -> dict[str, object] | None:
    bare = part.rstrip("=")
    try:
        read = json.loads(base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)))
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _who(value: object) -> tuple[str, ...]:
    """The telephone numbers, then the URIs, of an ``orig`` or ``dest`` claim; one or a list of them."""
    if not isinstance(value, dict):
        return ()
    found: list[str] = []
    for name in ("tn", "uri"):
        named = value.get(name)
        found += [one for one in (named if isinstance(named, list) else [named]) if isinstance(one, str)]
    return tuple(found[:_MOST_NUMBERS])
