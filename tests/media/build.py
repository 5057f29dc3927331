"""RTP packets as columns, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from sipdiag.capture.payload import COLUMNS, Endpoint, RtpIdentity, RtpRows

A, B = Endpoint("192.0.2.1", 4000), Endpoint("2001:db8::1", 5000)
VOICE = RtpIdentity((0, 0), A, B, 5, 0)
EVENTS = RtpIdentity((0, 0), A, B, 5, 101)
BACK = RtpIdentity((0, 0), B, A, 6, 8)
MS = 1_000_000


class Packet(Struct, frozen=True):
    """A packet; times in nanoseconds."""

    seq: int
    time_ns: int
    stamp: int
    identity: int = 0
    frame: int = 1
    size: int = 160
    checksum: int = 0
    sound: int = 0
    event: int = -1


def voice(seq: int, ms: float, **more: int) -> Packet:
    """Packet ``seq`` of a G.711 stream, captured at ``ms``; the first was sent at 0 with timestamp 0."""
    fields = {"stamp": seq * 160 & 0xFFFFFFFF, "frame": seq + 1, "checksum": seq} | more
    return Packet(seq & 0xFFFF, round(ms * MS), **fields)


def rows(packets: Iterable[Packet], identities: Sequence[RtpIdentity] = (VOICE, EVENTS, BACK)) -> RtpRows:
    """The packets as a lane yields them."""
    some = list(packets)

    def column(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in some], dtype=np.int64)

    sound = column("sound").astype(np.int8)
    columns: dict[str, Any] = {name: column(name) for name in COLUMNS} | {"sound": sound}
    return RtpRows(**columns, identities=identities, file=0)
