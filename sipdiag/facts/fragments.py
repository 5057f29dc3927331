"""Messages that are too long for one packet."""

from __future__ import annotations

from sipdiag.messages.captured import CapturedMessage

ONE_PACKET = 1300
"""Bytes; a longer message over UDP may be cut into fragments, which get lost where shorter ones pass (RFC 3261 §18.1.1)."""


def in_fragments(captured: CapturedMessage) -> bool:
    """It went over UDP and was too long for one packet."""
    return captured.transport == "UDP" and len(captured.message.raw) > ONE_PACKET
