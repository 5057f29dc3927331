from __future__ import annotations

import pytest

from sipdiag.capture.payload import FileInfo
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.messages.standing import FEWEST, timed_by_count
from sipdiag.position import Frame
from sipdiag.sip.message import Message

CALLER, CALLED = Host("192.0.2.1", 5060), Host("192.0.2.2", 5060)
FILES = [FileInfo("standing.pcap", "pcap"), FileInfo("running.pcap", "pcap")]
AT_NS = 1_700_000_000_000_000_000
S = 1_000_000_000


def message(number: int, *, at: int = AT_NS, file: int = 0, method: str = "INVITE") -> CapturedMessage:
    text = f"{method} sip:b@192.0.2.2 SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\n\r\n"
    return CapturedMessage(Message(text.encode()), at, Frame(file, number), CALLER, CALLED, "UDP")


@pytest.mark.parametrize(("count", "standing"), [(FEWEST - 1, False), (FEWEST, True)])
def test_a_clock_stands_still_where_all_bear_one_time(count: int, standing: bool) -> None:
    told, notes = timed_by_count([message(number) for number in range(1, count + 1)], FILES)
    assert [one.timed for one in told] == [not standing] * count
    assert [note.code for note in notes] == ["clock-stands"] * standing


def test_what_was_sent_again_waited_for_its_timer() -> None:
    told, _ = timed_by_count([message(number) for number in range(1, 8)], FILES)
    assert [round((one.time_ns - told[0].time_ns) / S, 1) for one in told] == [
        0,
        0.5,
        1.5,
        3.5,
        7.5,
        15.5,
        31.5,
    ]
    assert {one.clock_ns for one in told} == {AT_NS}
    assert {one.known_ns for one in told} == {None}


def test_one_that_moves_at_last_runs() -> None:
    some = [message(number) for number in range(1, 8)]
    told, notes = timed_by_count([*some, message(8, at=AT_NS + 1)], FILES)
    assert all(one.timed for one in told)
    assert not notes


def test_each_file_has_a_clock_of_its_own() -> None:
    standing = [message(number) for number in range(1, 8)]
    running = [message(number, at=AT_NS + number * S, file=1) for number in range(1, 8)]
    told, notes = timed_by_count([*standing, *running], FILES)
    assert {one.file: one.timed for one in told} == {0: False, 1: True}
    assert [note.file for note in notes] == [0]
