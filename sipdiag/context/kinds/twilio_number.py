"""A number of the account: which trunk or which webhook it leads to."""

from __future__ import annotations

from sipdiag.context.kinds import TABLES, DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return (
        wrapper != "outgoingcallerids"
        and (node.string("sid") or "").startswith("PN")
        and node.has("phone_number")
        and (
            node.has("voice_url")
            or node.has("trunk_sid")
            or node.has("voice_application_sid")
            or node.has("capabilities")
        )
    )


KINDS = (
    DocumentKind(
        "twilio.number",
        "Twilio phone number",
        "inventory",
        matches,
        fetch="twilio api:core:incoming-phone-numbers:list -o json",
        notations=TABLES,
    ),
)
