"""TwiML: the XML by which Twilio's Programmable Voice handles a call."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind, never
from sipdiag.context.node import Node, plain_key

VERB_NAMES = (
    "Dial",
    "Say",
    "Play",
    "Gather",
    "Record",
    "Redirect",
    "Hangup",
    "Pause",
    "Reject",
    "Enqueue",
    "Leave",
    "Sms",
    "Message",
    "Connect",
    "Start",
    "Stop",
    "Refer",
    "Pay",
    "Prompt",
    "Siprec",
    "Stream",
)
"""As Twilio spells them."""
_VERBS = frozenset(map(plain_key, VERB_NAMES))


def matches(node: Node, wrapper: str) -> bool:
    """GB28181 has the same root, with other elements in it."""
    if plain_key(node.key) != "response":
        return False
    if node.children:
        return all(plain_key(child.key) in _VERBS for child in node.children)
    declared = all(key.startswith(("xmlns", "xsi:")) for key in node.members())
    return declared and node.text is None


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    for dial in node.elements("Dial"):
        yield "twilio.dial", dial


KINDS = (
    DocumentKind(
        "twilio.twiml",
        "TwiML",
        "configuration",
        matches,
        parts,
        fetch="TwiML Bin, or the webhook's answer (Console, Debugger, request inspector)",
        notations=frozenset({"xml"}),
    ),
    DocumentKind("twilio.dial", "TwiML Dial", "configuration", never),
)
