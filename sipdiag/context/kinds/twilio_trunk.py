"""An Elastic SIP trunk."""

from __future__ import annotations

from sipdiag.context.kinds import TABLES, DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return (node.string("sid") or "").startswith("TK") and (
        node.has("transfer_mode") or node.has("domain_name") or node.has("auth_type")
    )


KINDS = (
    DocumentKind(
        "twilio.trunk",
        "Twilio Elastic SIP trunk",
        "configuration",
        matches,
        fetch="twilio api:trunking:v1:trunks:fetch --sid TK… -o json",
        notations=TABLES,
    ),
)
