"""The handshake of DTLS (RFC 6347), as far as it passes in clear: hellos, certificates of 1.2, alerts.

DTLS 1.3 (RFC 9147) encrypts from the ServerHello on; its certificates are not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from sipdiag.capture.tls import ALERTS

_CIPHER_CHANGE, ALERT, HANDSHAKE = 20, 21, 22
_RECORD, _MESSAGE = 13, 12
"""Bytes of the header of a record, and of a handshake message within."""
_CLIENT_HELLO, _SERVER_HELLO, _HELLO_VERIFY, CERTIFICATE = 1, 2, 3, 11
_LONGEST_CERTIFICATE = 1 << 14
_HASHES = ("sha-1", "sha-256", "sha-384", "sha-512")
"""As ``a=fingerprint`` names them (RFC 8122 §5)."""


class Record(NamedTuple):
    """A record of DTLS (RFC 6347)."""

    head: bytes
    """All before the length."""
    body: bytes

    @property
    def kind(self) -> int:
        """Its content type."""
        return self.head[0]

    @property
    def encrypted(self) -> bool:
        """Its epoch is not the first."""
        return self.head[3:5] != b"\0\0"


class HandshakeMessage(NamedTuple):
    """A handshake message, or a fragment of one (RFC 6347)."""

    head: bytes
    part: bytes
    """What of it is here."""

    @property
    def kind(self) -> int:
        """Its type."""
        return self.head[0]

    @property
    def size(self) -> int:
        """Bytes of the whole message."""
        return int.from_bytes(self.head[1:4], "big")

    @property
    def offset(self) -> int:
        """Where in it the fragment begins."""
        return int.from_bytes(self.head[6:9], "big")


class Handshake(Struct):
    """What one end sent to another of a handshake."""

    hellos: int = 0
    """ClientHello: this end began."""
    answers: int = 0
    """ServerHello and HelloVerifyRequest."""
    encrypted: bool = False
    """It went on to encrypted records: it holds the keys."""
    alert: str | None = None
    """The first fatal one in clear: ``bad certificate``."""
    digests: tuple[tuple[str, str], ...] = ()
    """Hash and value of its certificate, as a session description writes them."""
    _certificate: bytes = b""
    """So far as it was put together."""

    def add(self, data: bytes) -> None:
        """Read a datagram; what is cut or damaged is passed over."""
        for record in records(data):
            if record.encrypted or record.kind == _CIPHER_CHANGE:
                self.encrypted = True
            elif record.kind == ALERT and len(record.body) >= 2 and self.alert is None:
                self.alert = ALERTS.get(record.body[1])
            elif record.kind == HANDSHAKE:
                for message in messages(record.body):
                    self._message(message)

    def _message(self, message: HandshakeMessage) -> None:
        begins = not message.offset
        self.hellos += begins and message.kind == _CLIENT_HELLO
        self.answers += begins and message.kind in (_SERVER_HELLO, _HELLO_VERIFY)
        if message.kind == CERTIFICATE and not self.digests and message.size <= _LONGEST_CERTIFICATE:
            self._fragment(message.size, message.offset, message.part)

    def _fragment(self, size: int, offset: int, part: bytes) -> None:
        """A certificate comes in several datagrams, in order unless one was lost: then the next try brings it whole."""
        if offset > len(self._certificate):
            return
        self._certificate = self._certificate[:offset] + part
        if len(self._certificate) >= size > 6:
            length = int.from_bytes(self._certificate[3:6], "big")
            first = self._certificate[6 : 6 + length]
            if len(first) == length:
                self.digests = tuple((name, _written(name, first)) for name in _HASHES)
            self._certificate = b""


def _written(name: str, certificate: bytes) -> str:
    """``12:DF:3E:…``."""
    return hashlib.new(name.replace("-", ""), certificate, usedforsecurity=False).digest().hex(":").upper()


def records(data: bytes) -> Iterator[Record]:
    """The records of a datagram; the last one may be cut."""
    at = 0
    while at + _RECORD <= len(data):
        size = int.from_bytes(data[at + _RECORD - 2 : at + _RECORD], "big")
        yield Record(data[at : at + _RECORD - 2], data[at + _RECORD : at + _RECORD + size])
        at += _RECORD + size


def messages(body: bytes) -> Iterator[HandshakeMessage]:
    """The handshake messages of a record in clear; the last one may be cut."""
    at = 0
    while at + _MESSAGE <= len(body):
        length = int.from_bytes(body[at + 9 : at + _MESSAGE], "big")
        yield HandshakeMessage(body[at : at + _MESSAGE], body[at + _MESSAGE : at + _MESSAGE + length])
        at += _MESSAGE + length
