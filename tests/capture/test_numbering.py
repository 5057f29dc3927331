"""Numbers of flows: by what they are over all lanes, by the keys of their packets within one."""

from __future__ import annotations

import numpy as np
import pytest

from sipdiag.capture import numbering
from sipdiag.capture.numbering import LEFT_OUT, Keyed, Numbers


def test_numbers_follow_the_order_of_the_packets_not_of_their_keys() -> None:
    numbers: Numbers[str] = Numbers(10)
    flows = ["b", "a", "b", "c"]
    found, first = Keyed(numbers).of(np.array([7, 9, 7, 1]), flows.__getitem__)
    assert found.tolist() == [0, 1, 0, 2]
    assert sorted(first.tolist()) == [0, 1, 3]
    assert numbers.flows == ["b", "a", "c"]


def test_two_lanes_share_their_flows() -> None:
    numbers: Numbers[str] = Numbers(10)
    one, other = Keyed(numbers), Keyed(numbers)
    assert one.of(np.array([1, 2]), ["a", "b"].__getitem__)[0].tolist() == [0, 1]
    assert other.of(np.array([8, 9]), ["b", "c"].__getitem__)[0].tolist() == [1, 2]


def test_one_too_many_is_left_out_and_those_before_stay() -> None:
    numbers: Numbers[str] = Numbers(2)
    lane = Keyed(numbers)
    assert lane.of(np.array([1, 2, 3, 1]), ["a", "b", "c", "a"].__getitem__)[0].tolist() == [
        0,
        1,
        LEFT_OUT,
        0,
    ]
    assert numbers.flows == ["a", "b"]


def test_what_is_alike_is_one() -> None:
    numbers: Numbers[str] = Numbers(10, str.lower)
    assert [numbers.of(one) for one in ("a", "B", "A", "b")] == [0, 1, 0, 1]
    assert numbers.flows == ["a", "B"]


def test_a_flow_is_read_once_for_each_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "MOST_KEYS", 2)
    lane: Keyed[int] = Keyed(Numbers(10))
    asked: list[int] = []

    def flow_at(place: int) -> int:
        asked.append(place)
        return place

    lane.of(np.array([5, 6]), flow_at)
    lane.of(np.array([6, 5]), flow_at)
    assert asked == [0, 1]
    # A third key: those before are forgotten.
    lane.of(np.array([7]), flow_at)
    lane.of(np.array([5]), flow_at)
    assert asked == [0, 1, 0, 0]
