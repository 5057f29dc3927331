"""A call as Vapi reports it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node

_FORWARDED = "assistant-forwarded-call"
"""Written even where nothing was sent."""


def matches(node: Node, wrapper: str) -> bool:
    return node.has("ended_reason") and any(
        node.has(key) for key in ("assistant_id", "phone_call_provider", "org_id", "customer", "call")
    )


def forwarded(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    reason = node.get("ended_reason")
    if reason is not None and str(reason.value).startswith(_FORWARDED):
        yield reason


KINDS = (
    DocumentKind(
        "vapi.call",
        "Vapi call",
        "event",
        matches,
        fetch="GET https://api.vapi.ai/call/{id}",
        asked=forwarded,
        done=forwarded,
        whole_call=True,
    ),
)
