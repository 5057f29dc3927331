"""A call as Twilio's API reports it."""

from __future__ import annotations

from sipdiag.context.kinds import TABLES, DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return (node.string("sid") or "").startswith("CA") and node.has("direction", "status")


KINDS = (
    DocumentKind(
        "twilio.call",
        "Twilio call",
        "event",
        matches,
        fetch="twilio api:core:calls:list -o json",
        notations=TABLES,
    ),
)
