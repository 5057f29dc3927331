"""What was checked and found in order, and what the capture cannot show.

Both are lists for the reader of a report: the first says that silence is not blindness, the second
what to capture next time, and where.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sipdiag.calls.model import Leg
from sipdiag.facts.callview import CallView
from sipdiag.facts.enums import TransferOutcome
from sipdiag.facts.identity import shown
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.offers import common_codecs
from sipdiag.facts.otherside import undecided, unseen
from sipdiag.facts.refreshes import Refreshes
from sipdiag.facts.transferview import TransferView
from sipdiag.facts.wording import spoken_name

TALK_S = 5.0
"""Seconds after which some media is to be expected."""


class Check(NamedTuple):
    """A check that was made and found in order."""

    check: str
    text: str


class BlindSpot(NamedTuple):
    """What the capture cannot show, and what to capture next time."""

    missing: str
    capture_next: str


def passed(call: CallView) -> Iterator[Check]:
    """The checks of a call that found nothing wrong."""
    primary = call.primary
    if primary is None:
        return
    if primary.start_seen and primary.end_seen and not primary.missed_answers:
        yield Check("complete", "The call was captured from its first INVITE to its end.")
    for transfer in call.transfers:
        yield from _transfer_checks(transfer)
    for view in call.legs:
        yield from _setup_checks(view, call)
        yield from _dialog_checks(view)


def _setup_checks(view: LegView, call: CallView) -> Iterator[Check]:
    name = view.leg.id
    if view.challenges and view.authenticated and (view.answered or view.progress):
        yield Check("credentials", f"{name}: the digest challenge was answered and not repeated.")
    reached = view.answered or view.reached
    judged = call.related(view).identity.judged
    if reached and judged and view.sides.callee.kind == "carrier":
        header, number = judged[0]
        carrier = spoken_name(view.sides.callee) or "the carrier"
        yield Check("identity", f"{name}: {carrier} accepted {shown(number)} as the caller ({header}).")
    if view.reached and view.ringing is not None and view.start_seen:
        after = (view.ringing.time_ns - view.leg.first_ns) / 1e9
        if view.alerted:
            yield Check("rang", f"{name}: rang {after:.1f} s after the INVITE; the called party was reached.")
        else:
            yield Check("early-media", f"{name}: early media began {after:.1f} s after the INVITE.")
    if view.answered and view.setup_s is not None:
        yield Check("answered", f"{name}: answered after {view.setup_s:.1f} s.")
    if view.answered and view.ack_seen and not view.answer_repeats_after_ack:
        yield Check("ack", f"{name}: the 200 OK was acknowledged.")
    codecs = common_codecs(view)
    if codecs:
        yield Check("codecs", f"{name}: both sides agreed on {', '.join(sorted(map(_codec, codecs)))}.")


def _dialog_checks(view: LegView) -> Iterator[Check]:
    name = view.leg.id
    kept = Refreshes(view).succeeded
    if kept:
        yield Check("refreshes", f"{name}: {_times(kept, 're-INVITE or UPDATE')} during the call succeeded.")
    repeats = sum(entry.retransmission for entry in view.leg.messages)
    if not repeats and view.leg.messages[0].captured.transport == "UDP":
        yield Check("retransmissions", f"{name}: no message was retransmitted.")
    if view.bye is not None and view.bye.status is not None and view.bye.status < 300:
        yield Check("bye", f"{name}: ended by BYE, confirmed with {view.bye.status}.")
    if view.captured.cseq_proof and view.both_directions and (view.ack_seen or not view.answered):
        yield Check("cseq", f"{name}: CSeq numbers are consecutive: no request is missing from the capture.")


def _codec(name: str) -> str:
    """As RFC 3551 writes it, and most after it; names are compared in lower case."""
    return name if name in ("opus", "speex") else name.upper()


def _times(count: int, what: str) -> str:
    return f"the {what}" if count == 1 else f"each of {count} requests ({what})"


def _transfer_checks(transfer: TransferView) -> Iterator[Check]:
    if transfer.transfer.refers and transfer.accepted and transfer.refer_status is not None:
        yield Check("refer", f"The REFER was accepted with {transfer.refer_status}.")
    if transfer.outcome != TransferOutcome.completed:
        return
    if transfer.result is not None and transfer.result < 300:
        yield Check("transfer", f"The transfer was confirmed by the final NOTIFY ({transfer.result}).")
    else:
        yield Check("transfer", "The transfer's new leg was seen to be answered.")


def cannot_tell(call: CallView, media: Media) -> Iterator[BlindSpot]:
    """What is missing from the capture of this call."""
    for view in call.legs:
        yield from _leg_gaps(view)
        yield from _other_side(view)
    if call.lead is not None:
        yield from _unheard(call.lead, media)
    for transfer in call.transfers:
        if transfer.outcome == TransferOutcome.unknown and transfer.base is not None:
            lacking = "has no end" if transfer.new_legs else "is not"
            yield BlindSpot(
                f"the result of the transfer: the leg to its target {lacking} in the capture",
                "the same hosts for at least 60 s after the REFER; whoever accepted the REFER has a call record of "
                f"that leg. {_command(transfer.base.leg)}",
            )
    leg = call.transfer_leg
    if call.expectations.expects_transfer and leg is not None and not call.transfers:
        side = leg.sides.platform
        if side is not None and len(call.legs) == 1:
            yield BlindSpot(
                "the platform's other legs: a transfer by INVITE runs over a leg of its own",
                "the platform's SIP traffic towards all its trunks, for the same minutes: "
                f"tcpdump -i any -s 0 -w call.pcap 'host {side.host.address}'",
            )


def _unheard(view: LegView, media: Media) -> Iterator[BlindSpot]:
    """Media often takes another path than signalling: that none was captured proves nothing."""
    if view.answered and (view.talk_s or 0.0) >= TALK_S and media.of(view).absent:
        yield BlindSpot(
            f"{view.leg.id}: the audio; no media of the call was captured (it takes another path, or the capture filter excludes it)",
            "UDP on all ports along the media path, at both ends if necessary: tcpdump -i any -s 0 -w call.pcap udp",
        )


def _leg_gaps(view: LegView) -> Iterator[BlindSpot]:
    name, leg = view.leg.id, view.leg
    if not leg.start_seen:
        yield BlindSpot(
            f"{name}: the start of the dialog", f"from before the call is placed. {_command(leg)}"
        )
    elif not view.end_seen and view.cancel is None and not view.waited_out:
        yield BlindSpot(
            f"{name}: the end of the dialog", f"until at least 40 s after the call has ended. {_command(leg)}"
        )
    if not view.both_directions and not view.waited_out:
        yield BlindSpot(
            f"{name}: one direction; only one side's messages were captured",
            f"on the SIP host itself, or with both directions mirrored. {_command(leg)}",
        )
    if view.captured.cseq_gap:
        yield BlindSpot(
            f"{name}: a request between two CSeq numbers",
            f"all SIP of the hosts, without a filter on methods or ports. {_command(leg)}",
        )
    if view.missed_answers and view.both_directions:
        methods = ", ".join(dict.fromkeys(request.method for request in view.missed_answers))
        yield BlindSpot(
            f"{name}: the answer to {methods}; its sender acted as if it had arrived",
            f"without packets lost on the way to the capture: a larger buffer (-B 65536) helps. {_command(leg)}",
        )
    if view.captured.truncated:
        yield BlindSpot(f"{name}: the end of some messages", f"with full packets. {_command(leg)}")


def _other_side(view: LegView) -> Iterator[BlindSpot]:
    """Where a single capture point cannot decide on which side of it something was lost."""
    name = view.leg.id
    for lost in undecided(view):
        why = (
            f"it passed {lost.passed}, and nothing was captured behind that point"
            if lost.passed is not None
            else "one capture point cannot tell on which side of it something was lost"
        )
        yield BlindSpot(
            f"{name}: whether the {lost.what} reached {lost.receiver}; {why}",
            f"at {lost.receiver} as well, for the same call, and read both captures together (if this one is from "
            "there, its own log has the reason). "
            f"There: tcpdump -i any -s 0 -w other-side.pcap 'host {lost.sender.address}'",
        )
    for lacking in unseen(view):
        yield BlindSpot(
            f"{name}: the messages of {lacking.sender} at {lacking.point}, which saw none of them; where that "
            "direction loses something cannot be told",
            f"both directions at {lacking.point}: mirror both, and filter on neither source nor destination. "
            f"There: tcpdump -i any -s 0 -w call.pcap '{_hosts(view.leg)}'",
        )


def _command(leg: Leg) -> str:
    """What to run at either end of a leg."""
    return f"On either end: tcpdump -i any -s 0 -w call.pcap '{_hosts(leg)}'"


def _hosts(leg: Leg) -> str:
    return " or ".join(
        f"host {address}" for address in dict.fromkeys((leg.caller.address, leg.callee.address))
    )
