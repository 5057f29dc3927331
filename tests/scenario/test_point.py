"""A call captured at a second point: the same identifiers, other times and addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.scenario import ScenarioError
from sipdiag.scenario.ladder import SentMessage, play
from sipdiag.scenario.load import load
from sipdiag.scenario.point import passing

LADDER = "a INVITE\na 200 +1"


def elsewhere(here: Path, point: str) -> list[SentMessage]:
    there = here.with_name("there.scenario.yaml")
    there.write_text(f"{here.read_text()}point: {point}\n")
    scenario = load(there)
    return passing(scenario, play(scenario))


def test_the_same_messages_at_other_times(write: Callable[[str], Path]) -> None:
    here = write(LADDER)
    near = play(load(here))
    far = elsewhere(here, "{of: test, ahead: 2.0, later: {carrier: 0.5}}")
    assert [one.data for one in far] == [one.data for one in near]
    apart = [two.time_ns - one.time_ns for one, two in zip(near, far, strict=True)]
    assert apart == [2_500_000_000, 2_000_000_000]


def test_without_the_name_of_the_other_it_is_another_call(write: Callable[[str], Path]) -> None:
    here = write(LADDER)
    assert [one.data for one in elsewhere(here, "{ahead: 2.0}")] != [one.data for one in play(load(here))]


def test_a_clock_that_is_fast(write: Callable[[str], Path]) -> None:
    here = write(LADDER)
    near, far = play(load(here)), elsewhere(here, "{of: test, drift: 1000}")
    assert far[-1].time_ns - near[-1].time_ns == pytest.approx(1_000_000, rel=0.01)


def test_addresses_behind_a_nat(write: Callable[[str], Path]) -> None:
    far = elsewhere(write(LADDER), "{of: test, nat: {54.172.60.1: 192.0.2.9}}")
    assert [(one.src.address, one.dst.address) for one in far] == [
        ("192.0.2.9", "161.115.160.20"),
        ("161.115.160.20", "192.0.2.9"),
    ]


def test_a_host_that_is_not_there(write: Callable[[str], Path]) -> None:
    with pytest.raises(ScenarioError, match="no host 'nobody'"):
        elsewhere(write(LADDER), "{later: {nobody: 1.0}}")
