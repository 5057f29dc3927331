"""STUN messages (RFC 8489), as far as ICE checks (RFC 8445 §7) and relays (RFC 8656) need them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

BINDING, ALLOCATE = 0x001, 0x003
ROLE_CONFLICT = 487
"""Both ends want to control, or neither (RFC 8445 §7.3.1.1)."""
HEADER = 20
USERNAME, ERROR_CODE = 0x0006, 0x0009
_LONGEST_USERNAME = 513
"""Bytes (RFC 5389 §15.3)."""
_LAST_STUN = 3
"""Highest first byte of a STUN message (RFC 7983)."""
_CLASSES: tuple[Literal["request", "indication", "success", "error"], ...] = (
    "request",
    "indication",
    "success",
    "error",
)


class Stun(Struct, frozen=True):
    """A message."""

    kind: Literal["request", "indication", "success", "error"]
    method: int
    transaction: bytes
    """A response has that of its request."""
    username: str = ""
    """Of a check: the receiver's fragment, a colon, the sender's (RFC 8445 §7.2.2)."""
    error: int | None = None


def is_stun(data: bytes) -> bool:
    """Whether a datagram that sets media up is STUN; else it is DTLS."""
    return data[0] <= _LAST_STUN


def parse(data: bytes) -> Stun:
    """Read a message whose header was looked at already; attributes that are cut or broken are passed over."""
    kind = data[0] << 8 | data[1]
    username, error = "", None
    for number, value in attributes(data):
        if number == USERNAME and len(value) <= _LONGEST_USERNAME:
            username = value.decode("utf-8", "replace")
        elif number == ERROR_CODE and len(value) >= 4:
            error = (value[2] & 7) * 100 + value[3]
    method = kind & 0xF | kind >> 1 & 0x70 | kind >> 2 & 0xF80
    return Stun(_CLASSES[kind >> 7 & 2 | kind >> 4 & 1], method, data[8:HEADER], username, error)


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and the value of each attribute of a message, as far as the bytes go."""
    at = HEADER
    while at + 4 <= len(data):
        number, size = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
        yield number, data[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4
