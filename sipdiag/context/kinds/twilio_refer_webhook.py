"""What Twilio posted to the referUrl: proof that a REFER reached it."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind, at
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("ReferTransferTarget")


KINDS = (
    DocumentKind(
        "twilio.refer_webhook",
        "Twilio REFER webhook",
        "event",
        matches,
        fetch="your server's log of the referUrl",
        notations=frozenset({"json", "yaml", "form"}),
        asked=at("ReferTransferTarget"),
        later=True,
    ),
)
