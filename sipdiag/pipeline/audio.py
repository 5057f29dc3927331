"""The audio of one call as samples: the captures are read again for the packets of its streams alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from sipdiag.calls.model import Leg
from sipdiag.capture.payload import Accounting, MediaDatagram
from sipdiag.capture.source import read
from sipdiag.media.audio.clip import LONGEST_S, Clip, encoded
from sipdiag.media.audio.frames import RtpPacket
from sipdiag.media.audio.g711 import Samples
from sipdiag.media.audio.srtp import Key, SrtpError, keys, plain
from sipdiag.media.audio.track import NARROW, WIDE, Spoken, TrackFormat, channel, spoken
from sipdiag.messages.stream_points import stream_key
from sipdiag.pipeline.media import StreamResult
from sipdiag.pipeline.results import CallDetail
from sipdiag.sip.sdp import STATIC_PAYLOADS, Codec, MediaDescription, Sdp

MOST_PACKETS = 500_000
"""How many packets of a call are kept: more than an hour of both directions."""
MOST_S = 3600.0
"""How many seconds of a call are decoded: an hour of two channels takes 230 MB at 16 kHz."""
_SETTINGS = re.compile(rb"(?m)^a=fmtp:(\d{1,3})[ \t]+([^\r\n]{1,256})")


class NothingToHearError(Exception):
    """There is no audio to give; the text says why."""


class Recording(Struct, frozen=True):
    """Two channels of the same length."""

    caller: Samples
    """What the caller said: the called party heard it."""
    callee: Samples
    rate: int
    """Samples a second."""
    begin_ns: int
    leg: str
    troubles: tuple[str, ...] = ()
    """What could not be made audible."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.caller) / self.rate


def recording(call: CallDetail, paths: Sequence[str]) -> Recording:
    """The audio of a call's best-captured leg.

    :raises NothingToHearError: none was, none of it can be decoded, or it is too long.
    :raises sipdiag.capture.payload.CaptureError: a capture cannot be read again.
    """
    leg, streams = _chosen(call)
    begin_ns = min(one.stream.first_ns for one in streams)
    seconds = (max(one.stream.last_ns for one in streams) - begin_ns) / 1e9 + 0.1
    if seconds > MOST_S:
        raise NothingToHearError(
            f"{call.id}: {seconds / 60:.0f} minutes are too long, {MOST_S / 60:.0f} can be written"
        )
    packets = _packets(paths, streams)
    ways: dict[bool, Spoken] = {True: [], False: []}
    troubles: list[str] = []
    for one in streams:
        parts, trouble = _heard(leg, one, packets.get(stream_key(one.stream), []))
        ways[bool(one.to_caller)] += parts
        troubles += trouble
    if not any(ways.values()):
        why = "; ".join(dict.fromkeys(troubles)) or "no packet holds sound"
        raise NothingToHearError(f"{call.id}: nothing can be made audible ({why})")
    wide = any(rate > NARROW for parts in ways.values() for _, rate, _ in parts)
    rate = WIDE if wide else NARROW
    caller, callee = (channel(ways[way], begin_ns, seconds, rate) for way in (False, True))
    return Recording(caller, callee, rate, begin_ns, leg.id, tuple(dict.fromkeys(troubles)))


def clip(call: CallDetail, paths: Sequence[str]) -> Clip:
    """The audio of a call as a page carries it: its first ten minutes.

    :raises NothingToHearError: as :func:`recording`.
    :raises TooLargeError: it does not fit.
    :raises sipdiag.capture.payload.CaptureError: a capture cannot be read again.
    """
    heard = recording(call, paths)
    most = round(LONGEST_S * heard.rate)
    kind, data = encoded((heard.caller[:most], heard.callee[:most]), heard.rate)
    seconds = min(heard.seconds, LONGEST_S)
    return Clip(call.id, kind, data, heard.begin_ns, seconds, heard.seconds > LONGEST_S, heard.troubles)


def _chosen(call: CallDetail) -> tuple[Leg, list[StreamResult]]:
    """The leg and capture point with the most packets: a call through a PBX is captured on both sides."""
    found: defaultdict[tuple[str, tuple[int, int]], list[StreamResult]] = defaultdict(list)
    for one in call.media.streams:
        if one.leg is not None and one.to_caller is not None:
            found[one.leg, one.stream.place].append(one)
    if not found:
        raise NothingToHearError(f"{call.id}: no RTP of this call was captured")
    (name, _), streams = max(
        found.items(),
        key=lambda item: (
            len({one.to_caller for one in item[1]}),
            sum(one.stream.packets for one in item[1]),
        ),
    )
    return next(leg for leg in call.call.legs if leg.id == name), streams


def _packets(
    paths: Sequence[str], streams: Sequence[StreamResult]
) -> dict[tuple[object, ...], list[MediaDatagram]]:
    wanted = frozenset(one.stream.ssrc for one in streams)
    known = {stream_key(one.stream) for one in streams}
    found: dict[tuple[object, ...], list[MediaDatagram]] = defaultdict(list)
    count = 0
    for batch in read(paths, Accounting(), [], listen=wanted, on_error=lambda index, error: None):
        for packet in batch.voice:
            key = packet.place, packet.src, packet.dst, int.from_bytes(packet.data[8:12], "big")
            if key in known and count < MOST_PACKETS:
                count += 1
                found[key].append(packet)
    return found


def _heard(leg: Leg, one: StreamResult, packets: list[MediaDatagram]) -> tuple[Spoken, list[str]]:
    to_caller = bool(one.to_caller)
    secured, encrypted = list(_keys(leg, by_caller=not to_caller)), _encrypted(leg)
    if secured or encrypted:
        try:
            packets = plain(packets, secured)
        except SrtpError as error:
            if encrypted:
                return [], [str(error)]
            # Keys were offered, and plain RTP was answered.
    clear = [packet for packet in map(RtpPacket.of, packets) if packet is not None]
    return spoken(clear, _formats(leg, to_caller=to_caller))


def _descriptions(leg: Leg, *, by_caller: bool) -> Iterator[tuple[Sdp, bytes]]:
    """The session descriptions of one side, read and as they were sent."""
    for entry in leg.messages:
        message = entry.captured.message
        if message.sdp is not None and leg.sent_by_caller(message) == by_caller:
            yield message.sdp, message.body


def _keys(leg: Leg, *, by_caller: bool) -> Iterator[Key]:
    """What a side encrypts with (RFC 4568 §6.1)."""
    for _, body in _descriptions(leg, by_caller=by_caller):
        yield from keys(body)


def _audio(leg: Leg, *, by_caller: bool) -> Iterator[tuple[MediaDescription, bytes]]:
    for sdp, body in _descriptions(leg, by_caller=by_caller):
        yield from ((media, body) for media in sdp.media if media.kind == "audio")


def _encrypted(leg: Leg) -> bool:
    """Both sides want SRTP."""
    audio = [media for side in (True, False) for media, _ in _audio(leg, by_caller=side)]
    return bool(audio) and all("SAVP" in media.proto for media in audio)


def _formats(leg: Leg, *, to_caller: bool) -> dict[int, TrackFormat]:
    """What payload types mean: as their receiver says, else their sender, else as RFC 3551 has it."""
    found = {number: TrackFormat(Codec(number, *known)) for number, known in STATIC_PAYLOADS.items()}
    for by_caller in (not to_caller, to_caller):
        for media, body in _audio(leg, by_caller=by_caller):
            settings = {
                int(number): text.decode("utf-8", "replace") for number, text in _SETTINGS.findall(body)
            }
            for codec in media.codecs:
                if codec.name:
                    found[codec.payload_type] = TrackFormat(codec, settings.get(codec.payload_type, ""))
    return found
