"""An alert of the debugger: an error code, and the call it is about."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl

from sipdiag.context.kinds import TABLES, DocumentKind, never
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    """As the API lists it, or as the debugger's webhook posts it."""
    return node.has("error_code", "alert_text") or (
        (node.string("resource_sid") or "").startswith("CA") and node.has("error_code")
    )


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    """The number, out of the url-encoded text, or of what the debugger's webhook says besides."""
    more = node.get("more_info", "phonenumber")
    if more is not None and isinstance(more.value, str):
        yield "twilio.alert_text", Node({"number": more}, more.place, more.pointer)
    text = node.get("alert_text")
    if text is None or not isinstance(text.value, str):
        return
    values = dict(parse_qsl(text.value[:4096], max_num_fields=50)) if "=" in text.value else {}
    number = values.get("phonenumber") or values.get("To") or values.get("called")
    if number:
        yield (
            "twilio.alert_text",
            Node({"number": Node(number, text.place, text.pointer, text.key)}, text.place, text.pointer),
        )


KINDS = (
    DocumentKind(
        "twilio.alert",
        "Twilio alert",
        "event",
        matches,
        parts,
        fetch="twilio api:monitor:v1:alerts:list -o json",
        notations=TABLES,
        later=True,
    ),
    DocumentKind("twilio.alert_text", "Twilio alert, text", "event", never, anonymous=True),
)
