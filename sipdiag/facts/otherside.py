"""What a single capture point cannot decide: on which side of it a message was lost, and what it does not see.

A message that passed the point without effect was lost beyond it, or its answer was, or nobody accepted it: only a
capture at its receiver tells which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from sipdiag.facts.addresses import sent_private
from sipdiag.facts.between import last_point
from sipdiag.facts.ending import left_alone
from sipdiag.facts.legview import LegView
from sipdiag.facts.misrouting import REPEATED, misrouted
from sipdiag.facts.refreshes import Refreshes
from sipdiag.facts.wording import side_label
from sipdiag.messages.captured import CapturedMessage, Host

FEWEST_SEEN = 3
"""With this many messages in each direction, a point that has none of one direction does not see it."""

IN_VAIN = 5
"""An answer that was repeated so often after its ACK was not merely acknowledged late."""


class Undecided(Struct, frozen=True):
    """A message lost at an unknown place."""

    what: str
    """ACK, BYE, 200 OK."""
    receiver: str
    sender: Host
    host: Host
    """The receiver's."""
    passed: str | None
    """The last of several capture points that it passed; None where there is but one."""


class Unseen(Struct, frozen=True):
    """A direction that one of several capture points does not see."""

    point: str
    sender: str


def undecided(view: LegView) -> Iterator[Undecided]:
    """The messages of a leg that had no effect, each kind once; none where the place or the reason is known."""
    if view.observed.reports or view.refused_ack is not None:
        return
    found = list(_without_effect(view))
    if not found or _explained(view):
        return
    told: set[str] = set()
    for what, sent, to_caller in found:
        last = sent[-1]
        # TCP loses no message; a loss between two points is reported as that.
        if what in told or last.transport != "UDP" or any(one.missed_at for one in sent):
            continue
        told.add(what)
        side = view.sides.of(to_caller)
        at_end = side.host.address == last.dst.address
        receiver = side_label(view.sides, to_caller) if at_end else last.dst.address
        yield Undecided(what, receiver, last.src, last.dst, last_point(view, sent))


def _explained(view: LegView) -> bool:
    """It went where the dialog does not ask for, or to a private address, or its CSeq is one that was used before."""
    private, failed = sent_private(view, None), Refreshes(view).failed
    return (
        misrouted(view, None, None) is not None
        or (private is not None and private.missed)
        or (failed is not None and failed.misnumbered)
    )


def _without_effect(view: LegView) -> Iterator[tuple[str, Sequence[CapturedMessage], bool]]:
    """What it is, its sendings, and whether it goes to the caller."""
    invite = view.invite
    if invite is not None and view.answered:
        if invite.acks and view.answer_repeats_after_ack >= IN_VAIN and not view.ack_stopped:
            yield "ACK", invite.acks, not invite.from_caller
        elif view.leg.start_seen and not view.ack_seen and view.answer_repeats >= REPEATED:
            yield "200 OK", view.repeated_answers, invite.from_caller
    # One of the initial INVITEs was answered: the others do not matter.
    settled = frozenset(view.leg.invites if view.answered else ())
    for request in view.leg.requests:
        hop = request.own
        if request in settled:
            continue
        # Whoever answers with a provisional response got the request.
        if hop.requests and not hop.responses and left_alone(request, view.capture_end_ns, None):
            yield request.method, hop.requests, not request.from_caller


def unseen(view: LegView) -> Iterator[Unseen]:
    """The directions of a leg that one of its capture points lacks while another one has them."""
    names = view.observed.points
    if len(names) < 2:
        return
    sent: Counter[bool] = Counter()
    seen: dict[int, Counter[bool]] = {}
    for entry in view.leg.messages:
        one = entry.captured
        if one.copy_of is None and one.passed is None and not one.missed_at:
            by_caller = view.leg.sent_by_caller(one.message)
            sent[by_caller] += 1
            for point in one.seen_at:
                seen.setdefault(point, Counter())[by_caller] += 1
    for point, counts in sorted(seen.items()):
        for by_caller in (True, False):
            if (
                not counts[by_caller]
                and min(counts[not by_caller], sent[by_caller]) >= FEWEST_SEEN
                and point < len(names)
            ):
                yield Unseen(names[point], side_label(view.sides, by_caller))
