"""G.711 (ITU-T G.711, RFC 3551 §4.5.14) by tables of 256 entries."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sipdiag.capture.rtp import magnitudes

Samples = npt.NDArray[np.int16]

_SIGNS = np.where(np.arange(256) & 0x80, 1, -1)
ULAW, ALAW = ((_SIGNS * magnitudes(ulaw=ulaw)).astype(np.int16) for ulaw in (True, False))
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
