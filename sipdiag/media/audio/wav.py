"""WAV files of two channels."""

from __future__ import annotations

import struct

import numpy as np

from sipdiag.media.audio import g711
from sipdiag.media.audio.g711 import Samples

_PCM, _ULAW = 1, 7
"""WAVE_FORMAT_PCM and WAVE_FORMAT_MULAW (RFC 2361)."""


def pcm(channels: tuple[Samples, Samples], rate: int) -> bytes:
    """16 bits a sample."""
    data = np.column_stack(channels).astype("<i2").tobytes()
    return _file(_PCM, rate, 2, data)


def ulaw(channels: tuple[Samples, Samples], rate: int) -> bytes:
    """A byte a sample."""
    return _file(_ULAW, rate, 1, g711.encode(np.column_stack(channels).reshape(-1)))


def _file(kind: int, rate: int, size: int, data: bytes) -> bytes:
    form = struct.pack("<HHIIHHH", kind, 2, rate, 2 * size * rate, 2 * size, 8 * size, 0)
    chunks = [(b"fmt ", form)]
    if kind != _PCM:
        chunks.append((b"fact", struct.pack("<I", len(data) // (2 * size))))
    chunks.append((b"data", data))
    body = b"".join(name + struct.pack("<I", len(one)) + one + bytes(len(one) % 2) for name, one in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body
