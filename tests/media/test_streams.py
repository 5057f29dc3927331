"""RTP streams are counted exactly, and alike whatever the chunks their packets come in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipdiag.media.stream import CLOCKS, RtpStream
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
@example(
    packets=[voice(seq, ms) for seq, ms in ((0, 0), (1, 25), (4, 110), (2, 135), (3, 140), (5, 445))],
    at_a_time=1,
)
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


@pytest.mark.parametrize(("apart_ms", "copies"), [(0.8, 1), (1.2, 0)])
def test_the_same_packet_within_a_millisecond_was_captured_twice(apart_ms: float, copies: int) -> None:
    stream = counted([voice(0, 0), voice(0, apart_ms), voice(1, 20)])
    assert (stream.copies, stream.duplicates) == (copies, 1 - copies)


@pytest.mark.parametrize(("seq", "reordered", "restarts"), [(60, 1, 0), (20, 0, 1)])
def test_a_packet_a_hundred_behind_is_of_a_restarted_source(seq: int, reordered: int, restarts: int) -> None:
    stream = counted(in_order(*(one for one in range(150) if one != seq), seq))
    assert (stream.reordered, stream.restarts) == (reordered, restarts)


@pytest.mark.parametrize(("ms_each", "lost"), [(6, 199), (4, 0)])
def test_more_numbers_than_a_source_can_send_in_the_time_are_no_loss(ms_each: int, lost: int) -> None:
    assert counted([voice(0, 0), voice(200, 200 * ms_each), voice(201, 200 * ms_each + 20)]).lost == lost


def test_of_very_many_holes_the_first_256_are_kept() -> None:
    stream = counted(in_order(*range(0, 1200, 2)))
    assert (stream.lost, len(stream.holes)) == (599, 256)


@pytest.mark.parametrize(("between", "bursts", "alone"), [(15, 1, 0), (16, 0, 2)])
def test_sixteen_packets_between_two_losses_end_a_burst(between: int, bursts: int, alone: int) -> None:
    """Gmin of RFC 3611 §4.7.2."""
    told = counted(in_order(*(seq for seq in range(200) if seq not in (20, 21 + between)))).bursts
    assert (told.bursts, told.gap_lost) == (bursts, alone)


@pytest.mark.parametrize(("payload_type", "clocks"), [(95, {8000}), (96, set(CLOCKS))])
def test_the_meaning_of_a_dynamic_payload_type_is_the_sessions(payload_type: int, clocks: set[int]) -> None:
    table = StreamTable()
    table.add(rows(in_order(*range(20)), (VOICE._replace(payload_type=payload_type),)))
    assert set(table.streams[0].formats[0].timing) == clocks


def test_every_128th_packet_is_a_sample_of_the_clock() -> None:
    samples = counted(in_order(*range(1000))).formats[0].samples
    assert [stamp // 160 for _, stamp in samples] == list(range(0, 1000, 128))


@pytest.mark.parametrize(("ms_a_second", "seconds", "late"), [(6.5, 42, True), (4, 41, False)])
def test_a_transit_that_grows_slowly_makes_nothing_late(ms_a_second: float, seconds: int, late: bool) -> None:
    """The least transit may rise by 5 ms a second; at the end the delay is gone at once."""
    slow = [voice(seq, 20 * seq + ms_a_second * seq / 50) for seq in range(50 * seconds)]
    after = [
        voice(seq, 20 * seq + ms_a_second * seconds - 100) for seq in range(len(slow) + 10, len(slow) + 59)
    ]
    assert (counted([*slow, *after]).formats[0].timing[8000].late > 0) is late


@pytest.mark.parametrize(("later_ms", "jitter_ms"), [(800, 50.0), (1200, 0.0)])
def test_a_packet_later_than_a_second_is_a_new_beginning(later_ms: int, jitter_ms: float) -> None:
    packets = [voice(seq, 20 * seq + (later_ms if seq >= 50 else 0)) for seq in range(100)]
    assert counted(packets).formats[0].timing[8000].max_ms == pytest.approx(jitter_ms, abs=0.1)


@pytest.mark.parametrize(("seconds", "late"), [(1.8, True), (2.2, False)])
def test_a_delay_of_two_seconds_is_none_that_a_buffer_waits_for(seconds: float, late: bool) -> None:
    delayed = range(100, 100 + round(50 * seconds))
    packets = [
        voice(seq, 20 * seq + (300 if seq in delayed else 0))
        for seq in range(400)
        if seq not in range(delayed.stop, delayed.stop + 16)
    ]
    assert (counted(packets).formats[0].timing[8000].late > 0) is late


@pytest.mark.parametrize(("count", "told"), [(10, True), (11, False)])
def test_few_packets_may_well_have_come_at_once(count: int, told: bool) -> None:
    assert bool(counted([voice(seq, 0) for seq in range(count)]).formats[0].timing) is told


@pytest.mark.parametrize(("seq", "held_ms"), [(6, None), (9, 160)])
def test_a_short_hole_is_not_looked_at(seq: int, held_ms: int | None) -> None:
    """Of 100 ms, and of 160."""
    longest = counted(
        [voice(0, 0), voice(1, 20), voice(seq, 20 * seq), voice(seq + 1, 20 * seq + 20)]
    ).longest
    assert (longest.ns // MS if longest is not None else None) == held_ms


@pytest.mark.parametrize(("later_ms", "held"), [(6, True), (10, False)])
def test_packets_that_were_held_up_come_together(later_ms: int, held: bool) -> None:
    late = [voice(2, 320), voice(3, 320 + later_ms), voice(4, 340 + later_ms)]
    assert (counted([voice(0, 0), voice(1, 20), *late]).longest is not None) is held
