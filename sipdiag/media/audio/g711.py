"""G.711 (ITU-T G.711, RFC 3551 §4.5.14) by tables of 256 entries."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]


def _ulaw(byte: int) -> int:
    code = ~byte & 0xFF
    value = (((code & 0xF) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return -value if code & 0x80 else value


def _alaw(byte: int) -> int:
    code = byte ^ 0x55
    exponent, value = code >> 4 & 7, (code & 0xF) << 4
    value = value + 8 if not exponent else value + 0x108 << exponent - 1
    return value if code & 0x80 else -value


ULAW, ALAW = (np.array([law(byte) for byte in range(256)], dtype=np.int16) for law in (_ulaw, _alaw))
"""Samples by byte."""
TABLES = {"pcmu": ULAW, "pcma": ALAW}
"""By encoding name."""
_ORDER = np.argsort(ULAW, kind="stable")
_SORTED = ULAW[_ORDER].astype(np.int32)
_BETWEEN = (_SORTED[1:] + _SORTED[:-1]) / 2


def decode(codec: str, payload: bytes) -> Samples:
    """A sample a byte."""
    return TABLES[codec][np.frombuffer(payload, np.uint8)]


def encode(samples: Samples) -> bytes:
    """µ-law of the nearest sample."""
    return _ORDER[np.searchsorted(_BETWEEN, samples)].astype(np.uint8).tobytes()
