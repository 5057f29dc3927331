"""What was asked of TransferSIPParticipant."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from sipdiag.context.kinds import Kind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("participant_identity", "transfer_to") and not node.has("status")


def asked(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    return [node.get("transfer_to") or node]


KINDS = (
    Kind(
        "livekit.transfer_request",
        "LiveKit transfer request",
        "event",
        matches,
        fetch="your application's log of TransferSIPParticipant",
        asked=asked,
    ),
)
