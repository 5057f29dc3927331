"""SIP over TLS that nobody can read here: which connections there are, and how they were told."""

from __future__ import annotations

import struct

SIPS_PORTS = (5061, 5081, 15061)
"""Ports where TLS is taken for SIP."""
CLIENT_HELLO = 1
_SERVER_NAME, _ALPN = 0, 16


def says_sip(record: bytes) -> str | None:
    """Why a ClientHello (RFC 8446 §4.1.2) is one of SIP: its ALPN or server name; None when it is not."""
    for kind, value in _extensions(record):
        if kind == _ALPN and b"sip" in value.lower():
            return "ALPN sip"
        if kind == _SERVER_NAME and len(value) > 5:
            name = value[5:].decode("ascii", "replace").lower()
            if "sip" in name.replace("-", ".").split("."):
                return f"server name {name}"
    return None


def says_http(record: bytes) -> bool:
    """Whether a ClientHello offers HTTP by ALPN: a browser, whose SIP is inside a WebSocket."""
    return any(kind == _ALPN and (b"http/" in value or b"h2" in value) for kind, value in _extensions(record))


def _extensions(record: bytes) -> list[tuple[int, bytes]]:
    """Extensions of a ClientHello, as far as the bytes go."""
    found: list[tuple[int, bytes]] = []
    try:
        position = 5 + 4 + 2 + 32
        position += 1 + record[position]
        position += 2 + struct.unpack_from(">H", record, position)[0]
        position += 1 + record[position]
        position += 2
        while position + 4 <= len(record):
            kind, size = struct.unpack_from(">HH", record, position)
            found.append((kind, record[position + 4 : position + 4 + size]))
            position += 4 + size
    except (IndexError, struct.error):
        return found
    return found
