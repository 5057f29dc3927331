"""Header values without what differs between any two calls: ids, tags, times, addresses, the digits of numbers."""

from __future__ import annotations

import re

_ADDRESS = r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])"
_REPLACED = (
    (re.compile(r";\s*(?:tag|branch|rport|received|sid|id)(?:=[^,;>\s]*)?(?=[,;>\s]|$)"), ""),
    (re.compile(_ADDRESS + r"(?::\d{1,5})?"), "‹address›"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "‹id›"),
    (re.compile(r"\+\d{6,15}\b"), "‹+number›"),
    (re.compile(r"(?<![\w.-])\d{7,15}\b"), "‹number›"),
    (re.compile(r"\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9_]{10,}\b"), "‹id›"),
    (re.compile(r"\b(expires|refresh)=\d+", re.IGNORECASE), r"\1=…"),
    (re.compile(r"\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} [\d:]{8}"), "‹time›"),
)
LONGEST = 400
"""Characters of a value that are looked at."""

IGNORED = frozenset(
    {
        *("via", "call-id", "cseq", "max-forwards", "content-length", "date", "timestamp", "record-route"),
        *("route", "session-id", "rack", "rseq", "identity", "p-charging-vector", "content-type"),
        *("authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate"),
    }
)
"""Headers that say how a message travelled, or that differ from call to call; challenges show as steps."""


def normal(value: str) -> str:
    """The value as far as two calls can be compared by it."""
    text = " ".join(value[:LONGEST].split())
    for pattern, instead in _REPLACED:
        text = pattern.sub(instead, text)
    return text
