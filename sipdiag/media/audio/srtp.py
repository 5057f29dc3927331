"""Decrypts SRTP with the keys of the session description (SDES, RFC 4568)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.capture.payload import MediaDatagram

_CRYPTO = re.compile(rb"(?m)^a=crypto:\d{1,9}[ \t]+(\S+)[ \t]+inline:([A-Za-z0-9+/=]+)")
_PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": "SRTP_PROFILE_AES128_CM_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32": "SRTP_PROFILE_AES128_CM_SHA1_32",
    "AEAD_AES_128_GCM": "SRTP_PROFILE_AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM": "SRTP_PROFILE_AEAD_AES_256_GCM",
}
"""By suite: the name that libsrtp has for it."""


class SrtpError(Exception):
    """The packets cannot be decrypted; the text says why."""


class Key(Struct, frozen=True):
    """What one side encrypts with."""

    suite: str
    material: bytes
    """Master key and salt."""


def keys(body: bytes) -> list[Key]:
    """The keys of a session description, in its order of preference."""
    found = []
    for suite, text in _CRYPTO.findall(body):
        try:
            found.append(Key(suite.decode("ascii").upper(), base64.b64decode(text, validate=True)))
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found


def plain(packets: Iterable[MediaDatagram], wanted: Iterable[Key]) -> list[MediaDatagram]:
    """The packets, decrypted with the first key that fits.

    :raises SrtpError: no key fits, or the library is not installed.
    """
    try:
        import pylibsrtp
    except ImportError:
        raise SrtpError("SRTP needs pylibsrtp: pip install 'sipdiag[audio]'") from None
    some = list(packets)
    for key in wanted:
        if key.suite not in _PROFILES:
            continue
        try:
            policy: Any = pylibsrtp.Policy(
                key=key.material,
                ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND,
                srtp_profile=getattr(pylibsrtp.Policy, _PROFILES[key.suite]),
            )
            session: Any = pylibsrtp.Session(policy=policy)
        except (pylibsrtp.Error, ValueError, TypeError, AttributeError):
            continue
        found = list(_unprotected(session, some))
        if 2 * len(found) > len(some):
            return found
    raise SrtpError("SRTP that no key of the session descriptions opens (DTLS keys are in no capture)")


def _unprotected(session: Any, packets: Iterable[MediaDatagram]) -> Iterator[MediaDatagram]:
    import pylibsrtp

    for packet in packets:
        try:
            yield replace(packet, data=session.unprotect(packet.data))
        except pylibsrtp.Error:
            continue
