"""A telephone number: Retell's own, or one of the customer's trunk."""

from __future__ import annotations

from sipdiag.context.kinds import Kind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("phone_number_type", "phone_number")


KINDS = (
    Kind(
        "retell.number",
        "Retell phone number",
        "configuration",
        matches,
        fetch="GET https://api.retellai.com/get-phone-number/{phone_number}",
    ),
)
