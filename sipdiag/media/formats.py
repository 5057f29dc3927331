"""The counts per payload type of a stream: sizes, sound, jitter, digits."""

from __future__ import annotations

import numpy as np

from sipdiag.capture.payload import RtpIdentity, RtpRows
from sipdiag.capture.rtp import LOUD, QUIET, SILENT
from sipdiag.media.columns import NEVER, Columns, Groups, Ints, grown
from sipdiag.media.digits import Digits
from sipdiag.media.jitter import Jitter
from sipdiag.media.skew import KEPT, SkewSamples
from sipdiag.media.stream import CLOCKS, Format, Timing
from sipdiag.sip.sdp import STATIC_PAYLOADS

DYNAMIC = 96
"""The first payload type whose meaning only a session description tells."""
_FORMAT = ("last_ns", "first_frame", "last_frame", "most_size", "silent", "quiet", "loud")


class Formats:
    """The payload types of all streams, by the numbers of their identities."""

    def __init__(self) -> None:
        self.digits = Digits()
        self._rate: Ints = np.zeros(0, dtype=np.int64)
        """Clock of each identity; 0 for a dynamic payload type."""
        self._samples: dict[int, SkewSamples] = {}
        self._state = Columns(*_FORMAT, first_ns=NEVER, least_size=NEVER)
        self._static = Jitter()
        self._dynamic = {clock: Jitter() for clock in CLOCKS}

    def grow(self, count: int) -> None:
        """Make room for so many identities."""
        self._rate = grown(self._rate, count)
        self._state.grow(count)
        self._static.grow(count)

    def meet(self, number: int, one: RtpIdentity) -> None:
        """A new identity."""
        if one.payload_type < DYNAMIC:
            self._rate[number] = STATIC_PAYLOADS.get(one.payload_type, ("", 8000))[1]
        else:
            for jitter in self._dynamic.values():
                jitter.grow(number + 1)

    def count(self, rows: RtpRows, groups: Groups, *, alike: bool) -> None:
        """Count packets that are no duplicates; ``alike``: the groups, which are by stream, are by identity as well."""
        self._sample(rows)
        rate = self._rate[rows.identity]
        dynamic = np.flatnonzero(rate == 0)
        if not dynamic.size:
            groups = groups if alike else Groups.by(rows.identity)
            self._static.add(*self._sorted(rows, groups), self._rate[groups.key])
            return
        some = rows.take(dynamic)
        groups = Groups.by(some.identity)
        packets = self._sorted(some, groups)
        for clock, jitter in self._dynamic.items():
            jitter.add(*packets, np.full(len(groups.key), clock))
        for row in np.flatnonzero(rows.event >= 0).tolist():
            self.digits.add(rows, row)
        static = np.flatnonzero(rate)
        if static.size:
            some = rows.take(static)
            groups = Groups.by(some.identity)
            self._static.add(*self._sorted(some, groups), self._rate[groups.key])

    def _sample(self, rows: RtpRows) -> None:
        """Some packets for the comparison of clocks."""
        some = np.flatnonzero(rows.seq & KEPT == 0)
        columns = (rows.identity[some], rows.time_ns[some], rows.stamp[some])
        for number, time_ns, stamp in zip(*(column.tolist() for column in columns), strict=True):
            samples = self._samples.get(number)
            if samples is None:
                samples = self._samples[number] = SkewSamples()
            samples.add(time_ns, stamp)

    def _sorted(self, rows: RtpRows, groups: Groups) -> tuple[Groups, Ints, Ints]:
        """Times and timestamps of these rows by identity, after what is counted of each identity was."""
        state, key, order = self._state, groups.key, groups.order
        first, last = order[groups.start], order[groups.last]
        state["last_ns"][key] = rows.time_ns[last]
        new = state["first_frame"][key] == 0
        state["first_frame"][key[new]] = rows.frame[first[new]]
        state["first_ns"][key[new]] = rows.time_ns[first[new]]
        state["last_frame"][key] = rows.frame[last]
        size = rows.size[order]
        state["least_size"][key] = np.minimum(state["least_size"][key], groups.lowest(size))
        state["most_size"][key] = np.maximum(state["most_size"][key], groups.highest(size))
        heard = np.flatnonzero(rows.sound)
        for name, sound in (("silent", SILENT), ("quiet", QUIET), ("loud", LOUD)):
            np.add.at(state[name], rows.identity[heard[rows.sound[heard] == sound]], 1)
        return groups, rows.time_ns[order], rows.stamp[order]

    def told(self, number: int, payload_type: int) -> Format:
        """What was counted of an identity."""
        state = {name: int(self._state[name][number]) for name in (*_FORMAT, "first_ns", "least_size")}
        if self._rate[number]:
            clocks = {int(self._rate[number]): self._static}
        else:
            clocks = self._dynamic
        some = next(iter(clocks.values()))
        return Format(
            payload_type=payload_type,
            packets=int(some.packets[number]),
            step=int(some.least_step[number]),
            digits=tuple(self.digits.of.get(number, ())),
            samples=tuple(self._samples[number].kept) if number in self._samples else (),
            timing={
                clock: _timing(jitter, number)
                for clock, jitter in clocks.items()
                if not jitter.coarse(number)
            },
            **state,
        )


def _timing(jitter: Jitter, number: int) -> Timing:
    packets = max(1, int(jitter.packets[number]))
    return Timing(
        mean_ms=round(float(jitter.total[number]) / packets / 1e6, 3),
        max_ms=round(float(jitter.highest[number]) / 1e6, 3),
        late=int(jitter.late[number]),
        very_late=int(jitter.very_late[number]),
    )
