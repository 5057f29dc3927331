"""A transfer tool with its destinations."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind, never
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.string("type") == "transferCall" and node.has("destinations")


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    destinations = node.get("destinations")
    for destination in destinations.items() if destinations is not None else []:
        if destination.string("type") in ("number", "sip"):
            yield "vapi.destination", destination


KINDS = (
    DocumentKind(
        "vapi.transfer_tool",
        "Vapi transfer tool",
        "configuration",
        matches,
        parts,
        fetch="GET https://api.vapi.ai/tool/{id}",
    ),
    DocumentKind("vapi.destination", "Vapi transfer destination", "configuration", never),
)
