"""What Twilio posted when a Dial had ended."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("DialCallStatus")


KINDS = (
    DocumentKind(
        "twilio.dial_action",
        "Twilio Dial result",
        "event",
        matches,
        fetch="your server's log of the action URL",
        notations=frozenset({"json", "yaml", "form"}),
    ),
)
