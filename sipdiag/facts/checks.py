"""What was looked at and found in order, and what the capture cannot show.

Both are lists for the reader of a report: the first says that silence is not blindness, the second
what to capture next time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sipdiag.facts.callview import CallView
from sipdiag.facts.enums import TransferOutcome
from sipdiag.facts.legview import LegView


class Check(NamedTuple):
    """A check that was made and found in order."""

    check: str
    text: str


class Gap(NamedTuple):
    """What the capture cannot show, and what to capture next time."""

    missing: str
    capture_next: str


def passed(call: CallView) -> Iterator[Check]:
    """The checks of a call that found nothing wrong."""
    primary = call.primary
    if primary is None:
        return
    if primary.leg.start_seen and primary.ended:
        yield Check("complete", "The call was captured from its first INVITE to its end.")
    for view in call.legs:
        yield from _leg_checks(view)
    for transfer in call.transfers:
        if transfer.outcome == TransferOutcome.completed and transfer.result is not None:
            yield Check("transfer", f"The transfer was confirmed by the final NOTIFY ({transfer.result}).")
        elif transfer.outcome == TransferOutcome.completed:
            yield Check("transfer", "The transfer's new leg was seen to be answered.")


def _leg_checks(view: LegView) -> Iterator[Check]:
    name = view.leg.id
    if view.challenges and view.authenticated and view.status not in (401, 407):
        yield Check("credentials", f"{name}: the digest challenge was answered and not repeated.")
    if view.answered and view.setup_s is not None:
        yield Check("answered", f"{name}: answered after {view.setup_s:.1f} s.")
    if view.answered and view.ack_seen:
        yield Check("ack", f"{name}: the 200 OK was acknowledged.")
    repeats = sum(entry.retransmission for entry in view.leg.messages)
    if not repeats and view.leg.messages[0].captured.transport == "UDP":
        yield Check("retransmissions", f"{name}: no message had to be sent twice.")
    if view.bye is not None and view.bye.status is not None and view.bye.status < 300:
        yield Check("bye", f"{name}: ended by BYE, confirmed with {view.bye.status}.")
    if view.cseq_proof and view.both_directions:
        yield Check("cseq", f"{name}: the CSeq numbers leave no room for a request that was not captured.")


def cannot_tell(call: CallView) -> Iterator[Gap]:
    """What is missing from the capture of this call."""
    for view in call.legs:
        yield from _leg_gaps(view)
    if call.expects_transfer and call.transfer_leg is not None and not call.transferred:
        side = call.transfer_leg.sides.platform
        if side is not None and len(call.legs) == 1:
            yield Gap(
                "the platform's other legs: a transfer by INVITE runs over a leg of its own",
                "the platform's SIP traffic towards all its trunks, for the same minutes",
            )


def _leg_gaps(view: LegView) -> Iterator[Gap]:
    name = view.leg.id
    if not view.leg.start_seen:
        yield Gap(
            f"{name}: the start of the dialog",
            "from before the call is placed, with a filter on the host alone",
        )
    elif not view.ended and view.cancel is None and not view.waited_out:
        yield Gap(f"{name}: the end of the dialog", "until at least 40 s after the call has ended")
    if not view.both_directions and not view.waited_out:
        yield Gap(
            f"{name}: one direction; only one side's messages were captured",
            "on the SIP host itself, or with both directions mirrored",
        )
    if view.cseq_gap:
        yield Gap(
            f"{name}: a request between two CSeq numbers",
            "all SIP of the hosts, without a filter on methods or ports",
        )
    if view.truncated:
        yield Gap(f"{name}: the end of some messages", "with full packets (tcpdump -s 0)")
