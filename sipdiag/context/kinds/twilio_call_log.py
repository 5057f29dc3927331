"""The call log as exported by the console; unknown columns are ignored."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return (node.string("CallSid") or "").startswith("CA")


KINDS = (
    DocumentKind(
        "twilio.call_log",
        "Twilio call log",
        "event",
        matches,
        fetch="Console, Monitor, Logs, Calls, export",
        notations=frozenset({"csv"}),
    ),
)
