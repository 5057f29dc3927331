"""RTCP, STUN and DTLS without anything that may name somebody: only what the verdicts need."""

from __future__ import annotations

import struct
from collections.abc import Callable

from sipdiag.media.dtls import ALERT, CERTIFICATE, HANDSHAKE, messages, records
from sipdiag.media.rtcp import RECEIVER_REPORT, SENDER_REPORT
from sipdiag.media.stun import ERROR_CODE, HEADER, USERNAME, attributes

_REPORT_BYTES, _BLOCK_BYTES = 28, 24


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
    kept = b""
    for kind, value in attributes(data):
        if kind == USERNAME:
            receiver, colon, sender = value.decode("utf-8", "replace").partition(":")
            shown = (fragment(receiver) + colon + fragment(sender)).encode()
        elif kind == ERROR_CODE and len(value) >= 4:
            # The phrase after the code is the server's own.
            shown = value[:4]
        else:
            continue
        kept += struct.pack("!HH", kind, len(shown)) + shown + bytes(-len(shown) % 4)
    return data[:2] + struct.pack("!H", len(kept)) + data[4:HEADER] + kept


def dtls(data: bytes) -> bytes:
    """Records with the kinds of their handshake messages and alerts; hellos and keys are zeros, certificates go."""
    kept = b""
    for record in records(data):
        body = record.body
        if record.kind == HANDSHAKE and not record.encrypted:
            body = _messages(body)
        elif record.kind != ALERT or record.encrypted:
            body = bytes(len(body))
        if body:
            kept += record.head + struct.pack("!H", len(body)) + body
    return kept


def _messages(body: bytes) -> bytes:
    return b"".join(
        message.head[:9] + len(message.part).to_bytes(3, "big") + bytes(len(message.part))
        for message in messages(body)
        if message.kind != CERTIFICATE
    )
