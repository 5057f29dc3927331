"""What is malformed in a message, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sipdiag.sip.message import Message


def find_defects(message: Message) -> list[str]:
    """Name each departure from RFC 3261 as a sentence."""
    return [
        f"No {name} header." for name in ("Via", "From", "To", "Call-ID", "CSeq") if not message.header(name)
    ]
