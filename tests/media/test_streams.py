"""RTP streams are counted exactly, and alike whatever the chunks their packets come in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipdiag.media.stream import RtpStream
from sipdiag.media.streams import StreamTable
from tests.media.build import EVENTS, MS, VOICE, A, B, Packet, rows, voice


def counted(packets: Sequence[Packet], at_a_time: int | None = None) -> RtpStream:
    """The one stream of these packets."""
    table = StreamTable()
    size = at_a_time or max(1, len(packets))
    for begin in range(0, len(packets), size):
        table.add(rows(packets[begin : begin + size]))
    (stream,) = table.streams
    return stream


def numbers(stream: RtpStream) -> tuple[int, int, int, int, int]:
    return stream.packets, stream.expected, stream.lost, stream.duplicates, stream.reordered


def in_order(*seqs: int) -> list[Packet]:
    """Packets with these numbers, 20 ms apart."""
    return [voice(seq, 20 * place) for place, seq in enumerate(seqs)]


@pytest.mark.parametrize(
    ("seqs", "expected"),
    [
        (range(5), (5, 5, 0, 0, 0)),
        ((0, 1, 3, 4), (4, 5, 1, 0, 0)),
        ((0, 2, 1, 3), (4, 4, 0, 0, 1)),
        ((0, 1, 1, 2), (4, 3, 0, 1, 0)),
        ((1, 0, 2), (3, 3, 0, 0, 1)),
        ((5, 2, 6), (3, 5, 2, 0, 1)),
        ((65534, 65535, 65536, 65538), (4, 5, 1, 0, 0)),
        ((0, 5, 3, 3, 6), (5, 7, 3, 1, 1)),
        ((0, 20000, 20001), (3, 3, 0, 0, 0)),
        ((30000, 0, 1), (3, 3, 0, 0, 0)),
        ((0, 3, 1, 2, 1, 2), (6, 4, 0, 2, 2)),
    ],
)
@pytest.mark.parametrize("at_a_time", [1, 2, None])
def test_sequence_numbers(seqs: Sequence[int], expected: tuple[int, ...], at_a_time: int | None) -> None:
    assert numbers(counted(in_order(*seqs), at_a_time)) == expected


def test_a_long_loss_is_one_where_there_was_time_for_it() -> None:
    lost = counted([voice(0, 0), voice(500, 10_000), voice(501, 10_020)])
    assert (lost.lost, lost.restarts) == (499, 0)
    restarted = counted([voice(0, 0), voice(500, 20), voice(501, 40)])
    assert (restarted.lost, restarted.restarts) == (0, 1)


def test_what_was_captured_twice_is_counted_once() -> None:
    twice = [one for seq in range(5) for one in (voice(seq, 20 * seq), voice(seq, 20 * seq + 0.025))]
    for at_a_time in (1, 3, None):
        stream = counted(twice, at_a_time)
        assert numbers(stream) == (5, 5, 0, 0, 0)
        assert stream.copies == 5


def test_a_duplicate_comes_later_or_has_other_bytes() -> None:
    assert counted([voice(0, 0), voice(0, 8), voice(1, 20)]).duplicates == 1
    assert counted([voice(0, 0), voice(0, 0.1, checksum=9), voice(1, 20)]).duplicates == 1


def test_payload_types_share_the_sequence_numbers() -> None:
    packets = [voice(seq, 20 * seq, identity=int(3 <= seq < 6)) for seq in range(10)]
    stream = counted(packets)
    assert numbers(stream) == (10, 10, 0, 0, 0)
    assert [(one.payload_type, one.packets) for one in stream.formats] == [(0, 7), (101, 3)]


def test_holes_name_the_packet_behind_them() -> None:
    stream = counted([voice(0, 0), voice(1, 20), voice(4, 80, frame=77), voice(5, 100)])
    (hole,) = stream.holes
    assert (hole.count, hole.before_ns, hole.after_ns, hole.after_frame) == (2, 20 * MS, 80 * MS, 77)


def test_a_silence_in_a_talkspurt_is_a_hole_one_between_two_is_none() -> None:
    hole = counted([voice(0, 0), voice(1, 20), voice(12, 240), voice(13, 260)])
    assert hole.longest is not None
    assert hole.longest.ns == 220 * MS
    pause = counted([voice(0, 0), voice(1, 20), voice(2, 240, stamp=12 * 160), voice(3, 260, stamp=13 * 160)])
    assert pause.longest is None
    assert pause.max_delta_ns == 220 * MS


def test_bursts_are_told_from_single_losses() -> None:
    """The pattern of RFC 3611 §4.7.2: 64 packets, a burst of 12 with four losses, and two losses apart."""
    lost = {9, 30, 33, 36, 41, 60}
    seqs = [seq for seq in range(200) if seq not in lost]
    bursts = counted(in_order(*seqs)).bursts
    assert (bursts.bursts, bursts.burst_packets, bursts.burst_lost, bursts.gap_lost) == (1, 12, 4, 2)


@st.composite
def stirred(draw: st.DrawFn) -> list[Packet]:
    """A stream of which packets are lost, repeated, and pushed back by a few places."""
    begin = draw(st.integers(0, 65535))
    faults = st.sampled_from(["", "", "", "", "lost", "twice", "late"])
    sent = []
    for place, fault in enumerate(draw(st.lists(faults, min_size=1, max_size=80))):
        if fault == "lost":
            continue
        sent.append((place + (draw(st.integers(1, 9)) if fault == "late" else 0), place))
        if fault == "twice":
            sent.append((place + draw(st.integers(0, 9)), place))
    held = st.one_of(st.integers(0, 5000), st.sampled_from([0, 500_000, 1_500_000]))
    delays = draw(st.lists(held, min_size=len(sent), max_size=len(sent)))
    sent.sort(key=lambda one: one[0])
    # Packets twice in a row are a millisecond apart: no copies.
    return [
        voice(begin + number, 20 * place + 5 * nth + delay / 5000, stamp=number * 160, frame=nth + 1)
        for nth, ((place, number), delay) in enumerate(zip(sent, delays, strict=True))
    ] or [voice(begin, 0)]


@given(packets=stirred(), at_a_time=st.integers(1, 20))
def test_chunks_do_not_matter(packets: list[Packet], at_a_time: int) -> None:
    assert counted(packets, at_a_time) == counted(packets)


@given(packets=stirred())
def test_as_counting_one_by_one(packets: list[Packet]) -> None:
    first = packets[0].seq
    extended = [first + ((one.seq - first + 0x8000) & 0xFFFF) - 0x8000 for one in packets]
    distinct = set(extended)
    expected = max(distinct) - min(distinct) + 1
    highest, late = extended[0], set()
    for place, number in enumerate(extended):
        if number < highest and number not in extended[:place]:
            late.add(number)
        highest = max(highest, number)
    duplicates = len(packets) - len(distinct)
    wanted = (len(packets), expected, expected - len(distinct), duplicates, len(late))
    assert numbers(counted(packets)) == wanted


@given(packets=stirred())
@example(packets=in_order(*range(2000)))
def test_jitter_as_the_rfc_has_it(packets: list[Packet]) -> None:
    """RFC 3550 appendix A.8, packet by packet."""
    first: dict[int, Packet] = {}
    for one in packets:
        first.setdefault(one.seq, one)
    distinct = list(first.values())
    jitter, all_of_them = 0.0, [0.0]
    for before, one in pairwise(distinct):
        difference = (one.time_ns - before.time_ns) / MS - (one.stamp - before.stamp) / 8
        jitter += (abs(difference) - jitter) / 16
        all_of_them.append(jitter)
    timing = counted(packets).formats[0].timing[8000]
    assert timing.max_ms == pytest.approx(max(all_of_them), abs=0.001)
    assert timing.mean_ms == pytest.approx(sum(all_of_them) / len(distinct), abs=0.001)


@given(
    st.lists(
        st.builds(
            Packet,
            seq=st.integers(0, 65535),
            time_ns=st.integers(0, 2**62),
            stamp=st.integers(0, 2**32 - 1),
            identity=st.integers(-1, 2),
            size=st.integers(0, 1500),
            sound=st.integers(0, 3),
            event=st.integers(-1, 2**32 - 1),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_anything_at_all(packets: list[Packet]) -> None:
    """Whatever comes, no packet is lost from the count and nothing is negative."""
    table = StreamTable()
    table.add(rows(packets))
    streams = table.streams
    assert sum(stream.packets + stream.copies for stream in streams) + table.left_out == len(packets)
    for stream in streams:
        assert stream.lost >= 0
        assert stream.expected - stream.lost + stream.duplicates == stream.packets
        assert all(one.max_ms >= 0 for form in stream.formats for one in form.timing.values())


def test_late_packets_are_late_for_the_buffer_not_for_ever() -> None:
    spike = [voice(seq, 20 * seq + (max(0, 300 - 20 * (seq - 50)) if seq >= 50 else 0)) for seq in range(100)]
    timing = counted(spike).formats[0].timing[8000]
    assert timing.late == 12
    assert timing.very_late == 5
    moved = [voice(seq, 20 * seq + (100 if seq >= 1000 else 0)) for seq in range(4000)]
    assert counted(moved).formats[0].timing[8000].late < 500


def test_a_delay_that_stays_is_a_new_route_or_a_pause_that_was_not_counted() -> None:
    paused = [voice(seq, 20 * seq + (500 if seq >= 100 else 0)) for seq in range(1000)]
    stream = counted(paused)
    assert stream.formats[0].timing[8000].late == 0
    assert stream.longest is None


def test_an_early_first_packet_makes_no_other_late() -> None:
    noisy = [voice(seq, 20 * seq + (90 + seq * 7 % 5 if seq else 0)) for seq in range(1000)]
    assert counted(noisy).formats[0].timing[8000].late == 0


@pytest.mark.parametrize("at_a_time", [1, 7, None])
def test_packets_that_were_held_up_leave_a_hole(at_a_time: int | None) -> None:
    spike = [
        voice(seq, max(20 * seq, 1300 + 0.1 * seq) if 50 <= seq < 66 else 20 * seq) for seq in range(100)
    ]
    stream = counted(spike, at_a_time)
    assert stream.longest is not None
    assert round(stream.longest.ns / MS) == 325
    assert stream.formats[0].timing[8000].late == 13


def test_a_timestamp_that_begins_anew_is_no_delay() -> None:
    packets = [voice(seq, 20 * seq, stamp=seq * 160 + (5_000_000 if seq > 50 else 0)) for seq in range(100)]
    timing = counted(packets).formats[0].timing[8000]
    assert (timing.max_ms, timing.late) == (0.0, 0)


def test_a_clock_that_only_the_session_tells() -> None:
    packets = [Packet(seq, 20 * seq * MS, seq * 960, identity=1, frame=seq + 1, size=80) for seq in range(50)]
    timing = counted(packets).formats[0].timing
    assert timing[48000].max_ms == 0.0
    assert timing[8000].max_ms > 50


def test_ends_of_the_stream() -> None:
    stream = counted([voice(seq, 20 * seq) for seq in range(10)], at_a_time=3)
    assert (stream.src, stream.dst, stream.ssrc) == (A, B, VOICE.ssrc)
    assert (stream.first_ns, stream.last_ns) == (0, 180 * MS)
    assert (stream.first_frame, stream.last_frame) == (1, 10)
    assert EVENTS.ssrc == VOICE.ssrc


@pytest.mark.parametrize(("tick_ms", "told"), [(1000, False), (100, False), (10, True), (1, True)])
def test_a_clock_too_coarse_tells_no_jitter(tick_ms: int, told: bool) -> None:
    """Where most packets bear the time of the one before, the clock of the capture stood still, not the sender."""
    packets = [voice(seq, seq * 20 // tick_ms * tick_ms) for seq in range(500)]
    assert bool(counted(packets).formats[0].timing) == told
