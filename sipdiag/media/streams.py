"""RTP streams of a capture, counted from columns: memory grows with the streams, not the packets.

The counts do not depend on how packets are split into chunks: all state that one packet leaves for the
next is kept by stream.  Streams whose packets simply follow each other, nearly all, are counted a column at
a time; the others are walked through from one odd packet to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sipdiag.capture.payload import RtpIdentity, RtpRows
from sipdiag.media.columns import NEVER, Columns, Groups, Ints, Mask, distinct, grown
from sipdiag.media.formats import Formats
from sipdiag.media.sequence import FASTEST_NS, MOST_MISORDER, Bursts, Hole, Segment
from sipdiag.media.silences import Silences
from sipdiag.media.stream import RtpStream

AT_A_TIME = 1 << 15
"""Packets counted in one go."""
COPY_NS = 1_000_000
"""The same packet seen again within this time was captured twice."""

_STREAM = (
    "packets",
    "copies",
    "seq",
    "last_seq",
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


class StreamTable:
    """All RTP streams of a run so far."""

    def __init__(self) -> None:
        self.left_out = 0
        """Packets of streams beyond the bound."""
        self.several_points = False
        """A file of several capture points is among the sources."""
        self._identities: Sequence[RtpIdentity] = ()
        self._numbers: dict[tuple[object, ...], int] = {}
        self._members: list[list[int]] = []
        """Numbers of the identities of each stream."""
        self._whole: Ints = np.zeros(0, dtype=np.int64)
        """The stream of each identity."""
        self._known = 0
        self._stream = Columns(*_STREAM, first_ns=NEVER)
        self._formats = Formats()
        self._silences = Silences()
        self._segments: dict[int, Segment] = {}

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
        self._whole = grown(self._whole, count)
        self._formats.grow(count)
        for number in range(self._known, count):
            one = identities[number]
            key = (one.place, one.src, one.dst, one.ssrc)
            stream = self._numbers.setdefault(key, len(self._numbers))
            if stream == len(self._members):
                self._members.append([])
            self._members[stream].append(number)
            self._whole[number] = stream
            self.several_points = self.several_points or one.place[1] > 0
            self._formats.meet(number, one)
        self._known = count
        self._stream.grow(len(self._members))

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
        # While no stream has two payload types, identities and streams share their numbers.
        self._formats.count(rows, groups, alike=len(self._members) == self._known)

    def _steps(self, rows: RtpRows, groups: Groups) -> Ints:
        """The step of each sequence number from the one before, over sorted rows; 1 at a new stream."""
        state, key = self._stream, groups.key
        seq = rows.seq[groups.order]
        step = seq - groups.before(seq, state["last_seq"][key])
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
        """Count by sequence number; returns the rows that are duplicates."""
        state, key, order = self._stream, groups.key, groups.order
        time_ns, stamp = rows.time_ns[order], rows.stamp[order]
        met = state["packets"][key] == 0
        self._begin(rows, groups, met)
        elapsed = time_ns - groups.before(time_ns, state["last_ns"][key])
        elapsed[groups.start[met]] = 0
        self._silences.look(rows, groups, state, step, elapsed, stamp)
        uneven = step != 1
        # After a late packet the next one follows it, not the highest.
        uneven[groups.start[state["seq"][key] & 0xFFFF != state["last_seq"][key]]] = True
        odd = np.flatnonzero(uneven)
        troubled = distinct(groups.of[odd])
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
        state["last_file"][key], state["last_seq"][key] = rows.file, rows.seq[order[last]]
        return doubled

    def _begin(self, rows: RtpRows, groups: Groups, met: Mask) -> None:
        new, first = groups.key[met], groups.order[groups.start[met]]
        state = self._stream
        state["seq"][new] = state["base"][new] = state["last_seq"][new] = rows.seq[first]
        state["first_frame"][new], state["first_file"][new] = rows.frame[first], rows.file
        state["first_ns"][new] = rows.time_ns[first]
        state["stamp"][new] = rows.stamp[first]

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
            # The first packet is the base; packets that follow in order need no walk.
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

    @property
    def streams(self) -> list[RtpStream]:
        """The streams in the order in which they were first met."""
        return [self._told(number) for number in range(len(self._members)) if self._stream["packets"][number]]

    def _told(self, number: int) -> RtpStream:
        state = self._stream
        one = {name: int(state[name][number]) for name in (*_STREAM, "first_ns")}
        told = (self._formats.told(one, self._identities[one].payload_type) for one in self._members[number])
        formats = sorted(told, key=lambda told: -told.packets)
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
            dscp=identity.dscp,
            max_delta_ns=one["max_delta_ns"],
            longest=self._silences.longest.get(number),
            holes=tuple(segment.holes) if segment else (),
            bursts=segment.bursts if segment else Bursts(),
            formats=tuple(formats),
        )


def _without(rows: RtpRows, some: Sequence[int] | Ints) -> RtpRows:
    kept = np.ones(len(rows.identity), dtype=bool)
    kept[some] = False
    return rows.take(kept)
