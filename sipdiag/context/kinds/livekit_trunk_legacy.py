"""A trunk in the form that was refused later: one for both directions, numbers as a regular expression."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("inbound_numbers_regex") or node.has("outbound_address", "outbound_number")


KINDS = (
    DocumentKind("livekit.trunk_legacy", "LiveKit trunk of the old form", "configuration", matches, order=3),
)
