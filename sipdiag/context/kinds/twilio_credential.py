"""A user name of a credential list."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("credential_list_sid", "username")


KINDS = (
    DocumentKind(
        "twilio.credential",
        "Twilio SIP credential",
        "inventory",
        matches,
        fetch="twilio api:core:sip:credential-lists:credentials:list --credential-list-sid CL… -o json",
    ),
)
