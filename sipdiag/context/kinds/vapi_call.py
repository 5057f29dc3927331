"""A call as Vapi reports it."""

from __future__ import annotations

from sipdiag.context.kinds import Kind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("ended_reason") and any(
        node.has(key) for key in ("assistant_id", "phone_call_provider", "org_id", "customer", "call")
    )


KINDS = (Kind("vapi.call", "Vapi call", "event", matches, fetch="GET https://api.vapi.ai/call/{id}"),)
