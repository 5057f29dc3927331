"""The decoder of all codecs but G.711, and the encoder of Opus, in a process of its own with limits: what comes in is hostile.

``python -m sipdiag.media.audio.decoder CODEC`` reads frames from standard input, each after its length (32 bits), and
writes for each the number of its samples (32 bits) and the samples: 16 bits, one channel, at the codec's own rate.
With ``to-opus`` it reads the rate (32 bits) and samples of two channels, and writes an Ogg file.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sipdiag.processes import limit_itself

if TYPE_CHECKING:
    from sipdiag.media.audio.g711 import Samples

NAMES = {
    "g722": ("g722", 16000),
    "g729": ("g729", 8000),
    "gsm": ("gsm", 8000),
    "opus": ("libopus", 48000),
    "amr": ("amrnb", 8000),
    "amr-wb": ("amrwb", 16000),
}
"""By encoding name: the decoder of FFmpeg, and the rate of what it gives in Hz."""
ENCODE = "to-opus"
BITS_A_SECOND = 32_000
"""Bit rate of the encoder, both channels together."""
MOST_MEMORY = 1 << 30
"""Bytes of address space."""
MOST_S = 60
"""Seconds of CPU, and of waiting."""
_LENGTH = struct.Struct("=I")


class DecoderError(Exception):
    """The decoder is missing or gave up; the text says which."""


def decode(codec: str, frames: Sequence[bytes]) -> list[Samples]:
    """The samples of each frame; none for one that cannot be decoded.

    :raises DecoderError: the library is not installed, or the process broke one of its limits.
    """
    answer = _asked(codec, b"".join(_LENGTH.pack(len(frame)) + frame for frame in frames))
    found, at = [], 0
    while at + _LENGTH.size <= len(answer):
        (count,) = _LENGTH.unpack_from(answer, at)
        at += _LENGTH.size
        found.append(np.frombuffer(answer, np.int16, count, at))
        at += 2 * count
    return found


def ogg_opus(channels: tuple[Samples, Samples], rate: int) -> bytes:
    """Two channels as Opus in an Ogg file.

    :raises DecoderError: as :func:`decode`.
    """
    sent = _LENGTH.pack(rate) + np.column_stack(channels).astype(np.int16).tobytes()
    return _asked(ENCODE, sent)


def _asked(name: str, sent: bytes) -> bytes:
    """The answer of the decoding process."""
    command = [sys.executable, "-m", "sipdiag.media.audio.decoder", name]
    try:
        done = subprocess.run(command, input=sent, capture_output=True, timeout=MOST_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DecoderError(f"the codec {name.upper()} gave up: {type(error).__name__}") from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise DecoderError(reason[-1] if reason else f"the codec {name.upper()} ended by itself")
    return done.stdout


def _decoded(codec: Any, packet: Any) -> Samples:
    """One channel of 16 bits, whatever the decoder gives."""
    parts = []
    for frame in codec.decode(packet):
        samples = frame.to_ndarray()
        channels = len(frame.layout.channels)
        if frame.format.is_packed:
            samples = samples.reshape(-1, channels).T
        one = samples.mean(axis=0)
        if samples.dtype.kind == "f":
            one = one * 32767
        parts.append(np.clip(one, -32768, 32767).astype(np.int16))
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def _frames(data: bytes) -> Iterable[bytes]:
    at = 0
    while at + _LENGTH.size <= len(data):
        (size,) = _LENGTH.unpack_from(data, at)
        yield data[at + _LENGTH.size : at + _LENGTH.size + size]
        at += _LENGTH.size + size


def main(name: str) -> None:
    """Decode standard input, or encode it."""
    limit_itself(AS=MOST_MEMORY, CPU=MOST_S, FSIZE=0)
    try:
        import av
    except ImportError:
        sys.exit(f"{name.upper()} needs PyAV: pip install 'sipdiag[audio]'")
    av.logging.set_level(av.logging.PANIC)
    if name == ENCODE:
        sys.stdout.buffer.write(_encoded(sys.stdin.buffer.read()))
    else:
        _decode(name)


def _encoded(data: bytes) -> bytes:
    import io

    import av

    (rate,) = _LENGTH.unpack_from(data)
    samples = np.frombuffer(data, np.int16, offset=_LENGTH.size).reshape(1, -1)
    target = io.BytesIO()
    with av.open(target, "w", format="ogg") as container:
        stream: Any = container.add_stream("libopus", rate=rate, layout="stereo")
        stream.bit_rate = BITS_A_SECOND
        for begin in range(0, samples.shape[1], 2 * rate):
            frame: Any = av.AudioFrame.from_ndarray(samples[:, begin : begin + 2 * rate], "s16", "stereo")
            frame.sample_rate = rate
            frame.pts = begin // 2
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _decode(name: str) -> None:
    import av

    decoder, rate = NAMES[name]
    codec: Any = av.CodecContext.create(decoder, "r")
    codec.sample_rate = rate
    codec.layout = "mono"
    out = sys.stdout.buffer
    for frame in _frames(sys.stdin.buffer.read()):
        try:
            samples = _decoded(codec, av.Packet(frame))
        except (av.FFmpegError, ValueError):
            samples = np.zeros(0, np.int16)
        out.write(_LENGTH.pack(len(samples)) + samples.tobytes())


if __name__ == "__main__":
    main(sys.argv[1])
