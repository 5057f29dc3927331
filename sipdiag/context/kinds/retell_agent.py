"""An agent: it holds the ring time that a tool may override."""

from __future__ import annotations

from sipdiag.context.kinds import Kind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("agent_id", "response_engine")


KINDS = (
    Kind(
        "retell.agent",
        "Retell agent",
        "configuration",
        matches,
        fetch="GET https://api.retellai.com/get-agent/{agent_id}",
    ),
)
