"""An inbound trunk, as created or as ``lk sip inbound list --json`` prints it."""

from __future__ import annotations

from sipdiag.context.kinds import Kind
from sipdiag.context.node import Node

_OWN = ("allowed_addresses", "allowed_numbers", "auth_username", "auth_password", "krisp_enabled", "numbers")


def matches(node: Node, wrapper: str) -> bool:
    if node.has("address") or node.has("outbound_address") or node.has("inbound_numbers_regex"):
        return False
    named = (node.string("sip_trunk_id") or "").startswith("ST_")
    return (named or wrapper == "trunk") and any(node.has(key) for key in (*_OWN, "name"))


KINDS = (
    Kind(
        "livekit.inbound_trunk",
        "LiveKit inbound trunk",
        "configuration",
        matches,
        fetch="lk sip inbound list --json",
        order=4,
    ),
)
