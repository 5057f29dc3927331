"""What TransferSIPParticipant returned; empty before August 2026."""

from __future__ import annotations

from sipdiag.context.kinds import Kind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return (node.string("status") or "").startswith("STS_")


KINDS = (Kind("livekit.transfer_response", "LiveKit transfer response", "event", matches),)
