"""RTCP, STUN and DTLS without what may name somebody: as much as the counting and the verdicts need."""

from __future__ import annotations

import struct
from collections.abc import Callable

from sipdiag.media.rtcp import RECEIVER_REPORT, SENDER_REPORT

_REPORT_BYTES, _BLOCK_BYTES = 28, 24
_STUN_HEADER, _RECORD, _MESSAGE = 20, 13, 12
_USERNAME, _ERROR_CODE = 0x0006, 0x0009
_ALERT, _HANDSHAKE, _CERTIFICATE = 21, 22, 11


def reports(data: bytes) -> bytes:
    """The sender and receiver reports of a compound: descriptions, goodbyes and what applications add say more."""
    kept, at = b"", 0
    while at + 8 <= len(data):
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at] >> 6 != 2 or end > len(data):
            break
        if data[at + 1] in (SENDER_REPORT, RECEIVER_REPORT):
            fixed = _REPORT_BYTES if data[at + 1] == SENDER_REPORT else 8
            size = min(end - at, fixed + _BLOCK_BYTES * (data[at] & 0x1F))
            kept += (
                struct.pack("!BBH", data[at] & 0xDF, data[at + 1], size // 4 - 1) + data[at + 4 : at + size]
            )
        at = end
    return kept


def stun(data: bytes, fragment: Callable[[str], str]) -> bytes:
    """Header, user name and error code of a message; addresses, software and all else are left out."""
    kept, at = b"", _STUN_HEADER
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("!HH", data, at)
        value = data[at + 4 : at + 4 + size]
        if kind == _USERNAME:
            receiver, colon, sender = value.decode("utf-8", "replace").partition(":")
            value = (fragment(receiver) + colon + fragment(sender)).encode()
        if kind == _USERNAME or (kind == _ERROR_CODE and len(value) >= 4):
            # The phrase behind the code is the server's own.
            value = value if kind == _USERNAME else value[:4]
            kept += struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)
        at += 4 + size + -size % 4
    return data[:2] + struct.pack("!H", len(kept)) + data[4:_STUN_HEADER] + kept


def dtls(data: bytes) -> bytes:
    """Records with the kinds of their handshake messages and alerts; hellos and keys are zeros, certificates go."""
    kept, at = b"", 0
    while at + _RECORD <= len(data):
        head, size = data[at : at + _RECORD - 2], int.from_bytes(data[at + 11 : at + 13], "big")
        body = data[at + _RECORD : at + _RECORD + size]
        encrypted = head[3:5] != b"\0\0"
        if head[0] == _HANDSHAKE and not encrypted:
            body = _messages(body)
        elif head[0] != _ALERT or encrypted:
            body = bytes(len(body))
        if body:
            kept += head + struct.pack("!H", len(body)) + body
        at += _RECORD + size
    return kept


def _messages(body: bytes) -> bytes:
    kept, at = b"", 0
    while at + _MESSAGE <= len(body):
        length = int.from_bytes(body[at + 9 : at + 12], "big")
        part = body[at + _MESSAGE : at + _MESSAGE + length]
        if body[at] != _CERTIFICATE:
            kept += body[at : at + 9] + len(part).to_bytes(3, "big") + bytes(len(part))
        at += _MESSAGE + length
    return kept
