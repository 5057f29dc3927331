"""Keys by which the same message is recognised at several points."""

from __future__ import annotations

from sipdiag.sip.message import Message

MAGIC_COOKIE = "z9hG4bK"
"""Branches that begin so are unique (RFC 3261 §8.1.1.7)."""

Event = tuple[str, str, int | None, str, str, str]
"""A message without what a proxy changes on its way: what it is, Call-ID, CSeq, tags."""
Branch = tuple[str, str, int | None, str]
"""What it is, the branch of who sent the request first, CSeq."""
Key = Event | Branch


def event_of(message: Message) -> Event:
    """The same at every point between two user agents."""
    return (
        _what(message),
        message.call_id,
        message.cseq,
        message.cseq_method,
        message.from_tag,
        message.to_tag,
    )


def branch_of(message: Message) -> Branch | None:
    """The same also where a box writes Call-ID and tags anew; None without a branch that is unique."""
    vias = message.vias
    branch = vias[-1].branch if vias else ""
    return (
        (_what(message), branch, message.cseq, message.cseq_method)
        if branch.startswith(MAGIC_COOKIE)
        else None
    )


def _what(message: Message) -> str:
    return message.method if message.is_request else str(message.status)
