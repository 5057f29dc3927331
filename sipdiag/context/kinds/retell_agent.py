"""An agent: it holds the ring time that a tool may override; the dashboard exports it with its flow or engine inside."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node

_INSIDE = {"conversation_flow": "retell.flow", "retell_llm_data": "retell.llm"}
"""Where the dashboard's export holds what answers."""


def matches(node: Node, wrapper: str) -> bool:
    return node.has("agent_id", "response_engine")


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    for key, kind in _INSIDE.items():
        inner = node.get(key)
        if inner is not None and inner.members():
            yield kind, inner


KINDS = (
    DocumentKind(
        "retell.agent",
        "Retell agent",
        "configuration",
        matches,
        parts,
        fetch="GET https://api.retellai.com/get-agent/{agent_id}",
    ),
)
