"""What TransferSIPParticipant returned; empty before August 2026."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from sipdiag.context.kinds import DocumentKind, at
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return (node.string("status") or "").startswith("STS_")


def failed(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    return [node.get("reason") or node.get("error") or node] if _says(node, "FAILED") else []


def done(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    return [node.get("status") or node] if _says(node, "SUCCESSFUL") else []


def _says(node: Node, result: str) -> bool:
    return (node.string("status") or "").endswith(result)


KINDS = (
    DocumentKind(
        "livekit.transfer_response",
        "LiveKit transfer response",
        "event",
        matches,
        asked=at("transfer_to"),
        failed=failed,
        done=done,
    ),
)
