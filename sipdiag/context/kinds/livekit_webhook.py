"""A webhook about a SIP participant: its attributes carry the Call-ID and LiveKit's own id of the call."""

from __future__ import annotations

from sipdiag.context.kinds import Kind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    attributes = node.get("participant", "attributes")
    return (
        node.has("event")
        and attributes is not None
        and any(key.startswith("sip.") for key in attributes.members())
    )


KINDS = (
    Kind("livekit.webhook", "LiveKit webhook", "event", matches, fetch="your application's webhook log"),
)
