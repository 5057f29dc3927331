"""What a report lists as found in order, and what it says is missing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from sipdiag.facts.checks import passed
from sipdiag.pipeline.results import CallDetail
from sipdiag.pipeline.run import analyze
from tests.calls.dialogs import one_call, read

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"


@cache
def call(sample: str, expect: str | None = None) -> CallDetail:
    return analyze([str(SAMPLES / f"{sample}.pcap")], expect=expect)[0].details[0]


@pytest.mark.parametrize(
    ("sample", "check", "words"),
    [
        ("healthy/plain", "complete", "first INVITE to its end"),
        ("healthy/plain", "answered", "answered after"),
        ("healthy/plain", "ack", "acknowledged"),
        ("healthy/plain", "retransmissions", "no message was retransmitted"),
        ("healthy/plain", "codecs", "agreed on"),
        ("healthy/plain", "rang", "the called party was reached"),
        ("target/unavailable-announced", "early-media", "early media began"),
        ("healthy/challenged", "credentials", "challenge was answered"),
        ("healthy/outbound-campaign", "identity", "Twilio accepted +12025550148 as the caller (From)"),
        ("healthy/session-refresh-update", "refreshes", "succeeded"),
        ("transfer/refer-completed", "transfer", "confirmed by the final NOTIFY (200)"),
        ("transfer/refer-completed", "refer", "accepted with 202"),
    ],
)
def test_found_in_order(sample: str, check: str, words: str) -> None:
    texts = [passed.text for passed in call(sample).passed if passed.check == check]
    assert any(words in text for text in texts), call(sample).passed


@pytest.mark.parametrize(
    ("sample", "check"),
    [
        ("signalling/ack-missing", "ack"),
        ("signalling/ack-not-accepted", "ack"),
        ("healthy/retransmitted-invite", "retransmissions"),
        ("access/credentials-rejected-407", "credentials"),
        ("caller-id/rejected-twilio-32204", "identity"),
        ("transfer/target-failed-busy", "transfer"),
        ("signalling/bye-unanswered", "bye"),
        ("media/only-digits-in-common", "codecs"),
        ("signalling/refresh-refused", "refreshes"),
        ("signalling/refresh-unacknowledged", "refreshes"),
    ],
)
def test_not_claimed(sample: str, check: str) -> None:
    assert not [passed for passed in call(sample).passed if passed.check == check]


@pytest.mark.parametrize(
    ("sample", "missing", "command"),
    [
        ("capture/starts-mid-dialog", "the start of the dialog", "host 54.172.60.1"),
        ("capture/ends-before-bye", "the end of the dialog", "40 s"),
        ("capture/one-sided", "one direction", "both directions mirrored"),
        ("transfer/no-notify-at-all", "the leg to its target is not in the capture", "call record"),
        ("transfer/new-leg-unended", "the leg to its target has no end in the capture", "call record"),
        ("transfer/refer-uncaptured", "a request between two CSeq numbers", "without a filter"),
        ("capture/truncated", "the end of some messages", "-s 0"),
    ],
)
def test_what_to_capture_next(sample: str, missing: str, command: str) -> None:
    gaps = [gap for gap in call(sample).cannot_tell if missing in gap.missing]
    assert gaps, call(sample).cannot_tell
    assert command in gaps[0].capture_next


def test_the_other_leg_of_a_transfer_that_is_missing() -> None:
    gaps = call("transfer/refer-missing", "transfer").cannot_tell
    assert any("other legs" in gap.missing and "host " in gap.capture_next for gap in gaps)


def test_a_failure_reported_at_the_transferors_bye_confirms_nothing() -> None:
    ladder = """
    - a INVITE
    - a 200 +2
    - a ACK
    - a agent REFER tel:+13125550162 +9
    - a 202
    - n INVITE +0.2
    - n 200 +3
    - n ACK
    - a agent BYE +1
    - a 200
    - a carrier NOTIFY 503
    - a 200
    """
    dialogs = '\n  n: {from: carrier, to: telnyx, caller: "+12025550148", callee: "+13125550162"}\n'
    texts = [check.text for check in passed(read(ladder, dialogs=dialogs).call) if check.check == "transfer"]
    assert texts == ["The transfer's new leg was seen to be answered."]


def test_nothing_is_missing_from_a_whole_call() -> None:
    assert not call("healthy/with-rtp").cannot_tell


def test_credentials_are_in_order_only_where_the_call_went_on() -> None:
    """A 403 after the credentials may be about them."""
    assert "credentials" not in {one.check for one in call("access/credentials-rejected-407").passed}
    assert "credentials" in {one.check for one in call("healthy/challenged").passed}


def test_requests_are_complete_only_with_the_ack() -> None:
    """It has the CSeq number of its INVITE: a missing one leaves no gap."""
    assert "cseq" not in {one.check for one in call("signalling/ack-missing").passed}


def test_what_was_heard_cannot_be_told_without_media() -> None:
    (gap,) = call("healthy/plain").cannot_tell
    assert "no media of the call was captured" in gap.missing


@pytest.mark.parametrize(("talk_s", "told"), [(4, False), (6, True)])
def test_the_audio_of_a_call_of_seconds_is_missed(talk_s: int, told: bool) -> None:
    answered = "  - a INVITE\n  - a 100\n  - a 200 +2\n  - a ACK\n"
    gaps = one_call(f"{answered}  - a carrier BYE +{talk_s}\n  - a 200\n").cannot_tell
    assert any("the audio" in gap.missing for gap in gaps) is told
