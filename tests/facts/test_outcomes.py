"""Which end of a leg gives which outcome of the call: the table, row by row."""

from __future__ import annotations

import pytest

from sipdiag.facts.enums import TransferOutcome
from tests.calls.dialogs import one_call

INVITE = "\n- p INVITE\n- p 100"
RINGING = INVITE + "\n- p 180 +0.4"
ACK = "\n- p ACK"
CANCELLED = "\n- p 200 CANCEL\n- p 487 INVITE\n- p ACK"
UP = "\n- a INVITE\n- a 100\n- a 180 +0.3\n- a 200 +2\n- a ACK"
DOWN = "\n- a agent BYE +2\n- a 200"
CAUSE_21 = ": {headers: {Reason: 'Q.850;cause=21'}}"

ENDS = {
    "2xx, normal end": (RINGING + "\n- p 200 +2\n- p ACK\n- p bob BYE +9\n- p 200", "answered"),
    "2xx without ringing": (INVITE + "\n- p 200 +2\n- p ACK\n- p BYE +9\n- p 200", "answered"),
    "2xx, dropped later": (
        RINGING + "\n- p 200 +2\n- p ACK\n- p bob BYE +9: {headers: {Reason: 'Q.850;cause=38'}}\n- p 200",
        "answered",
    ),
    "486 without ringing": (INVITE + "\n- p 486 +1" + ACK, "busy"),
    "486 after ringing": (RINGING + "\n- p 486 +3" + ACK, "busy"),
    "600": (INVITE + "\n- p 600 +1" + ACK, "busy"),
    "486 that declines, without ringing": (INVITE + "\n- p 486 +1" + CAUSE_21 + ACK, "busy"),
    "603 after ringing": (RINGING + "\n- p 603 +3" + ACK, "declined"),
    "480 with cause 21 after ringing": (RINGING + "\n- p 480 +3" + CAUSE_21 + ACK, "declined"),
    "486 with cause 21 after ringing": (RINGING + "\n- p 486 +3" + CAUSE_21 + ACK, "declined"),
    "486 with a declining text after ringing": (RINGING + '\n- p 486 "Call Rejected" +3' + ACK, "declined"),
    "rang, CANCEL by a platform's timer": (
        (RINGING + "\n- p CANCEL +30" + CANCELLED).replace("- p", "- o"),
        "no-answer",
    ),
    "early media, CANCEL by a platform's timer": (
        (INVITE + "\n- p 183 sdp\n- p CANCEL +30" + CANCELLED).replace("- p", "- o"),
        "no-answer",
    ),
    "rang, a person's CANCEL after half a minute": (RINGING + "\n- p CANCEL +30" + CANCELLED, "cancelled"),
    "rang, 408": (RINGING + "\n- p 408 +20" + ACK, "no-answer"),
    "rang, 480": (RINGING + "\n- p 480 +20" + ACK, "no-answer"),
    "rang, 487 of the callee's own": (RINGING + "\n- p 487 +20" + ACK, "no-answer"),
    "CANCEL by the caller before any timer": (RINGING + "\n- p CANCEL +4" + CANCELLED, "cancelled"),
    "503": (INVITE + "\n- p 503 +1" + ACK, "failed"),
    "500": (INVITE + "\n- p 500 +1" + ACK, "failed"),
    "503 after ringing": (RINGING + "\n- p 503 +1" + ACK, "failed"),
    "408 without ringing": (INVITE + "\n- p 408 +30" + ACK, "failed"),
    "3xx not followed": (INVITE + "\n- p 302 +0.2" + ACK, "failed"),
    "2xx never ACKed and torn down": (
        INVITE + "\n- p 200 +1" + "\n- p 200 again +0.5\n- p 200 again +1\n- p 200 again +2\n- p 200 again +4"
        "\n- p bob BYE +24\n- p 200",
        "failed",
    ),
    "nothing at all": ("\n- p INVITE\n- p INVITE again +0.5\n- p INVITE again +1", "no-response"),
    "only 100": (INVITE, "no-response"),
    "only 100, CANCEL after more than 10 s": (INVITE + "\n- p CANCEL +12" + CANCELLED, "no-response"),
    "only 100, CANCEL earlier": (INVITE + "\n- p CANCEL +4" + CANCELLED, "cancelled"),
    "nothing, CANCEL after more than 10 s": ("\n- p INVITE\n- p CANCEL +12", "no-response"),
} | {
    f"{status} without ringing": (f"{INVITE}\n- p {status} +1{ACK}", "rejected")
    for status in (400, 401, 403, 404, 405, 407, 410, 420, 433, 480, 484, 488, 603, 604, 606, 607, 608)
}


@pytest.mark.parametrize(("ladder", "outcome"), ENDS.values(), ids=ENDS)
def test_end_of_the_leg(ladder: str, outcome: str) -> None:
    assert one_call(ladder).outcome == outcome


OPEN = {
    "answered": RINGING + "\n- p 200 +2\n- p ACK",
    "ringing": RINGING,
    "just sent": "\n- p INVITE",
    "only 100": INVITE,
}


@pytest.mark.parametrize("ladder", OPEN.values(), ids=OPEN)
def test_no_end_in_the_capture(ladder: str) -> None:
    result = one_call(ladder, until=3)
    assert result.outcome == "in-progress"
    assert result.root_cause is None
    assert "capture/incomplete" in {finding.rule for finding in result.findings}


def refer(*lines: str) -> str:
    return "\n".join([UP, "- a agent REFER tel:+13125550162 +9", *(f"- {line}" for line in lines)])


BRIDGE = UP + "\n- o INVITE +9\n- o 100"
TRANSFERS = {
    "final 2xx": (
        refer("a 202", "a carrier NOTIFY 100", "a 200", "a carrier NOTIFY 200 +4", "a 200") + DOWN,
        "transferred",
    ),
    "NOTIFY before the 202": (
        refer("a carrier NOTIFY 200", "a 202 REFER", "a 200 NOTIFY") + DOWN,
        "transferred",
    ),
    "Refer-Sub: false and nothing to see": (
        UP
        + "\n- a agent REFER tel:+13125550162 +9: {headers: {Refer-Sub: 'false'}}"
        + "\n- a 200: {headers: {Refer-Sub: 'false'}}"
        + DOWN,
        "transfer-unknown",
    ),
    "REFER refused": (refer("a 405") + DOWN, "transfer-failed"),
    "REFER unanswered": (
        refer("a REFER again +0.5") + "\n- a agent BYE +33\n- a 200",
        "transfer-failed",
    ),
    "answer to REFER not captured": (refer() + "\n- a agent BYE +33\n- a 200", "transfer-unknown"),
    "final 486": (refer("a 202", "a carrier NOTIFY 486 +4", "a 200") + DOWN, "transfer-failed"),
    "no final NOTIFY": (refer("a 202", "a carrier NOTIFY 100", "a 200") + DOWN, "transfer-unknown"),
    "second INVITE answered": (
        BRIDGE + "\n- o 200 +4\n- o ACK\n- o carrier BYE +9\n- o 200" + DOWN,
        "transferred",
    ),
    "second INVITE refused": (BRIDGE + "\n- o 404 +1\n- o ACK" + DOWN, "transfer-failed"),
    "second INVITE still ringing": (BRIDGE + "\n- o 180 +1", "transfer-unknown"),
}


@pytest.mark.parametrize(("ladder", "outcome"), TRANSFERS.values(), ids=TRANSFERS)
@pytest.mark.parametrize("expect", [None, "transfer"])
def test_an_attempted_transfer_outranks_the_legs(ladder: str, outcome: str, expect: str | None) -> None:
    assert one_call(ladder, expect=expect, until=5).outcome == outcome


@pytest.mark.parametrize("expect", ["transfer", "refer"])
def test_an_expected_transfer_that_was_not_tried_failed(expect: str) -> None:
    result = one_call(UP + DOWN, expect=expect)
    assert result.outcome == "transfer-failed"
    (missing,) = result.transfers
    assert (missing.transfer.method, missing.outcome) == (None, TransferOutcome.not_attempted.slug)


def test_an_expected_transfer_may_still_come_while_the_leg_is_up() -> None:
    result = one_call(UP, expect="transfer", until=5)
    assert result.outcome == "transfer-unknown"
    assert not result.transfers


def test_a_call_that_was_never_answered_is_not_a_failed_transfer() -> None:
    result = one_call("\n- a INVITE\n- a 486 +1\n- a ACK", expect="transfer")
    assert result.outcome == "busy"
