"""An outbound trunk, as created or as ``lk sip outbound list --json`` prints it."""

from __future__ import annotations

from sipdiag.context.kinds import TABLES, DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    bare = not wrapper and node.has("address", "numbers", "auth_username")
    named = bare or (node.string("sip_trunk_id") or "").startswith("ST_")
    return (named or wrapper == "trunk") and node.has("address") and not node.has("inbound_numbers_regex")


KINDS = (
    DocumentKind(
        "livekit.outbound_trunk",
        "LiveKit outbound trunk",
        "configuration",
        matches,
        fetch="lk sip outbound list --json",
        notations=TABLES,
        order=4,
    ),
)
