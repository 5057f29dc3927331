"""A call as Retell reports it: who, when, and what the agent invoked."""

from __future__ import annotations

from sipdiag.context.kinds import Kind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("transcript_with_tool_calls") or node.has("call_id", "disconnection_reason")


KINDS = (
    Kind(
        "retell.call",
        "Retell call",
        "event",
        matches,
        fetch="GET https://api.retellai.com/v2/get-call/{call_id}",
    ),
)
