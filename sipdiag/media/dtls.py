"""The handshake of DTLS (RFC 6347), as far as it passes in clear: hellos, certificates of 1.2, alerts.

DTLS 1.3 (RFC 9147) encrypts from the ServerHello on; its certificates are not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from msgspec import Struct

from sipdiag.capture.tls import ALERTS

_CIPHER_CHANGE, _ALERT, _HANDSHAKE = 20, 21, 22
_RECORD, _MESSAGE = 13, 12
"""Bytes of the header of a record, and of a handshake message within."""
_CLIENT_HELLO, _SERVER_HELLO, _HELLO_VERIFY, _CERTIFICATE = 1, 2, 3, 11
_LONGEST_CERTIFICATE = 1 << 14
_HASHES = ("sha-1", "sha-256", "sha-384", "sha-512")
"""As ``a=fingerprint`` names them (RFC 8122 §5)."""


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
        for kind, epoch, body in _records(data):
            if epoch or kind == _CIPHER_CHANGE:
                self.encrypted = True
            elif kind == _ALERT and len(body) >= 2 and self.alert is None:
                self.alert = ALERTS.get(body[1])
            elif kind == _HANDSHAKE:
                self._message(body)

    def _message(self, body: bytes) -> None:
        while len(body) >= _MESSAGE:
            kind, size = body[0], int.from_bytes(body[1:4], "big")
            offset, length = int.from_bytes(body[6:9], "big"), int.from_bytes(body[9:12], "big")
            self.hellos += kind == _CLIENT_HELLO and not offset
            self.answers += kind in (_SERVER_HELLO, _HELLO_VERIFY) and not offset
            if kind == _CERTIFICATE and not self.digests and size <= _LONGEST_CERTIFICATE:
                self._fragment(size, offset, body[_MESSAGE : _MESSAGE + length])
            body = body[_MESSAGE + length :]

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


def _records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + _RECORD <= len(data):
        size = int.from_bytes(data[at + 11 : at + 13], "big")
        yield data[at], int.from_bytes(data[at + 3 : at + 5], "big"), data[at + _RECORD : at + _RECORD + size]
        at += _RECORD + size
