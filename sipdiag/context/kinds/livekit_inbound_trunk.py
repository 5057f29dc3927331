"""An inbound trunk, as created or as ``lk sip inbound list --json`` prints it."""

from __future__ import annotations

from sipdiag.context.kinds import TABLES, DocumentKind
from sipdiag.context.node import Node

_OWN = ("allowed_addresses", "allowed_numbers", "auth_username", "auth_password", "krisp_enabled", "numbers")
_TELLING = ("allowed_addresses", "allowed_numbers", "krisp_enabled")
"""Of these no other product's list of numbers has one."""
_OTHERS = ("address", "hostname", "outbound_address", "inbound_numbers_regex", "sip_call_to", "trunk_ids")
"""Fields of what is something else."""


def matches(node: Node, wrapper: str) -> bool:
    if any(node.has(key) for key in _OTHERS):
        return False
    if not wrapper and node.has("numbers") and any(node.has(key) for key in _TELLING):
        return True
    named = (node.string("sip_trunk_id") or "").startswith("ST_")
    return (named or wrapper == "trunk") and any(node.has(key) for key in (*_OWN, "name"))


KINDS = (
    DocumentKind(
        "livekit.inbound_trunk",
        "LiveKit inbound trunk",
        "configuration",
        matches,
        fetch="lk sip inbound list --json",
        notations=TABLES,
        order=4,
    ),
)
