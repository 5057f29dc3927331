"""How well one leg continues another."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sipdiag.calls.affinity import (
    AGAIN,
    NEAR_NS,
    REROUTE_NS,
    TOGETHER_NS,
    affinity,
    apart,
    beside,
    end_together,
    near,
)
from sipdiag.calls.instep import Steps
from sipdiag.calls.profile import Profile
from tests.calls.dialogs import SECOND

FIRST = Profile(
    call_id="one",
    start_ns=100 * SECOND,
    last_ns=130 * SECOND,
    end_ns=130 * SECOND,
    caller="alice",
    callee="bob",
    src="carrier",
    arrives={"pbx"},
    mentioned=frozenset(),
    answered=True,
    moved_on=False,
    refused=False,
    ties=[],
    refers=[],
    target="bob",
    referred=False,
    redirects=[],
    steps=Steps(100 * SECOND, None, None, None, None, moved=False),
)
"""Alice's call to Bob, which a carrier hands to a PBX."""
ONWARD = replace(
    FIRST, call_id="two", start_ns=101 * SECOND, src="pbx", arrives={"phone"}, caller="x", callee="y"
)
"""A leg that the PBX sends then."""
NEXT = replace(FIRST, call_id="two", start_ns=131 * SECOND, arrives={"other"})
"""A leg that the carrier sends elsewhere after the first."""


def later(base: Profile, **changed: Any) -> Profile:
    return replace(base, **changed)


@pytest.mark.parametrize(
    ("changed", "score"),
    [
        ({"caller": "alice", "callee": "bob"}, 5),
        ({"caller": "alice"}, 4),
        ({"mentioned": frozenset({"alice"})}, 4),
        ({"callee": "bob"}, 3),
        ({"mentioned": frozenset({"bob"})}, 3),
        ({"caller": "bob"}, 1),
        ({"caller": "bob", "start_ns": FIRST.end_ns}, 1),
        ({"caller": "bob", "start_ns": FIRST.end_ns + 1}, 0),
        ({}, 0),
        ({"caller": "alice", "callee": "bob", "call_id": "one"}, 0),
        ({"caller": "alice", "callee": "bob", "start_ns": FIRST.start_ns}, 5),
        ({"caller": "alice", "callee": "bob", "start_ns": FIRST.start_ns - 1}, 0),
        ({"caller": "alice", "callee": "bob", "src": "stranger"}, 0),
    ],
)
def test_a_leg_that_a_host_on_the_way_sends_onward(changed: dict[str, Any], score: int) -> None:
    assert affinity(FIRST, later(ONWARD, **changed))[0] == score


def test_legs_without_numbers_have_nothing_in_common() -> None:
    nameless = replace(FIRST, caller=None, callee=None)
    assert affinity(nameless, later(ONWARD, caller=None, callee=None)) == (0, "")


@pytest.mark.parametrize(
    ("first", "second", "score"),
    [
        ({"moved_on": True}, {}, 4),
        ({"moved_on": True}, {"arrives": {"pbx"}}, 4),
        ({"moved_on": True}, {"arrives": {"pbx"}, "start_ns": FIRST.last_ns}, 4),
        ({"moved_on": True}, {"arrives": {"pbx"}, "start_ns": FIRST.last_ns - 1}, 0),
        ({"moved_on": True}, {"start_ns": FIRST.last_ns - 1}, 4),
        ({"refused": True}, {}, 4),
        ({"refused": True}, {"start_ns": FIRST.end_ns}, 4),
        ({"refused": True}, {"start_ns": FIRST.end_ns - 1}, 0),
        ({"refused": True}, {"start_ns": FIRST.end_ns + REROUTE_NS}, 4),
        ({"refused": True}, {"start_ns": FIRST.end_ns + REROUTE_NS + 1}, 0),
        ({"refused": True}, {"arrives": {"pbx"}}, 0),
        ({}, {}, 0),
        ({"refused": True}, {"caller": "x"}, 0),
        ({"refused": True}, {"callee": "y"}, 0),
        ({"refused": True}, {"src": "stranger"}, 0),
    ],
)
def test_the_next_route_after_a_refusal(first: dict[str, Any], second: dict[str, Any], score: int) -> None:
    tried = replace(FIRST, answered=False, **first)
    assert affinity(tried, later(NEXT, **second)) == (score, AGAIN if score else "")


@pytest.mark.parametrize(
    ("first", "second", "score"),
    [
        ({}, {"caller": "bob", "callee": "y"}, 4),
        ({}, {"mentioned": frozenset({"bob"}), "callee": "y"}, 3),
        ({}, {"mentioned": frozenset({"bob"})}, 0),
        ({}, {"mentioned": frozenset({"bob"}), "caller": "x", "callee": "y"}, 0),
        ({"answered": False}, {"caller": "bob", "callee": "y"}, 0),
        ({"callee": None}, {"caller": None, "callee": "y"}, 0),
    ],
)
def test_a_platform_that_dials_a_third_party(
    first: dict[str, Any], second: dict[str, Any], score: int
) -> None:
    assert affinity(replace(FIRST, **first), later(NEXT, **second))[0] == score


@pytest.mark.parametrize(("after_ns", "told"), [(-1, True), (NEAR_NS, True), (NEAR_NS + 1, False)])
def test_near(after_ns: int, told: bool) -> None:
    assert near(FIRST, later(ONWARD, start_ns=FIRST.last_ns + after_ns)) is told


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"src": "x", "arrives": {"y"}}, True),
        ({"src": "carrier", "arrives": {"y"}}, False),
        ({"src": "pbx", "arrives": {"y"}}, False),
        ({"src": "x", "arrives": {"pbx", "y"}}, False),
    ],
)
def test_apart(changed: dict[str, Any], told: bool) -> None:
    assert apart(FIRST, later(ONWARD, **changed)) is told


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({}, {}, True),
        ({}, {"end_ns": FIRST.end_ns - TOGETHER_NS}, True),
        ({}, {"end_ns": FIRST.end_ns - TOGETHER_NS - 1}, False),
        ({"end_ns": FIRST.end_ns - TOGETHER_NS - 1}, {}, False),
        ({"answered": False}, {}, False),
        ({}, {"answered": False}, False),
        ({"last_ns": FIRST.end_ns - 1}, {}, False),
        ({}, {"last_ns": FIRST.end_ns - 1}, False),
    ],
    ids=["at once", "just", "earlier", "later", "first failed", "second failed", "first up", "second up"],
)
def test_end_together(first: dict[str, Any], second: dict[str, Any], told: bool) -> None:
    assert end_together(replace(FIRST, **first), later(ONWARD, **second)) is told


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"start_ns": FIRST.end_ns - 1}, True),
        ({"start_ns": FIRST.end_ns}, False),
        ({"start_ns": FIRST.end_ns - 1, "caller": "x"}, False),
        ({"start_ns": FIRST.end_ns - 1, "callee": "x"}, False),
        ({"start_ns": FIRST.end_ns - 1, "src": "x"}, False),
        ({"start_ns": FIRST.end_ns - 1, "arrives": {"x"}}, False),
    ],
)
def test_beside(changed: dict[str, Any], told: bool) -> None:
    assert beside(FIRST, replace(FIRST, call_id="two", **changed)) is told
