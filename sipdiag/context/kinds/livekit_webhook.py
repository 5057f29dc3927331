"""A SIP participant, in a webhook or a list: its attributes carry the Call-ID and LiveKit's own id of the call."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def is_webhook(node: Node, wrapper: str) -> bool:
    participant = node.get("participant")
    return node.has("event") and participant is not None and is_participant(participant, "")


def is_participant(node: Node, wrapper: str) -> bool:
    attributes = node.get("attributes")
    return attributes is not None and any(key.startswith("sip.") for key in attributes.members())


KINDS = (
    DocumentKind(
        "livekit.webhook", "LiveKit webhook", "event", is_webhook, fetch="your application's webhook log"
    ),
    DocumentKind(
        "livekit.participant",
        "LiveKit SIP participant",
        "event",
        is_participant,
        fetch="lk room participants list --json ROOM",
        order=6,
    ),
)
