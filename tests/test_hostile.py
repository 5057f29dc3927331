"""Calls as nobody makes them: the work grows with their messages, not with the square of them."""

from __future__ import annotations

import sys

import pytest

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
    entered = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal entered
        entered += event == "call"

    sys.setprofile(count)
    try:
        judge(seen)
    finally:
        sys.setprofile(None)
    return entered


@pytest.mark.parametrize("repeated", REPEATED.values(), ids=REPEATED)
def test_the_work_grows_with_the_messages(repeated: str) -> None:
    # The first time also compiles what the others find ready.
    _, few, some, many = (work(repeated, times) for times in (10, 10, 60, 110))
    assert many - some < 1.3 * (some - few)
