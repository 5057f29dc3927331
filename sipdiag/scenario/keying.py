"""What comes before encrypted media in a scenario: ICE checks (RFC 8445) and the handshake of DTLS 1.2 (RFC 6347)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

from sipdiag.scenario.schema import MediaSpec
from sipdiag.scenario.tokens import Tokens

FRAGMENTS = ("cAlr", "cLee")
"""``a=ice-ufrag`` of the caller and the callee."""
PASSWORDS = ("n0tAsecretOfTheCaller42", "n0tAsecretOfTheCallee42")
_COOKIE = 0x2112A442
_CHECK_EVERY_NS = 500_000_000
_ANSWER_NS = 20_000_000
_USERNAME, _ERROR_CODE, _XOR_ADDRESS = 6, 9, 0x20
_CIPHER_CHANGE, _ALERT, _HANDSHAKE = 20, 21, 22
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE, _HELLO_DONE, _KEY_EXCHANGE = 1, 2, 11, 14, 16
_VERSION, _SUITE = b"\xfe\xfd", b"\xc0\x2b"
"""DTLS 1.2, and ECDHE with ECDSA and AES-128-GCM."""

Packet = tuple[int, bool, bytes]
"""Offset in nanoseconds, whether it goes back, and the datagram."""


def certificate(side: int) -> bytes:
    """What a side shows: the form of an X.509 certificate (RFC 5280) with a key and a signature that are none."""
    point, signature = (hashlib.sha512(f"{what} {side}".encode()).digest() for what in ("key", "signature"))
    signed_with = _der(0x30, _der(6, bytes.fromhex("2a8648ce3d040302")))
    curve = _der(0x30, _der(6, bytes.fromhex("2a8648ce3d0201")), _der(6, bytes.fromhex("2a8648ce3d030107")))
    name, day = _der(0x30), _der(0x17, b"260101000000Z")
    head = _der(0xA0, _der(2, b"\2")), _der(2, b"\1"), signed_with, name, _der(0x30, day, day), name
    own = _der(0x30, *head, _der(0x30, curve, _der(3, b"\0\4", point)))
    halves = _der(0x30, *(_der(2, b"\1", half) for half in (signature[:31], signature[31:62])))
    return _der(0x30, own, signed_with, _der(3, b"\0", halves))


def _der(tag: int, *parts: bytes) -> bytes:
    """A value of the distinguished encoding rules (X.690) that is shorter than 64 KiB."""
    body = b"".join(parts)
    size = bytes((len(body),)) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes((tag,)) + size + body


def fingerprint(side: int) -> str:
    """Its hash as a session description writes it."""
    return hashlib.sha256(certificate(side)).digest().hex(":").upper()


def checks(tokens: Tokens, seconds: float, side: int, spec: MediaSpec, *name: object) -> Iterator[Packet]:
    """A check of one side every half second, and what the other one answers."""
    username = f"{FRAGMENTS[1 - side]}:{FRAGMENTS[side]}".encode()
    for number in range(max(1, round(seconds * 1e9) // _CHECK_EVERY_NS)):
        transaction = b"".join(
            tokens.number(0, 2**32 - 1, *name, "transaction", number, part).to_bytes(4, "big")
            for part in range(3)
        )
        offset = number * _CHECK_EVERY_NS
        yield offset, False, _stun(0x0001, transaction, _USERNAME, username)
        if spec.error:
            code = struct.pack("!HBB", 0, spec.error // 100, spec.error % 100)
            yield offset + _ANSWER_NS, True, _stun(0x0111, transaction, _ERROR_CODE, code)
        elif spec.answered:
            yield (
                offset + _ANSWER_NS,
                True,
                _stun(0x0101, transaction, _XOR_ADDRESS, bytes((0, 1, *range(6)))),
            )


def handshake(seconds: float, side: int, spec: MediaSpec) -> Iterator[Packet]:
    """The handshake that one side begins; unanswered, its hello is repeated for so many seconds."""
    hello = _record(_HANDSHAKE, _message(_CLIENT_HELLO, _VERSION + bytes(34) + b"\0\2" + _SUITE + b"\1\0"))
    yield 0, False, hello
    if not spec.answered:
        wait = 1.0
        while wait <= seconds:
            yield round(wait * 1e9), False, hello
            wait = 2 * wait + 1
        return
    server, client = (certificate(one + 2 * spec.stranger) for one in (1 - side, side))
    flight = (
        _message(_SERVER_HELLO, _VERSION + bytes(33) + _SUITE + b"\0")
        + _shown(server)
        + _message(_HELLO_DONE, b"")
    )
    yield 20_000_000, True, _record(_HANDSHAKE, flight)
    if spec.alert:
        yield 40_000_000, False, _record(_ALERT, bytes((2, spec.alert)))
        return
    keys = _record(_HANDSHAKE, _shown(client) + _message(_KEY_EXCHANGE, b"\x41\4" + bytes(64)))
    finished = _record(_CIPHER_CHANGE, b"\1") + _record(_HANDSHAKE, bytes(48), epoch=1)
    yield 40_000_000, False, keys + finished
    yield 60_000_000, True, finished


def _stun(kind: int, transaction: bytes, attribute: int, value: bytes) -> bytes:
    padded = struct.pack("!HH", attribute, len(value)) + value + bytes(-len(value) % 4)
    return struct.pack("!HHI", kind, len(padded), _COOKIE) + transaction + padded


def _record(kind: int, body: bytes, epoch: int = 0) -> bytes:
    return bytes((kind,)) + _VERSION + struct.pack("!HHIH", epoch, 0, 0, len(body)) + body


def _message(kind: int, body: bytes) -> bytes:
    size = len(body).to_bytes(3, "big")
    return bytes((kind,)) + size + bytes(5) + size + body


def _shown(one: bytes) -> bytes:
    """A Certificate message with one of them."""
    length = len(one).to_bytes(3, "big")
    return _message(_CERTIFICATE, (len(one) + 3).to_bytes(3, "big") + length + one)
