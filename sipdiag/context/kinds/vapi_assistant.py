"""An assistant with the tools of its model."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.kinds.vapi_transfer_tool import matches as is_transfer_tool
from sipdiag.context.node import Node

_OWN = ("voice", "transcriber", "first_message", "org_id", "forwarding_phone_number", "server_messages")


def matches(node: Node, wrapper: str) -> bool:
    model = node.get("model")
    if model is None:
        return False
    own = sum(node.has(key) for key in _OWN)
    # A document without tools may still be one, if enough of its other fields match.
    return own >= (1 if model.has("tools") or model.has("tool_ids") else 2) and not node.has(
        "response_engine"
    )


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    tools = node.get("model", "tools")
    for tool in tools.items() if tools is not None else []:
        if is_transfer_tool(tool, ""):
            yield "vapi.transfer_tool", tool


KINDS = (
    DocumentKind(
        "vapi.assistant",
        "Vapi assistant",
        "configuration",
        matches,
        parts,
        fetch="GET https://api.vapi.ai/assistant/{id}",
    ),
)
