"""A transfer succeeded if its target was answered and acknowledged while the transferred party was still there."""

from __future__ import annotations

import pytest

from tests.calls.dialogs import diagnosis

HOSTS = """
  sbc: {address: 203.0.113.50, flavour: generic}
  far: {address: 198.51.100.60, flavour: generic}
"""
DIALOGS = """
  u: {from: far, to: sbc, caller: "+14155550137", callee: "+12025550148"}
  d: {from: sbc, to: agent, caller: "+14155550137", callee: "+12025550148"}
  n: {from: sbc, to: carrier, caller: "+14155550137", callee: "+13125550162"}
"""
UP = """
  - u INVITE
  - u 100
  - d INVITE +0.004
  - d 200 +2
  - u 200 +0.002
  - d ACK
  - u ACK
  - d agent REFER tel:+13125550162 +9
  - d 202
  - d sbc NOTIFY 100
  - d 200
"""
CONNECTED = "  - n INVITE\n  - n 180 +1\n  - n 200 +2\n  - n ACK\n"
RELEASED = "  - d agent BYE +0.1\n  - d 200\n"
LEFT = "  - u sbc BYE +0.1\n  - u 200\n"
ONCE_MORE = "  - n INVITE\n  - n 200 +2\n  - n 200 +0.5 again\n"
UNHEARD = "  - n INVITE\n  - n 200 +2\n  - n 200 +0.5 again\n  - n 200 +1 again\n  - n 200 +2 again\n"


@pytest.mark.parametrize(
    ("rest", "outcome"),
    [
        (CONNECTED + RELEASED, "completed"),
        (RELEASED + CONNECTED, "completed"),
        (RELEASED + LEFT + CONNECTED, "failed"),
        (RELEASED + UNHEARD, "failed"),
        (RELEASED + ONCE_MORE, "completed"),
    ],
    ids=[
        "connected",
        "the transferor left at once",
        "the bridge dropped the caller",
        "no ACK",
        "an ACK that may be missing in the capture",
    ],
)
def test_outcome(rest: str, outcome: str) -> None:
    (call,) = diagnosis(UP + rest, dialogs=DIALOGS, hosts=HOSTS).details
    assert [transfer.outcome for transfer in call.transfers] == [outcome]


@pytest.mark.parametrize("status", [300, 302, 403, 503, 603])
def test_any_refusal_of_the_refer_rejects_the_transfer(status: int) -> None:
    ladder = UP.partition("  - d 202")[0] + f'  - d {status} "Not here"\n'
    (call,) = diagnosis(ladder, dialogs=DIALOGS, hosts=HOSTS).details
    (transfer,) = call.transfers
    assert transfer.outcome == "rejected"
    assert transfer.facts["refuser_wording"] == f"{status} Not here"
