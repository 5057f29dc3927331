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


CHAIN = """
  edge: {address: 203.0.113.84, flavour: kamailio, domain: edge.example.com}
  core: {address: 203.0.113.85, flavour: kamailio, domain: core.example.com}
  trunk: {address: 198.51.100.62, domain: sip.telco.example}
  bot: {address: 203.0.113.71, domain: bot.example.com}
"""
THROUGH_BOTH = """
  c: {from: trunk, to: bot, path: [edge, core], caller: "+12025550148", callee: "+13125550162"}
"""


@pytest.mark.parametrize(
    ("sent", "answered", "by"),
    [
        ("[2]", '405 "No" REFER: {links: [2]}', "Kamailio (203.0.113.85)"),
        ("[1, 2]", '405 "No" REFER: {links: [1, 2]}', "Kamailio (203.0.113.84)"),
        ("[0, 1, 2]", '405 "No" REFER: {links: [0, 1, 2]}', None),
        ("[0, 1, 2]", '408 "Timeout" REFER: {links: [1, 2]}', None),
        ("[2]", "202 REFER: {links: [2]}", None),
    ],
    ids=["by the first", "by the second", "by the far end", "forwarded in vain", "taken"],
)
def test_a_proxy_stops_a_refer_that_it_refuses_and_does_not_forward(
    sent: str, answered: str, by: str | None
) -> None:
    ladder = (
        "- c INVITE\n- c 100\n- c 200 INVITE +1\n- c ACK\n"
        f"- c bot REFER sip:+17735550144@sip.telco.example +9: {{links: {sent}}}\n- c {answered}\n"
        "- c bot BYE +4\n- c 200\n"
    )
    (call,) = diagnosis(ladder, dialogs=THROUGH_BOTH, hosts=CHAIN).details
    (transfer,) = call.transfers
    assert transfer.facts.get("refer_stopped_by") == by
    assert transfer.facts["refer_stopped"] is (by is not None)


def test_a_carrier_s_own_edge_is_no_proxy_that_stops_a_refer() -> None:
    ladder = (
        "- c INVITE\n- c 100\n- c 200 INVITE +1\n- c ACK\n"
        "- c bot REFER sip:+17735550144@sip.telco.example +9: {links: [2]}\n- c 405: {links: [2]}\n"
        "- c bot BYE +4\n- c 200\n"
    )
    hosts = CHAIN.replace("203.0.113.85, flavour: kamailio", "54.172.60.3, flavour: twilio")
    (call,) = diagnosis(ladder, dialogs=THROUGH_BOTH, hosts=hosts).details
    assert call.transfers[0].facts["refer_stopped"] is False
