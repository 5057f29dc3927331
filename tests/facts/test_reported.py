"""Of the statuses that NOTIFYs reported, the first final one is the result: of a transfer, and of a REFER on its own."""

from __future__ import annotations

import pytest

from sipdiag.facts.exchanges import ExchangeFacts
from sipdiag.facts.known import Known
from tests.calls.dialogs import book, knowledge, read
from tests.facts.views import facts_of_transfer

HOSTS = "  sbc: {address: 203.0.113.50, flavour: generic}\n"
DIALOGS = """
  d: {from: sbc, to: pbx, caller: "+14155550137", callee: "+12025550148"}
  r: {from: pbx, to: sbc, caller: bot, callee: alice}
"""
UP = "  - d INVITE\n  - d 200 +1\n  - d ACK\n"
IN_A_CALL = f"{UP}  - d pbx REFER sip:bob@example.com +9\n  - d 202\n"
OUTSIDE = "  - r REFER sip:bob@example.com +9\n  - r 202\n"
REPORTED = {
    "none": ((), None, False),
    "on its way": ((100,), None, False),
    "ringing": ((100, 180), None, True),
    "answered after ringing": ((100, 183, 200), 200, True),
    "answered at once": ((200,), 200, False),
    "a success, then a failure": ((100, 200, 503), 200, False),
    "a failure, then a success": ((486, 200), 486, False),
}
each_report = pytest.mark.parametrize(("statuses", "result", "rang"), REPORTED.values(), ids=REPORTED)


def notified(dialog: str, statuses: tuple[int, ...]) -> str:
    """NOTIFYs half a second apart, each of which is taken."""
    return "".join(f"  - {dialog} sbc NOTIFY {status} +0.5\n  - {dialog} 200\n" for status in statuses)


def assert_result(facts: Known, statuses: tuple[int, ...], result: int | None, prefix: str = "") -> None:
    wording, took_s = facts.get(f"{prefix}result_wording"), facts.get(f"{prefix}result_s")
    assert facts.get(f"{prefix}result") == result
    if result is None:
        assert (wording, took_s) == (None, None)
    else:
        assert wording.startswith(str(result))
        assert took_s == pytest.approx(0.5 * (1 + statuses.index(result)), abs=0.1)


@each_report
def test_of_a_transfer(statuses: tuple[int, ...], result: int | None, rang: bool) -> None:
    facts = facts_of_transfer(read(IN_A_CALL + notified("d", statuses), dialogs=DIALOGS, hosts=HOSTS))
    assert_result(facts, statuses, result)
    assert facts["result_known"] is (result is not None)
    assert facts["target_rang"] is rang
    assert facts["status_notified"] is bool(statuses)
    assert facts.get("last_notified") == (statuses[-1] if statuses else None)


@each_report
def test_of_a_refer_outside_any_call(statuses: tuple[int, ...], result: int | None, rang: bool) -> None:
    (exchange,) = book(OUTSIDE + notified("r", statuses), dialogs=DIALOGS, hosts=HOSTS).exchanges
    facts = Known(ExchangeFacts(exchange, 0, knowledge()[1]))
    assert_result(facts, statuses, result, "refer_")
    assert facts["refer_rang"] is rang
