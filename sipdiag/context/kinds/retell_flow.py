"""A conversation flow or a component of one, with its transfer nodes."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.kinds.retell_transfer_tool import matches as is_transfer_tool
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    """A request to create or change one has no id yet: there a transfer node tells it."""
    if not node.has("nodes"):
        return False
    named = node.has("conversation_flow_id") or node.has("conversation_flow_component_id")
    return named or any(True for _ in parts(node))


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    components = node.get("components")
    for holder in (node, *(components.items() if components is not None else ())):
        for key in ("nodes", "tools"):
            steps = holder.get(key)
            for step in steps.items() if steps is not None else []:
                if is_transfer_tool(step, ""):
                    yield "retell.transfer_tool", step


KINDS = (
    DocumentKind(
        "retell.flow",
        "Retell conversation flow",
        "configuration",
        matches,
        parts,
        fetch="GET https://api.retellai.com/get-conversation-flow/{conversation_flow_id}",
    ),
)
