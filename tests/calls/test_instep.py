"""Both sides of a box with two addresses, and calls that merely begin together."""

from __future__ import annotations

import pytest

from sipdiag.calls.instep import Steps, in_step, steps_of
from tests.calls.dialogs import book, one_leg

HOSTS = """
  inside: {address: 10.44.0.1, flavour: generic}
  bot: {address: 10.44.0.9, flavour: generic}
  outside: {address: 203.0.113.110, flavour: generic}
"""
DIALOGS = """
  u: {from: carrier, to: outside, caller: "+14155550137", callee: "+12025550148"}
  d: {from: inside, to: bot, caller: "+14155550137", callee: "+12025550148"}
"""
RELAYED = """
  - u INVITE
  - u 100
  - d INVITE +0.004
  - d 100
  - d 180 +0.4
  - u 180 +0.002
  - d 200 +3
  - u 200 +0.002
  - d ACK
  - u ACK
  - u carrier BYE +20
  - d inside BYE +0.003
  - u 200
  - d 200
"""
MS = 1_000_000


def calls(ladder: str) -> int:
    return len(book(ladder, dialogs=DIALOGS, hosts=HOSTS).calls)


def test_legs_relayed_in_step_are_one_call() -> None:
    (call,) = book(RELAYED, dialogs=DIALOGS, hosts=HOSTS).calls
    joined = call.legs[1].joined_by
    assert joined is not None
    assert joined.confidence == "likely"


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("d INVITE +0.004", "d INVITE +0.4"),
        ("u 180 +0.002", "u 180 +0.7"),
        ("u 200 +0.002", "u 200 +1"),
        ("d inside BYE +0.003", "d inside BYE +2"),
    ],
)
def test_legs_that_go_their_own_ways_are_two_calls(was: str, now: str) -> None:
    assert was in RELAYED
    assert calls(RELAYED.replace(was, now)) == 2


def test_other_numbers_tie_nothing() -> None:
    other = DIALOGS.replace('callee: "+12025550148"}\n', 'callee: "+12025550199"}\n', 1)
    assert len(book(RELAYED, dialogs=other, hosts=HOSTS).calls) == 2


UP = Steps(0, 400 * MS, 3000 * MS, None, 9000 * MS, False)


@pytest.mark.parametrize(
    ("down", "same"),
    [
        (Steps(5 * MS, 399 * MS, 2999 * MS, None, 9000 * MS, False), True),
        (Steps(5 * MS, 399 * MS, 2999 * MS, None, 9300 * MS, False), False),
        (Steps(5 * MS, 399 * MS, 2999 * MS, None, 6000 * MS, True), True),
        (Steps(5 * MS, 399 * MS, None, 2999 * MS, None, False), False),
        (Steps(5 * MS, None, 2999 * MS, None, None, False), False),
        (Steps(201 * MS, 399 * MS, 2999 * MS, None, 9000 * MS, False), False),
        (Steps(-1, 399 * MS, 2999 * MS, None, 9000 * MS, False), False),
        (Steps(5 * MS, 402 * MS, 2999 * MS, None, 9000 * MS, False), False),
        (Steps(5 * MS, 400 * MS + 900_000, 2999 * MS, None, 9000 * MS, False), True),
        (Steps(190 * MS, 210 * MS, 2810 * MS, None, 9190 * MS, False), True),
    ],
    ids=[
        "in step",
        "BYE late",
        "moved by REFER",
        "refused",
        "one event",
        "late",
        "begun earlier",
        "rang after",
        "rang within a tick",
        "just in step",
    ],
)
def test_in_step(down: Steps, same: bool) -> None:
    assert in_step(UP, down) is same


@pytest.mark.parametrize(("status", "refused"), [(401, False), (407, False), (403, True), (486, True)])
def test_a_challenge_is_no_refusal_that_would_be_relayed(status: int, refused: bool) -> None:
    steps = steps_of(one_leg(f"- a INVITE\n- a {status} +1\n- a ACK"))
    assert (steps.refusal_ns is not None) is refused
