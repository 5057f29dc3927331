"""A conversation flow or a component of one, with its transfer nodes."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import Kind
from sipdiag.context.kinds.retell_transfer_tool import matches as is_transfer_tool
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("nodes") and (
        node.has("conversation_flow_id") or node.has("conversation_flow_component_id")
    )


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    for key in ("nodes", "tools"):
        steps = node.get(key)
        for step in steps.items() if steps is not None else []:
            if is_transfer_tool(step, ""):
                yield "retell.transfer_tool", step


KINDS = (
    Kind(
        "retell.flow",
        "Retell conversation flow",
        "configuration",
        matches,
        parts,
        fetch="GET https://api.retellai.com/get-conversation-flow/{conversation_flow_id}",
    ),
)
