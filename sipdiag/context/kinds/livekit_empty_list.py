"""``{"items": []}``: a list of LiveKit's that is empty; what it would list, only the file's name can say."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    items = node.get("items")
    return not wrapper and len(node.members()) == 1 and items is not None and items.value == []


KINDS = (DocumentKind("livekit.empty_list", "LiveKit list without entries", "configuration", matches),)
