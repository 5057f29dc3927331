"""A verified caller ID."""

from __future__ import annotations

from sipdiag.context.kinds import TABLES, DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return (
        (node.string("sid") or "").startswith("PN")
        and node.has("phone_number")
        and (wrapper == "outgoingcallerids" or "OutgoingCallerIds" in (node.string("uri") or ""))
    )


KINDS = (
    DocumentKind(
        "twilio.caller_id",
        "Twilio verified caller ID",
        "inventory",
        matches,
        fetch="twilio api:core:outgoing-caller-ids:list -o json",
        notations=TABLES,
        order=4,
    ),
)
