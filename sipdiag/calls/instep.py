"""Legs on both sides of a box that shows a different address on each, with no header in common.

Only timing ties them: INVITEs for the same numbers within a moment, and every response and the BYE relayed
within another.  Two calls that merely begin together drift apart from then on.
"""

from __future__ import annotations

from typing import NamedTuple

from sipdiag.calls.model import Leg

RELAY_NS = 200_000_000
"""A B2BUA relays what it receives within this time."""
TICK_NS = 1_000_000
"""Two interfaces of one capture may disagree by this much."""
FEWEST = 2
"""Events two legs must share; a single one may be chance."""


class Steps(NamedTuple):
    """When each event happened on a leg; None if it did not."""

    start_ns: int
    ringing_ns: int | None
    answer_ns: int | None
    refusal_ns: int | None
    bye_ns: int | None
    moved: bool
    """A REFER moved one of its parties elsewhere: from then on the legs part."""


def steps_of(leg: Leg) -> Steps:
    """The steps of a leg, as its caller saw them."""
    last = leg.last_invite
    answer = leg.answer
    provisionals = last.own.provisionals if last is not None else []
    final = last.final if last is not None and answer is None else None
    return Steps(
        leg.first_ns,
        provisionals[0].time_ns if provisionals else None,
        answer.time_ns if answer is not None else None,
        final.time_ns if final is not None and (final.message.status or 0) not in (401, 407) else None,
        next((request.time_ns for request in leg.requests if request.method == "BYE"), None),
        any(request.method == "REFER" for request in leg.requests),
    )


def in_step(upstream: Steps, downstream: Steps) -> bool:
    """Whether each response of the leg begun later came back on the other at once, and either BYE was passed on."""
    if not 0 <= downstream.start_ns - upstream.start_ns <= RELAY_NS:
        return False
    if (upstream.answer_ns is None) != (downstream.answer_ns is None):
        return False
    relayed = [
        -TICK_NS <= went - came <= RELAY_NS
        for came, went in (
            (downstream.ringing_ns, upstream.ringing_ns),
            (downstream.answer_ns, upstream.answer_ns),
            (downstream.refusal_ns, upstream.refusal_ns),
        )
        if came is not None and went is not None
    ]
    if (
        upstream.bye_ns is not None
        and downstream.bye_ns is not None
        and not (upstream.moved or downstream.moved)
    ):
        relayed.append(abs(upstream.bye_ns - downstream.bye_ns) <= RELAY_NS)
    return len(relayed) >= FEWEST and all(relayed)
