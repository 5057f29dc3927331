"""SIP over TLS that cannot be decrypted: which connections there are, and how they were recognised."""

from __future__ import annotations

import struct

SIPS_PORTS = (5061, 5081, 15061)
"""Ports where TLS is taken for SIP."""
CLIENT_HELLO = 1
ALERT = 0x15
"""Record type of alerts."""
ALERTS = {
    10: "unexpected message",
    20: "bad record MAC",
    40: "handshake failure",
    42: "bad certificate",
    43: "unsupported certificate",
    44: "certificate revoked",
    45: "certificate expired",
    46: "certificate unknown",
    47: "illegal parameter",
    48: "unknown CA",
    49: "access denied",
    50: "decode error",
    51: "decrypt error",
    70: "protocol version",
    71: "insufficient security",
    80: "internal error",
    86: "inappropriate fallback",
    109: "missing extension",
    112: "unrecognized name",
    116: "certificate required",
    120: "no application protocol",
}
"""Alerts that end a connection (RFC 8446 §6.2); 0, close_notify, is no fault."""
_SERVER_NAME, _ALPN = 0, 16


def alert(record: bytes) -> str | None:
    """Name of the alert in clear text that a segment begins with; None when there is none that is a fault."""
    if len(record) < 7 or record[0] != ALERT or record[1] != 3 or record[3:5] != b"\x00\x02":
        return None
    return ALERTS.get(record[6])


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
