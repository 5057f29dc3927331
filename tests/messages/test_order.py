"""Messages at one time stand in the order of the files, at every step that sorts them."""

from __future__ import annotations

from msgspec.structs import replace

from sipdiag.messages.read import read_messages
from sipdiag.messages.untimed import timed_by_others
from sipdiag.position import Frame


def test_a_log_that_takes_its_times_from_a_capture_keeps_its_place_before_it() -> None:
    found = read_messages(["sample_pcaps/healthy/plain.pcap"]).messages
    capture = [replace(one, position=Frame(1, one.position.number)) for one in found]
    log = [replace(one, time_ns=at, timed=False) for at, one in enumerate(found)]
    ordered = timed_by_others([*capture, *log])
    assert [one.file for one in ordered] == [0, 1] * len(found)
    assert [one.time_ns for one in ordered[::2]] == [one.time_ns for one in found]
