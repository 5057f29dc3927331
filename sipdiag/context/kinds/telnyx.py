"""Telnyx names each record's type itself."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def is_profile(node: Node, wrapper: str) -> bool:
    return node.string("record_type") == "outbound_voice_profile"


def is_connection(node: Node, wrapper: str) -> bool:
    return (node.string("record_type") or "").endswith("_connection")


def is_event(node: Node, wrapper: str) -> bool:
    return node.string("record_type") in ("event", "call_event") and (
        node.string("event_type") or node.string("name") or ""
    ).startswith("call.")


def _name(node: Node) -> Node:
    return node.get("event_type") or node.get("name") or node


def referred(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    if str(_name(node).value).startswith("call.refer."):
        yield _name(node)


def refer_completed(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    if _name(node).value == "call.refer.completed":
        yield _name(node)


KINDS = (
    DocumentKind(
        "telnyx.profile",
        "Telnyx outbound voice profile",
        "configuration",
        is_profile,
        fetch="GET https://api.telnyx.com/v2/outbound_voice_profiles",
    ),
    DocumentKind(
        "telnyx.connection",
        "Telnyx SIP connection",
        "configuration",
        is_connection,
        fetch="GET https://api.telnyx.com/v2/fqdn_connections",
    ),
    DocumentKind(
        "telnyx.event",
        "Telnyx call event",
        "event",
        is_event,
        fetch="GET https://api.telnyx.com/v2/call_events",
        asked=referred,
        done=refer_completed,
    ),
)
