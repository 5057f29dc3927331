"""A channel: the streams of one direction as samples over the time of the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
from msgspec import Struct

from sipdiag.media.audio import decoder, g711
from sipdiag.media.audio.frames import AudioFrame, RtpPacket, frames
from sipdiag.media.audio.g711 import Samples
from sipdiag.media.audio.payloads import pieces
from sipdiag.sip.sdp import Codec

NARROW, WIDE = 8000, 16000


class TrackFormat(Struct, frozen=True):
    """What a payload type means."""

    codec: Codec
    settings: str = ""
    """Of ``a=fmtp``."""

    @property
    def is_sound(self) -> bool:
        """Speech: neither digits, which stay secret, nor comfort noise."""
        return bool(self.codec.rate) and not self.codec.is_dtmf and not self.codec.is_comfort_noise


Spoken = list[tuple[int, int, Samples]]
"""When, at which rate, and what."""


def spoken(packets: Sequence[RtpPacket], formats: Mapping[int, TrackFormat]) -> tuple[Spoken, list[str]]:
    """The samples of a stream, and what could not be made audible."""
    clocks = {number: one.codec.rate or NARROW for number, one in formats.items() if one.is_sound}
    found: Spoken = []
    troubles: list[str] = []
    in_order = list(frames(packets, clocks))
    for number, run in groupby(in_order, key=lambda frame: frame.payload_type):
        form = formats[number]
        some = list(run)
        if form.codec.name in g711.TABLES:
            found += [(one.at_ns, NARROW, g711.decode(form.codec.name, one.payload)) for one in some]
        elif form.codec.name in decoder.NAMES:
            try:
                found += _decoded(form, some)
            except decoder.DecoderError as error:
                troubles.append(str(error))
        else:
            troubles.append(f"{form.codec.name.upper() or f'payload type {number}'} cannot be decoded")
    unknown = {packet.payload_type for packet in packets} - formats.keys()
    troubles += [f"payload type {number} was never named" for number in sorted(unknown)]
    return found, list(dict.fromkeys(troubles))


def _decoded(form: TrackFormat, some: Sequence[AudioFrame]) -> Spoken:
    name = form.codec.name
    rate = decoder.NAMES[name][1]
    split = [(frame.at_ns, list(pieces(name, frame.payload, form.settings))) for frame in some]
    samples = decoder.decode(name, [piece for _, parts in split for piece in parts])
    found: Spoken = []
    place = 0
    for at_ns, parts in split:
        own = samples[place : place + len(parts)]
        place += len(parts)
        if own:
            found.append((at_ns, rate, np.concatenate(own)))
    return found


def channel(parts: Spoken, begin_ns: int, seconds: float, rate: int) -> Samples:
    """The parts in their places; where there is none it is silent."""
    track = np.zeros(max(1, round(seconds * rate)), dtype=np.int16)
    for at_ns, own_rate, samples in parts:
        converted = resampled(samples, own_rate, rate)
        first = round((at_ns - begin_ns) * rate / 1e9)
        low, high = max(0, first), min(len(track), first + len(converted))
        if low < high:
            track[low:high] = converted[low - first : high - first]
    return track


def resampled(samples: Samples, own: int, rate: int) -> Samples:
    """At another rate; what is lowered is averaged."""
    if own == rate or not len(samples):
        return samples
    if own > rate and own % rate == 0:
        # Averaging the samples that one output sample stands for: no studio filter, but no audible aliasing.
        step = own // rate
        steps = samples[: len(samples) // step * step].reshape(-1, step)
        thinned: Samples = steps.mean(axis=1).astype(np.int16)
        return thinned
    count = round(len(samples) * rate / own)
    places = np.arange(count) * own / rate
    converted: Samples = np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
    return converted
