"""A telephone number: Retell's own, or one of the customer's trunk."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node

_IMPORT = (
    "sip_trunk_auth_username",
    "inbound_agent_id",
    "outbound_agent_id",
    "inbound_agents",
    "outbound_agents",
)
"""Fields of a request to import a number."""


def matches(node: Node, wrapper: str) -> bool:
    """As the API lists it, or as it was imported."""
    imported = node.has("termination_uri") and any(node.has(key) for key in _IMPORT)
    return node.has("phone_number") and (node.has("phone_number_type") or imported)


KINDS = (
    DocumentKind(
        "retell.number",
        "Retell phone number",
        "configuration",
        matches,
        fetch="GET https://api.retellai.com/get-phone-number/{phone_number}",
    ),
)
