"""RTP streams of a capture, counted from columns: memory grows with the streams, not the packets.

Whatever the chunks the packets come in, the counts are the same: all state that one packet leaves for the
next is kept by stream.  Streams whose packets simply follow each other, nearly all, are counted a column at
a time; the others are walked through from one odd packet to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sipdiag.capture.payload import RtpIdentity, RtpRows
from sipdiag.capture.rtp import LOUD, QUIET, SILENT
from sipdiag.media.columns import Groups, Ints, Mask, grown
from sipdiag.media.digits import Digits
from sipdiag.media.jitter import Jitter
from sipdiag.media.sequence import FASTEST_NS, MOST_MISORDER, Bursts, Hole, Segment
from sipdiag.media.stream import CLOCKS, Format, RtpStream, Silence, Timing
from sipdiag.sip.sdp import STATIC_PAYLOADS

AT_A_TIME = 1 << 15
"""Packets counted in one go."""
COPY_NS = 1_000_000
"""The same packet within this time was captured twice."""
HOLE_NS = 150_000_000
"""Shorter holes are not looked at one by one."""
TOGETHER_NS = 8_000_000
"""Packets this near to each other were held up: none is sent so soon after another."""
DYNAMIC = 96
_NEVER = np.iinfo(np.int64).max

_STREAM = (
    "packets",
    "copies",
    "seq",
    "base",
    "stamp",
    "checksum",
    "pace",
    "max_delta_ns",
    "last_ns",
    "last_frame",
    "last_file",
    "first_frame",
    "first_file",
)
_FORMAT = ("last_ns", "first_frame", "last_frame", "most_size", "silent", "quiet", "loud")


class _Columns:
    """Columns by name that grow together."""

    def __init__(self, *zeros: str, **others: int) -> None:
        self._fill = dict.fromkeys(zeros, 0) | others
        self._columns: dict[str, Ints] = {name: np.zeros(0, dtype=np.int64) for name in self._fill}

    def __getitem__(self, name: str) -> Ints:
        return self._columns[name]

    def grow(self, count: int) -> None:
        for name, fill in self._fill.items():
            self._columns[name] = grown(self._columns[name], count, fill)


class StreamTable:
    """All RTP streams of a run so far."""

    def __init__(self) -> None:
        self.left_out = 0
        """Packets of streams beyond the bound."""
        self.digits = Digits()
        self._identities: Sequence[RtpIdentity] = ()
        self._numbers: dict[tuple[object, ...], int] = {}
        self._members: list[list[int]] = []
        """Numbers of the identities of each stream."""
        self._whole: Ints = np.zeros(0, dtype=np.int64)
        """The stream of each identity."""
        self._rate: Ints = np.zeros(0, dtype=np.int64)
        """Clock of each identity; 0 for a dynamic payload type."""
        self._known = 0
        self._stream = _Columns(*_STREAM, first_ns=_NEVER)
        self._format = _Columns(*_FORMAT, first_ns=_NEVER, least_size=_NEVER)
        self._segments: dict[int, Segment] = {}
        self._longest: dict[int, Silence] = {}
        self._doubtful: dict[int, Silence] = {}
        """Holes of which the next packet will tell whether they are any."""
        self._static = Jitter()
        self._dynamic = {clock: Jitter() for clock in CLOCKS}

    def add(self, rows: RtpRows) -> None:
        """Count the packets of a batch; all batches are of one run."""
        self._identities = rows.identities
        self._meet(rows.identities)
        named = rows.identity >= 0
        if not named.all():
            self.left_out += int((~named).sum())
            rows = rows.take(named)
        for begin in range(0, len(rows.identity), AT_A_TIME):
            self._count(rows.take(slice(begin, begin + AT_A_TIME)))

    def _meet(self, identities: Sequence[RtpIdentity]) -> None:
        """Give the new identities their streams."""
        count = len(identities)
        self._whole, self._rate = grown(self._whole, count), grown(self._rate, count)
        for number in range(self._known, count):
            one = identities[number]
            key = (one.place, one.src, one.dst, one.ssrc)
            stream = self._numbers.setdefault(key, len(self._numbers))
            if stream == len(self._members):
                self._members.append([])
            self._members[stream].append(number)
            self._whole[number] = stream
            if one.payload_type < DYNAMIC:
                self._rate[number] = STATIC_PAYLOADS.get(one.payload_type, ("", 8000))[1]
        self._known = count
        self._stream.grow(len(self._members))
        self._format.grow(count)
        for jitter in (self._static, *self._dynamic.values()):
            jitter.grow(count)

    def _count(self, rows: RtpRows) -> None:
        groups = Groups.by(self._whole[rows.identity])
        step = self._steps(rows, groups)
        again = np.flatnonzero(step == 0)
        copied = self._copied(rows, groups, again) if again.size else again
        if copied.size:
            rows = _without(rows, copied)
            if not len(rows.identity):
                return
            groups = Groups.by(self._whole[rows.identity])
            step = self._steps(rows, groups)
        doubled = self._sequences(rows, groups, step)
        if doubled:
            rows = _without(rows, doubled)
            if not len(rows.identity):
                return
            groups = Groups.by(self._whole[rows.identity])
        self._formats(rows, groups)

    def _steps(self, rows: RtpRows, groups: Groups) -> Ints:
        """By how much each sequence number is above the one before, of sorted rows; 1 for that of a new stream."""
        state, key = self._stream, groups.key
        seq = rows.seq[groups.order]
        step = seq - groups.before(seq, state["seq"][key])
        step += 0x8000
        step &= 0xFFFF
        step -= 0x8000
        step[groups.start[state["packets"][key] == 0]] = 1
        return step

    def _copied(self, rows: RtpRows, groups: Groups, again: Ints) -> Ints:
        """The rows that are a second capture of the packet before them; ``again``: where the number is the same."""
        state, order = self._stream, groups.order
        first = again == groups.start[groups.of[again]]
        here, before, stream = order[again], order[again - 1], groups.key[groups.of[again]]
        same = np.ones(len(again), dtype=bool)
        for column, last in ((rows.stamp, "stamp"), (rows.checksum, "checksum")):
            same &= column[here] == np.where(first, state[last][stream], column[before])
        time_ns = np.where(first, state["last_ns"][stream], rows.time_ns[before])
        same &= np.abs(rows.time_ns[here] - time_ns) < COPY_NS
        np.add.at(state["copies"], stream[same], 1)
        copied: Ints = here[same]
        return copied

    def _sequences(self, rows: RtpRows, groups: Groups, step: Ints) -> list[int]:
        """Count what the sequence numbers tell; returns the rows that are duplicates."""
        state, key, order = self._stream, groups.key, groups.order
        time_ns, stamp = rows.time_ns[order], rows.stamp[order]
        met = state["packets"][key] == 0
        self._begin(rows, groups, met)
        elapsed = time_ns - groups.before(time_ns, state["last_ns"][key])
        elapsed[groups.start[met]] = 0
        self._gaps(rows, groups, step, elapsed, stamp)
        odd = np.flatnonzero(step != 1)
        troubled = np.unique(groups.of[odd])
        doubled = [row for group in troubled.tolist() for row in self._walk(rows, groups, group, odd)]
        clean = np.ones(len(key), dtype=bool)
        clean[troubled] = False
        state["seq"][key[clean]] += groups.size[clean] - met[clean]
        for stream in key[clean].tolist() if self._segments else ():
            segment = self._segments.get(stream)
            if segment is not None:
                high = int(state["seq"][stream])
                segment.advance(high, 1, None)
        state["packets"][key] += groups.size
        state["max_delta_ns"][key] = np.maximum(state["max_delta_ns"][key], groups.highest(elapsed))
        last = groups.last
        state["last_ns"][key], state["stamp"][key] = time_ns[last], stamp[last]
        state["checksum"][key], state["last_frame"][key] = rows.checksum[order[last]], rows.frame[order[last]]
        state["last_file"][key] = rows.file
        return doubled

    def _begin(self, rows: RtpRows, groups: Groups, met: Mask) -> None:
        new, first = groups.key[met], groups.order[groups.start[met]]
        state = self._stream
        state["seq"][new] = state["base"][new] = rows.seq[first]
        state["first_frame"][new], state["first_file"][new] = rows.frame[first], rows.file
        state["first_ns"][new] = rows.time_ns[first]
        state["stamp"][new] = rows.stamp[first]

    def _gaps(self, rows: RtpRows, groups: Groups, step: Ints, elapsed: Ints, stamp: Ints) -> None:
        """Look at long silences: whether the timestamps say that something was sent all the time.

        Where no packet is missing it was held up only if the next one comes together with it: a source that
        pauses, and does not count the pause in its timestamps, looks the same until then.
        """
        state, key = self._stream, groups.key
        for stream, silence in list(self._doubtful.items()) if self._doubtful else ():
            group = int(np.searchsorted(key, stream))
            if group < len(key) and key[group] == stream:
                del self._doubtful[stream]
                if elapsed[groups.start[group]] <= TOGETHER_NS:
                    self._note(stream, silence)
        for place in np.flatnonzero(elapsed >= HOLE_NS).tolist():
            group = int(groups.of[place])
            advance, usual = self._paces(groups, group, place, step, stamp)
            if step[place] <= 0 or not usual or advance & 0xFFFFFFFF != int(step[place]) * usual:
                continue
            stream, row, ns = int(key[group]), int(groups.order[place]), int(elapsed[place])
            silence = Silence(ns, int(rows.time_ns[row]) - ns, rows.file, int(rows.frame[row]))
            if step[place] > 1:
                self._note(stream, silence)
            elif place == groups.last[group]:
                self._doubtful[stream] = silence
            elif elapsed[place + 1] <= TOGETHER_NS:
                self._note(stream, silence)
        last = groups.last
        advances = stamp[last] - np.where(groups.size > 1, stamp[last - 1], state["stamp"][key])
        state["pace"][key] = np.where((step[last] == 1) & (advances > 0), advances, 0)

    def _paces(self, groups: Groups, group: int, place: int, step: Ints, stamp: Ints) -> tuple[int, int]:
        """By how much the timestamp advances to a packet, and did from the one before its predecessor to that.

        The latter is 0 where these do not follow each other.
        """
        state, stream, start = self._stream, int(groups.key[group]), int(groups.start[group])
        if place == start:
            return int(stamp[place]) - int(state["stamp"][stream]), int(state["pace"][stream])
        advance = int(stamp[place]) - int(stamp[place - 1])
        earlier = int(stamp[place - 2]) if place - 1 > start else int(state["stamp"][stream])
        usual = int(stamp[place - 1]) - earlier
        return advance, usual if usual > 0 and step[place - 1] == 1 else 0

    def _note(self, stream: int, silence: Silence) -> None:
        known = self._longest.get(stream)
        if known is None or silence.ns > known.ns:
            self._longest[stream] = silence

    def _walk(self, rows: RtpRows, groups: Groups, group: int, odd: Ints) -> Iterator[int]:
        """Count the packets of a stream from one odd step to the next; yields the rows that are duplicates."""
        stream, begin = int(groups.key[group]), int(groups.start[group])
        end = begin + int(groups.size[group])
        state = self._stream
        segment = self._segments.get(stream)
        if segment is None:
            segment = self._segments[stream] = Segment(int(state["base"][stream]), int(state["seq"][stream]))
        own = groups.order[begin:end]
        seq, time_ns = rows.seq[own].tolist(), rows.time_ns[own].tolist()
        stops = [
            *(odd[np.searchsorted(odd, begin) : np.searchsorted(odd, end)] - begin).tolist(),
            end - begin,
        ]
        before_ns = int(state["last_ns"][stream])
        place = following = 0
        if not state["packets"][stream]:
            # The first packet is the base; those that follow it in order are no matter.
            place, before_ns = stops[0], time_ns[stops[0] - 1]
            segment.high += place - 1
        while place < len(seq):
            while stops[following] <= place:
                following += 1
            stop = stops[following]
            number = segment.extended(seq[place])
            ahead = number - segment.high
            if -MOST_MISORDER < ahead <= 0:
                if not segment.late(number, int(rows.frame[own[place]])):
                    yield int(own[place])
                stop = place + 1
            elif ahead < 0 or (ahead > MOST_MISORDER and time_ns[place] - before_ns < ahead * FASTEST_NS):
                segment.restart(seq[place])
                segment.advance(segment.high, stop - place, None)
            else:
                hole = None
                if ahead > 1:
                    frame = int(rows.frame[own[place]])
                    hole = Hole(segment.high + 1, ahead - 1, before_ns, time_ns[place], frame, rows.file)
                segment.advance(number, stop - place, hole)
            before_ns = time_ns[stop - 1]
            place = stop
        state["seq"][stream] = segment.high

    def _formats(self, rows: RtpRows, groups: Groups) -> None:
        """Count by payload type what is not told by sequence numbers."""
        rate = self._rate[rows.identity]
        dynamic = np.flatnonzero(rate == 0)
        if not dynamic.size:
            # As long as no stream has two payload types, its number is theirs.
            alike = len(self._members) == self._known
            self._static.add(*self._sorted(rows, groups if alike else Groups.by(rows.identity)), rate)
            return
        some = rows.take(dynamic)
        groups = Groups.by(some.identity)
        packets = self._sorted(some, groups)
        for clock, jitter in self._dynamic.items():
            jitter.add(*packets, np.array(clock))
        for row in np.flatnonzero(rows.event >= 0).tolist():
            self.digits.add(rows, row)
        static = np.flatnonzero(rate)
        if static.size:
            some = rows.take(static)
            self._static.add(*self._sorted(some, Groups.by(some.identity)), rate[static])

    def _sorted(self, rows: RtpRows, groups: Groups) -> tuple[Groups, Ints, Ints]:
        """Times and timestamps of these rows by identity, after what is counted of each identity was."""
        state, key, order = self._format, groups.key, groups.order
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

    @property
    def streams(self) -> list[RtpStream]:
        """The streams in the order in which they were first met."""
        return [self._told(number) for number in range(len(self._members)) if self._stream["packets"][number]]

    def _told(self, number: int) -> RtpStream:
        state = self._stream
        one = {name: int(state[name][number]) for name in (*_STREAM, "first_ns")}
        formats = sorted(map(self._format_told, self._members[number]), key=lambda told: -told.packets)
        identity = self._identities[self._members[number][0]]
        segment = self._segments.get(number)
        if segment is not None:
            segment.finish()
        return RtpStream(
            src=identity.src,
            dst=identity.dst,
            ssrc=identity.ssrc,
            payload_type=formats[0].payload_type,
            packets=one["packets"],
            first_ns=one["first_ns"],
            last_ns=one["last_ns"],
            place=identity.place,
            first_file=one["first_file"],
            first_frame=one["first_frame"],
            last_file=one["last_file"],
            last_frame=one["last_frame"],
            first_number=segment.base if segment else one["base"],
            expected=segment.expected if segment else one["packets"],
            lost=segment.lost if segment else 0,
            duplicates=segment.duplicates if segment else 0,
            reordered=segment.reordered if segment else 0,
            restarts=segment.restarts if segment else 0,
            copies=one["copies"],
            max_delta_ns=one["max_delta_ns"],
            longest=self._longest.get(number),
            holes=tuple(segment.holes) if segment else (),
            bursts=segment.bursts if segment else Bursts(),
            formats=tuple(formats),
        )

    def _format_told(self, number: int) -> Format:
        state = {name: int(self._format[name][number]) for name in (*_FORMAT, "first_ns", "least_size")}
        if self._rate[number]:
            clocks = {int(self._rate[number]): self._static}
        else:
            clocks = self._dynamic
        some = next(iter(clocks.values()))
        return Format(
            payload_type=self._identities[number].payload_type,
            packets=int(some.packets[number]),
            step=int(some.least_step[number]),
            digits=tuple(self.digits.of.get(number, ())),
            timing={clock: _timing(jitter, number) for clock, jitter in clocks.items()},
            **state,
        )


def _without(rows: RtpRows, some: Sequence[int] | Ints) -> RtpRows:
    kept = np.ones(len(rows.identity), dtype=bool)
    kept[some] = False
    return rows.take(kept)


def _timing(jitter: Jitter, number: int) -> Timing:
    packets = max(1, int(jitter.packets[number]))
    return Timing(
        mean_ms=round(float(jitter.total[number]) / packets / 1e6, 3),
        max_ms=round(float(jitter.highest[number]) / 1e6, 3),
        late=int(jitter.late[number]),
        very_late=int(jitter.very_late[number]),
    )
