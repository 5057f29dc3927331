"""The credential by which Vapi reaches the customer's trunk, and the number that uses it."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind, never
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("gateways") and (
        node.has("outboundLeadingPlusEnabled") or node.string("provider") == "byo-sip-trunk"
    )


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    gateways = node.get("gateways")
    for gateway in gateways.items() if gateways is not None else []:
        yield "vapi.gateway", gateway


def is_number(node: Node, wrapper: str) -> bool:
    return node.has("number", "credentialId") and (
        node.has("numberE164CheckEnabled") or node.string("provider") == "byo-phone-number"
    )


KINDS = (
    DocumentKind(
        "vapi.trunk",
        "Vapi SIP trunk",
        "configuration",
        matches,
        parts,
        fetch="GET https://api.vapi.ai/credential/{id}",
    ),
    DocumentKind("vapi.gateway", "Vapi SIP gateway", "configuration", never),
    DocumentKind(
        "vapi.number",
        "Vapi phone number",
        "configuration",
        is_number,
        fetch="GET https://api.vapi.ai/phone-number/{id}",
    ),
)
