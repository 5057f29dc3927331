"""``pjsip.conf``: endpoints, their credentials and addresses."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind, never
from sipdiag.context.node import Node

_TYPES = ("endpoint", "auth", "aor", "identify", "registration", "transport")


def matches(node: Node, wrapper: str) -> bool:
    return any(section.string("type") in _TYPES for section in node.items())


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    """Templates are not objects."""
    for section in node.items():
        kind = section.string("type")
        if kind in _TYPES and not section.has("!"):
            yield f"asterisk.{kind}", section


KINDS = (
    DocumentKind(
        "asterisk.pjsip",
        "Asterisk pjsip.conf",
        "configuration",
        matches,
        parts,
        fetch="/etc/asterisk/pjsip.conf",
        notations=frozenset({"ini"}),
    ),
    *(DocumentKind(f"asterisk.{kind}", f"Asterisk {kind}", "configuration", never) for kind in _TYPES),
)
