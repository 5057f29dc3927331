"""What the user calls hosts: names for addresses, or for an address and port."""

from __future__ import annotations

from collections.abc import Mapping

from sipdiag.capture.payload import host_text
from sipdiag.messages.captured import Host

NONE: Mapping[str, str] = {}


def alias_of(host: Host, aliases: Mapping[str, str]) -> str | None:
    """The user's name for the host."""
    return aliases.get(host_text(host)) or aliases.get(host.address) if aliases else None
