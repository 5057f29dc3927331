"""The HTTP body of an API call that failed."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind, at
from sipdiag.context.node import Node

_CODES = frozenset(
    [
        "canceled",
        "unknown",
        "invalid_argument",
        "malformed",
        "deadline_exceeded",
        "not_found",
        "bad_route",
        "already_exists",
        "permission_denied",
        "unauthenticated",
        "resource_exhausted",
        "failed_precondition",
        "aborted",
        "out_of_range",
        "unimplemented",
        "internal",
        "unavailable",
        "data_loss",
        "dataloss",
    ]
)


def matches(node: Node, wrapper: str) -> bool:
    keys = set(node.members())
    return {"code", "msg"} <= keys <= {"code", "msg", "meta"} and node.string("code") in _CODES


KINDS = (DocumentKind("livekit.twirp_error", "LiveKit API error", "event", matches, failed=at("msg")),)
