"""What Twilio posted to the referUrl: proof that a REFER reached it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from sipdiag.context.kinds import Kind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return node.has("ReferTransferTarget")


def asked(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    return [node.get("ReferTransferTarget") or node]


KINDS = (
    Kind(
        "twilio.refer_webhook",
        "Twilio REFER webhook",
        "event",
        matches,
        fetch="your server's log of the referUrl",
        notations=frozenset({"json", "yaml", "form"}),
        asked=asked,
        later=True,
    ),
)
