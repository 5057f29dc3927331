"""SIP over WebSocket (RFC 7118): the opening handshake and frames (RFC 6455)."""

from __future__ import annotations

import base64
import hashlib
import struct

from sipdiag.scenario.tokens import Tokens

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT = 0x81
"""A whole message in one text frame."""


def opening(tokens: Tokens, host: str, *name: object) -> tuple[bytes, bytes]:
    """The client's request and the server's answer."""
    key = base64.b64encode(tokens.pattern("%16x", *name, "key").encode()).decode()
    accept = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()
    request = [
        "GET / HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: sip",
    ]
    response = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept}",
        "Sec-WebSocket-Protocol: sip",
    ]
    return _http(request), _http(response)


def _http(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def frame(tokens: Tokens, message: bytes, from_client: bool) -> bytes:
    """A message as one frame; a client masks what it sends."""
    masked = 0x80 if from_client else 0
    if len(message) < 126:
        head = struct.pack("!BB", _TEXT, masked | len(message))
    elif len(message) < 65536:
        head = struct.pack("!BBH", _TEXT, masked | 126, len(message))
    else:
        head = struct.pack("!BBQ", _TEXT, masked | 127, len(message))
    if not from_client:
        return head + message
    mask = tokens.number(0, 2**32 - 1, "mask", message).to_bytes(4, "big")
    spread = mask * (len(message) // 4 + 1)
    return head + mask + bytes(a ^ b for a, b in zip(message, spread, strict=False))
