"""A country that Programmable Voice may call; trunks have a list of their own."""

from __future__ import annotations

from sipdiag.context.kinds import TABLES, DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("low_risk_numbers_enabled", "iso_code")


KINDS = (
    DocumentKind(
        "twilio.permission",
        "Twilio dialing permission",
        "inventory",
        matches,
        fetch="GET https://voice.twilio.com/v1/DialingPermissions/Countries",
        notations=TABLES,
    ),
)
