"""A TransferSIPParticipant request."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind, at
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("participant_identity", "transfer_to") and not node.has("status")


KINDS = (
    DocumentKind(
        "livekit.transfer_request",
        "LiveKit transfer request",
        "event",
        matches,
        fetch="your application's log of TransferSIPParticipant",
        asked=at("transfer_to"),
    ),
)
