"""An application's answer, a list of verbs, and the result of a REFER."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind, as_a_whole, never
from sipdiag.context.node import Node

_VERBS = frozenset(
    [
        "answer",
        "conference",
        "config",
        "dequeue",
        "dial",
        "dtmf",
        "enqueue",
        "gather",
        "hangup",
        "leave",
        "listen",
        "llm",
        "message",
        "pause",
        "play",
        "rasa",
        "redirect",
        "say",
        "sip:decline",
        "sip:request",
        "sip:refer",
        "tag",
        "transcribe",
        "stream",
        "dialogflow",
        "lex",
        "dub",
    ]
)


def is_app(node: Node, wrapper: str) -> bool:
    """A list of verbs, alone or in a message of the websocket, or one dial."""
    items = node.items()
    if node.string("verb") == "dial" and node.has("target"):
        return True
    return wrapper in ("", "data") and bool(items) and all(item.string("verb") in _VERBS for item in items)


def app_parts(node: Node) -> Iterator[tuple[str, Node]]:
    for item in node.items() or [node]:
        if item.string("verb") == "dial":
            yield "jambonz.dial", item


def is_result(node: Node, wrapper: str) -> bool:
    return node.has("refer_status") or node.has("final_referred_call_status")


KINDS = (
    DocumentKind(
        "jambonz.app",
        "jambonz application",
        "configuration",
        is_app,
        app_parts,
        fetch="your webhook's answer",
    ),
    DocumentKind("jambonz.dial", "jambonz dial verb", "configuration", never),
    DocumentKind(
        "jambonz.refer_result",
        "jambonz REFER result",
        "event",
        is_result,
        fetch="your webhook's log",
        asked=as_a_whole,
    ),
)
