"""A transfer tool, or the transfer node of a conversation flow."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.string("type") == "transfer_call" and (
        node.has("transfer_option") or node.has("transfer_destination")
    )


KINDS = (
    DocumentKind(
        "retell.transfer_tool",
        "Retell transfer tool",
        "configuration",
        matches,
        fetch="GET https://api.retellai.com/get-retell-llm/{llm_id}",
    ),
)
