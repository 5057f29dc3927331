"""A single- or multi-prompt agent's response engine, with its tools and those of its states."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.kinds.retell_transfer_tool import matches as is_transfer_tool
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    """A request to create or change one has no id yet: there a transfer tool tells it."""
    if not (node.has("general_tools") or node.has("states")):
        return False
    return node.has("llm_id") or any(True for _ in parts(node))


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    lists = [node.get("general_tools")]
    states = node.get("states")
    lists += [state.get("tools") for state in (states.items() if states is not None else [])]
    for tools in lists:
        for tool in tools.items() if tools is not None else []:
            if is_transfer_tool(tool, ""):
                yield "retell.transfer_tool", tool


KINDS = (
    DocumentKind(
        "retell.llm",
        "Retell response engine",
        "configuration",
        matches,
        parts,
        fetch="GET https://api.retellai.com/get-retell-llm/{llm_id}",
    ),
)
