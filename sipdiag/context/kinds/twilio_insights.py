"""The call summary of Voice Insights."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("call_state", "call_type") and (node.has("call_sid") or node.has("properties"))


KINDS = (
    DocumentKind(
        "twilio.insights",
        "Twilio Voice Insights summary",
        "event",
        matches,
        fetch="GET https://insights.twilio.com/v1/Voice/{CallSid}/Summary",
    ),
)
