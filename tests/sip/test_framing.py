from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.sip.boundaries import is_whole
from sipdiag.sip.framing import Framed, Framer
from sipdiag.sip.grammar import MAX_MESSAGE, MAX_START_LINE

from .samples import CHALLENGE, INVITE, NOTIFY, request


def taken(framer: Framer[int]) -> list[Framed[int]]:
    return list(iter(framer.next_message, None))


def stream(pieces: Iterable[bytes]) -> tuple[list[Framed[int]], int]:
    """Messages of a stream that came in these pieces, tagged 0, 1, 2, and the bytes skipped."""
    framer: Framer[int] = Framer(datagram=False)
    found: list[Framed[int]] = []
    for tag, piece in enumerate(pieces):
        framer.receive(piece, tag=tag)
        found += taken(framer)
    framer.close()
    return found + taken(framer), framer.skipped


def datagram(data: bytes) -> list[Framed[int]]:
    framer: Framer[int] = Framer(datagram=True)
    framer.receive(data, tag=7)
    return taken(framer)


def test_several_messages_in_a_piece() -> None:
    found, skipped = stream([INVITE + b"\r\n\r\n" + NOTIFY + CHALLENGE])
    assert [f.data for f in found] == [INVITE, NOTIFY, CHALLENGE]
    assert [(f.tags, f.skipped, f.incomplete) for f in found] == [((0,), 0, False)] * 3
    assert skipped == 0


def test_a_message_in_several_pieces() -> None:
    found, _ = stream([INVITE[:10], INVITE[10:200], INVITE[200:] + CHALLENGE[:20], CHALLENGE[20:]])
    assert [(f.data, f.tags) for f in found] == [
        (INVITE, (0, 1, 2)),
        (CHALLENGE, (2, 3)),
    ]


def test_a_message_is_ready_with_its_last_byte() -> None:
    framer: Framer[int] = Framer(datagram=False)
    framer.receive(INVITE[:-1], tag=0)
    assert framer.next_message() is None
    framer.receive(INVITE[-1:], tag=1)
    assert taken(framer) != []


def test_keep_alives_are_nobodys_bytes() -> None:
    found, skipped = stream([b"\r\n\r\n", INVITE, b"\r\n", b"\r", b"\n", NOTIFY, b"\r\n\r\n"])
    assert [(f.data, f.tags) for f in found] == [(INVITE, (1,)), (NOTIFY, (5,))]
    assert skipped == 0


@pytest.mark.parametrize(
    "junk",
    [
        b"junk\r\n",
        b"\0\xff" * 10_000 + b"\n",
        b"SIP/2.0 100 Trying\r\n \r\n",
        b"x" * MAX_START_LINE + b"y\r\n",
    ],
)
def test_junk_is_skipped_and_counted(junk: bytes) -> None:
    found, skipped = stream([INVITE, junk + NOTIFY])
    assert [f.data for f in found] == [INVITE, NOTIFY]
    assert (found[1].skipped, skipped) == (len(junk), len(junk))


def test_the_status_line_of_a_fragment_is_no_message_after_a_gap() -> None:
    framer: Framer[int] = Framer(datagram=False)
    framer.receive(NOTIFY[:60], tag=0)
    framer.lost(100)
    framer.receive(NOTIFY[-40:] + b"\r\n" + INVITE, tag=1)
    first, second = taken(framer)
    assert (first.data, first.incomplete, first.tags) == (NOTIFY[:60], True, (0,))
    assert (second.data, second.incomplete, second.tags) == (INVITE, False, (1,))
    assert second.skipped == 42


def test_a_known_method_behind_the_rest_of_a_body_is_found() -> None:
    framer: Framer[int] = Framer(datagram=False)
    framer.lost(1)
    framer.receive(b"...</xml>" + INVITE + b"tail" + CHALLENGE, tag=0)
    assert [f.data for f in taken(framer)] == [INVITE, CHALLENGE]
    assert framer.skipped == 13


def test_what_came_before_a_gap_is_handed_out() -> None:
    framer: Framer[int] = Framer(datagram=False)
    framer.receive(CHALLENGE + INVITE[:-5], tag=0)
    framer.lost(5)
    framer.receive(NOTIFY, tag=1)
    assert [(f.data, f.incomplete) for f in taken(framer)] == [
        (CHALLENGE, False),
        (INVITE[:-5], True),
        (NOTIFY, False),
    ]


def test_no_content_length_means_no_body_on_a_stream() -> None:
    headless = request("Call-ID: x", body="")
    found, skipped = stream([headless + b"v=0\r\ns=x\r\n" + NOTIFY])
    assert [f.data for f in found] == [headless, NOTIFY]
    assert (found[1].skipped, skipped) == (10, 10)


@pytest.mark.parametrize("length", ["-5", "x", "", "1 2"])
def test_an_unreadable_content_length_counts_as_none(length: str) -> None:
    odd = request(f"Content-Length: {length}", body="")
    assert [f.data for f in stream([odd + NOTIFY])[0]] == [odd, NOTIFY]


@pytest.mark.parametrize("line", ["l :5", "CONTENT-LENGTH:\t5 ", "Content-Length:\r\n 5", "l: 5\r\nl: 2"])
def test_content_length_as_senders_write_it(line: str) -> None:
    odd = request(line, body="12345")
    assert [f.data for f in stream([odd + NOTIFY])[0]] == [odd, NOTIFY]


def test_a_huge_content_length_does_not_swallow_the_stream() -> None:
    huge = request(f"Content-Length: {MAX_MESSAGE}", body="")
    found, _ = stream([huge + NOTIFY])
    assert [(f.data, f.incomplete) for f in found] == [(huge, True), (NOTIFY, False)]


def test_an_endless_head_is_cut() -> None:
    start = b"INVITE sip:a@b SIP/2.0\r\n"
    found, _ = stream([start, b"X: y\r\n" * (MAX_MESSAGE // 6), b"\r\n" + NOTIFY])
    assert [(len(f.data), f.incomplete) for f in found] == [(MAX_MESSAGE, True), (len(NOTIFY), False)]


@pytest.mark.parametrize("cut", [46, 50, len(INVITE) - 70, len(INVITE) - 1])
def test_the_end_of_the_stream_hands_out_the_rest(cut: int) -> None:
    found, skipped = stream([CHALLENGE + INVITE[:cut]])
    assert [(f.data, f.incomplete) for f in found] == [(CHALLENGE, False), (INVITE[:cut], True)]
    assert skipped == 0


def test_half_a_start_line_is_no_message() -> None:
    assert stream([INVITE[:30]]) == ([], 30)


@pytest.mark.parametrize("ends", [b"\n", b"\r"])
def test_other_line_ends(ends: bytes) -> None:
    odd = INVITE.replace(b"\r\n", ends).replace(b"Length: 66", b"Length: 61")
    assert [f.data for f in stream([odd + NOTIFY])[0]] == [odd, NOTIFY]


def test_a_datagram_is_a_message() -> None:
    (framed,) = datagram(b"\r\n" + INVITE)
    assert (framed.data, framed.tags, framed.incomplete, framed.skipped) == (INVITE, (7,), False, 0)


def test_a_datagram_without_content_length_is_body_to_its_end() -> None:
    whole = request("Call-ID: x", body="abc\r\n" + NOTIFY.decode())
    assert [f.data for f in datagram(whole)] == [whole]


def test_a_second_message_behind_the_body_of_a_datagram() -> None:
    assert [f.data for f in datagram(INVITE + b"\r\n" + NOTIFY)] == [INVITE + b"\r\n", NOTIFY]


def test_bytes_behind_the_body_of_a_datagram_stay_with_it() -> None:
    for rest in (b"a=sendrecv\r\n", b"SIP/2.0 200 OK\r\n", b"SIP/2.0 200 OK\r\n\r\n"):
        assert [f.data for f in datagram(INVITE + rest)] == [INVITE + rest]


def test_a_datagram_that_was_cut() -> None:
    assert [f.incomplete for f in datagram(INVITE[:-1])] == [True]
    assert [f.incomplete for f in datagram(INVITE[:100])] == [True]
    assert [f.incomplete for f in datagram(b"BYE sip:a@b SIP/2.0\r\nTo: x\r\n")] == [False]


def test_a_datagram_that_is_no_message() -> None:
    framer: Framer[int] = Framer(datagram=True)
    for piece in (b"", b"\r\n\r\n", b"hello", b"\0\0\0\0"):
        framer.receive(piece, tag=0)
    assert taken(framer) == []
    assert framer.skipped == 9


PARTS = st.lists(
    st.sampled_from(
        [
            INVITE,
            NOTIFY,
            CHALLENGE,
            b"\r\n",
            b"\r",
            b"\n\n",
            b"junk\r\n",
            b"SIP/2.0 200 OK\r\n",
            b"SIP/2.0",
            b"INVITE sip:a@b ",
            b"Via: x\r\n",
            b"l: 5\r\n",
            b"x" * (MAX_START_LINE - 20),
            INVITE.replace(b"\r\n", b"\n"),
            INVITE.replace(b"\r\n", b"\r"),
            INVITE[:-20],
            NOTIFY[50:],
        ]
    ),
    max_size=8,
)


@given(PARTS, st.lists(st.integers(min_value=0, max_value=12_000), max_size=40))
def test_the_way_a_stream_was_cut_does_not_matter(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    whole, skipped = stream([data])
    found, also_skipped = stream([data[a:b] for a, b in pairwise(places)])
    assert [(f.data, f.skipped, f.incomplete) for f in found] == [
        (f.data, f.skipped, f.incomplete) for f in whole
    ]
    assert also_skipped == skipped


@given(PARTS)
def test_a_whole_datagram_needs_no_framer(parts: list[bytes]) -> None:
    data = b"".join(parts)
    if is_whole(data):
        assert datagram(data) == [Framed(data, (7,), 0, False)]


def test_what_is_a_whole_datagram() -> None:
    assert all(is_whole(raw) for raw in (INVITE, NOTIFY, CHALLENGE))
    assert not any(
        is_whole(raw) for raw in (INVITE[:-1], INVITE[:99], INVITE + NOTIFY, b"\r\n" + INVITE, b"x")
    )


@given(PARTS)
def test_plain_messages_are_taken_as_the_careful_way_takes_them(parts: list[bytes]) -> None:
    data = b"".join(parts)
    plain = stream([data])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Framer, "_take_plain", lambda self: False)
        assert stream([data]) == plain


@given(PARTS)
def test_one_byte_at_a_time(parts: list[bytes]) -> None:
    data = b"".join(parts)[:3000]
    found, skipped = stream([data[at : at + 1] for at in range(len(data))])
    whole, also_skipped = stream([data])
    assert [f.data for f in found] == [f.data for f in whole]
    assert skipped == also_skipped


@given(st.binary(max_size=300), st.booleans())
def test_never_raises(data: bytes, as_datagram: bool) -> None:
    framer: Framer[int] = Framer(datagram=as_datagram)
    framer.receive(data, tag=0)
    framer.lost(3)
    framer.receive(data, tag=1)
    framer.close()
    for framed in taken(framer):
        assert framed.data in data + data


@pytest.mark.parametrize(
    "unit",
    [
        b"SIP/2.0 200 OK\r\n",
        b"SIP/2.0 200 OK\r",
        b"INVITE sip:a@b SIP/2.0\r\nabc",
        b"INVITE a: SIP/2.0 ",
        b"\n\r\r",
        b"x",
        b"l:",
    ],
)
def test_hostile_streams_take_linear_time_and_little_memory(unit: bytes) -> None:
    """Quadratic work on these would take minutes; the test would not end."""
    framer: Framer[int] = Framer(datagram=False)
    framer.receive(b"BYE sip:a@b SIP/2.0\r\nl: 0\r\n\r\n", tag=0)
    for tag in range(1, 2000):
        framer.receive(unit * (700 // len(unit)), tag=tag)
        assert all(len(framed.data) <= MAX_MESSAGE for framed in taken(framer))
    framer.close()
    assert framer.skipped + sum(len(framed.data) for framed in taken(framer)) <= 2000 * 700
