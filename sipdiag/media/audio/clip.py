"""A recording embedded in a page: bounded, and in a form that browsers play."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.media.audio import wav
from sipdiag.media.audio.decoder import DecoderError, ogg_opus
from sipdiag.media.audio.g711 import Samples
from sipdiag.media.audio.track import NARROW, resampled

LARGEST = 5 * 1024 * 1024
"""Bytes that audio may add to a page, as text."""
LONGEST_S = 600.0
"""Seconds of a call that a page plays."""


class TooLargeError(Exception):
    """The audio does not fit into a page; the text says what would help."""


class Clip(Struct, frozen=True):
    """The audio of one call."""

    call: str
    kind: str
    """Media type."""
    data: bytes
    begin_ns: int
    seconds: float
    cut: bool
    """The call went on for longer."""
    troubles: tuple[str, ...] = ()
    """What could not be made audible."""


def encoded(channels: tuple[Samples, Samples], rate: int) -> tuple[str, bytes]:
    """Media type and bytes: µ-law where that fits, else Opus.

    :raises TooLargeError: neither fits, or Opus is not to be had.
    """
    left, right = (resampled(one, rate, NARROW) for one in channels)
    plain = wav.ulaw((left, right), NARROW)
    if _fits(plain):
        return "audio/wav", plain
    try:
        small = ogg_opus(channels, rate)
    except DecoderError as error:
        raise TooLargeError(f"{len(plain) / 1e6:.0f} MB of audio are too much for a page ({error})") from None
    if not _fits(small):
        raise TooLargeError(f"{len(small) / 1e6:.0f} MB of audio are too much for a page")
    return "audio/ogg", small


def _fits(data: bytes) -> bool:
    return len(data) * 4 // 3 <= LARGEST
