"""Calls as nobody makes them: the work grows with their messages, not with the square of them."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from sipdiag.sip.message import Message
from tests.calls.dialogs import captured, judge

UP = "- a INVITE\n- a 200 +1\n- a ACK\n"
DOWN = "- a agent BYE +1\n- a 200"
REPEATED = {
    "collisions": "- a agent INVITE +1\n- a 491\n- a agent ACK\n",
    "refused offers": "- a agent INVITE +1\n- a 488\n- a agent ACK\n",
    "lost dialogs": "- a agent BYE +1.5\n- a 481\n",
    "transfers": "- a agent REFER sip:{number}@x +1\n- a 202\n- a carrier NOTIFY 486 +1\n- a 200\n",
    "transfers without a result": "- a agent REFER sip:{number}@x +1\n- a 202\n",
}


def work(repeated: str, times: int) -> int:
    """How often Python code is entered to judge a call in which something is ``repeated``."""
    seen = captured(UP + "".join(repeated.format(number=number + 1000) for number in range(times)) + DOWN)
    return entered(lambda: judge(seen))


def entered(task: Callable[[], object]) -> int:
    """How often Python code is entered by ``task``."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        task()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("repeated", REPEATED.values(), ids=REPEATED)
def test_the_work_grows_with_the_messages(repeated: str) -> None:
    # The first time also compiles what the others find ready.
    _, few, some, many = (work(repeated, times) for times in (10, 10, 60, 110))
    assert many - some < 1.3 * (some - few)


def crowd(calls: int) -> int:
    """How often Python code is entered to join and judge so many calls at a time between the same two numbers."""
    (first,) = captured("- a INVITE")
    raw = first.message.raw
    call_id = first.message.call_id.encode()
    seen = [
        replace(
            first,
            message=Message(
                raw.replace(call_id, b"%d-%s" % (number, call_id)).replace(b";tag=", b";tag=%d" % number)
            ),
            src=first.src._replace(address=f"10.0.{number // 250}.{number % 250 + 1}"),
            time_ns=first.time_ns + number * 1_000_000,
        )
        for number in range(calls)
    ]
    return entered(lambda: judge(seen))


def test_many_calls_of_one_number_are_not_compared_with_each_other() -> None:
    crowd(10)
    few, some, many = (crowd(calls) for calls in (500, 1000, 2000))
    assert many - some < 2.6 * (some - few)
