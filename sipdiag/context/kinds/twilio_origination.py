"""Where a trunk sends its inbound calls."""

from __future__ import annotations

from sipdiag.context.kinds import TABLES, DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("sip_url", "weight")


def is_empty(node: Node, wrapper: str) -> bool:
    urls = node.get("origination_urls")
    return urls is not None and urls.value == []


KINDS = (
    DocumentKind(
        "twilio.origination",
        "Twilio origination URI",
        "configuration",
        matches,
        fetch="twilio api:trunking:v1:trunks:origination-urls:list --trunk-sid TK… -o json",
        notations=TABLES,
    ),
    DocumentKind(
        "twilio.origination_none", "Twilio origination list without entries", "configuration", is_empty
    ),
)
