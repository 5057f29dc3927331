"""Events of RFC 4733: one digit, however many packets and segments it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.media.digits import Digit, Digits
from tests.media.build import MS, Packet, rows


def event(number: int, stamp: int, duration: int, ms: int, *, ended: bool = False) -> Packet:
    payload = number << 24 | ended << 23 | 10 << 16 | duration
    return Packet(ms, ms * MS, stamp, identity=1, frame=ms, size=4, event=payload)


def told(*packets: Packet) -> list[Digit]:
    digits = Digits()
    table = rows(packets)
    for row in range(len(packets)):
        digits.add(table, row)
    return digits.of[1]


def test_packets_with_one_timestamp_are_one_digit() -> None:
    (digit,) = told(event(11, 1000, 160, 20), event(11, 1000, 320, 40), event(11, 1000, 320, 40, ended=True))
    assert (digit.symbol, digit.duration, digit.packets, digit.ends) == ("#", 320, 3, 1)


def test_the_same_key_twice_is_two_digits() -> None:
    assert len(told(event(1, 1000, 160, 20, ended=True), event(1, 3000, 160, 300, ended=True))) == 2


def test_a_long_digit_goes_on_with_a_new_timestamp() -> None:
    (digit,) = told(
        event(5, 1000, 0xFFFF, 8000),
        event(5, 1000 + 0xFFFF, 160, 8020),
        event(5, 1000 + 0xFFFF, 320, 8040, ended=True),
    )
    assert (digit.before + digit.duration, digit.ends) == (0xFFFF + 320, 1)


def test_what_is_no_key() -> None:
    assert [one.symbol for one in told(event(16, 1, 160, 20), event(36, 999, 160, 40))] == [
        "flash",
        "event 36",
    ]


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), max_size=50))
def test_anything_at_all(payloads: list[tuple[int, int]]) -> None:
    packets = [
        Packet(number, number * MS, stamp, identity=1, size=4, event=payload)
        for number, (stamp, payload) in enumerate(payloads)
    ]
    if packets:
        assert sum(one.packets for one in told(*packets)) == len(packets)


@pytest.mark.parametrize(("seconds", "digits"), [(69, 1), (71, 2)])
def test_no_event_lasts_longer_than_its_durations_can_say(seconds: int, digits: int) -> None:
    assert len(told(event(1, 1000, 160, 0), event(1, 1000, 320, seconds * 1000))) == digits


def test_what_is_kept_of_events_is_bounded() -> None:
    """Of one source 512 digits; 10,000 sources."""
    assert len(told(*(event(1, 1000 * number, 160, number, ended=True) for number in range(1030)))) == 512
    digits = Digits()
    table = rows([Packet(1, 0, 1, identity=number, event=1) for number in range(10_010)])
    for row in range(10_010):
        digits.add(table, row)
    assert len(digits.of) == 10_000
