"""What the statistics of a pcapng file say of packets that were dropped."""

from __future__ import annotations

import struct

import pytest

from sipdiag.capture.drops import Drops


@pytest.mark.parametrize(("count", "words"), [(1, "dropped 1 packet:"), (2, "dropped 2 packets:")])
def test_how_many_were_dropped_is_said(count: int, words: str) -> None:
    drops = Drops()
    body = struct.pack("<IIIHHQ", 0, 0, 0, 5, 8, count)
    assert drops.statistics(body, "<", [], 0, 0, 1) is not None
    (note,) = drops.notes(0)
    assert words in note.text


def test_nothing_is_said_of_none() -> None:
    drops = Drops()
    assert drops.statistics(struct.pack("<IIIHHQ", 0, 0, 0, 5, 8, 0), "<", [], 0, 0, 1) is None
    assert list(drops.notes(0)) == []
