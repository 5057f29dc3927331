"""The transfer endpoint of a gateway in front of LiveKit: it makes ``tel:`` of a number and answers *initiated*."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind, at, never
from sipdiag.context.node import Node


def is_exchange(node: Node, wrapper: str) -> bool:
    """Request and response in one document, or a request with its path; LiveKit's own API has another path."""
    request = node.get("request") or node
    path = request.string("path") or request.string("url") or ""
    body = request.get("body")
    response = node.get("response")
    answered = response is not None and (
        is_response(response, "") or is_response(response.get("body") or response, "")
    )
    if answered:
        return True
    return (
        bool(path)
        and "twirp" not in path
        and body is not None
        and body.has("participant_identity", "transfer_to")
    )


def exchange_parts(node: Node) -> Iterator[tuple[str, Node]]:
    request = node.get("request") or node
    body = request.get("body") or request
    if body.has("transfer_to"):
        yield "livekit.gateway_request", body
    response = node.get("response")
    if response is not None:
        inner = response.get("body") or response
        if is_response(inner, ""):
            yield "livekit.gateway_response", inner


def is_response(node: Node, wrapper: str) -> bool:
    return node.string("status") == "initiated" and (
        node.has("transfer_to") or node.has("participant_identity")
    )


KINDS = (
    DocumentKind(
        "livekit.gateway_exchange",
        "Transfer request to a gateway, with its answer",
        "event",
        is_exchange,
        exchange_parts,
        order=2,
    ),
    DocumentKind(
        "livekit.gateway_request", "Transfer request to a gateway", "event", never, asked=at("transfer_to")
    ),
    DocumentKind(
        "livekit.gateway_response",
        "Gateway's answer to a transfer request",
        "event",
        is_response,
        order=3,
        asked=at("transfer_to"),
        done=at("status"),
    ),
)
