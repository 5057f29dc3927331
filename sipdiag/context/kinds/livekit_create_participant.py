"""A CreateSIPParticipant request: an outbound call."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("sip_call_to") and (
        node.has("sip_trunk_id")
        or node.has("room_name")
        or node.has("participant_identity")
        or node.has("trunk")
    )


KINDS = (
    DocumentKind(
        "livekit.create_participant",
        "LiveKit request for an outbound call",
        "event",
        matches,
        fetch="your application's log of CreateSIPParticipant",
    ),
)
