"""Views of captured messages, for the tests of facts."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.calls.call import build
from sipdiag.facts.leg import leg_facts
from sipdiag.facts.legview import LegView
from sipdiag.facts.refusal import Facts
from sipdiag.facts.transfer import transfer_facts
from sipdiag.messages.captured import CapturedMessage
from tests.calls.dialogs import SECOND, Read, knowledge


def leg_of(seen: Sequence[CapturedMessage], until: float = 40.0) -> LegView:
    """The only leg of some messages."""
    found = build(seen, knowledge()[1])
    (call,) = found.calls
    (leg,) = call.legs
    return LegView(leg, found.sides_of(leg), seen[-1].time_ns + round(until * SECOND))


def facts_of_leg(read: Read, index: int = -1) -> Facts:
    """The facts of one leg of the last call."""
    call = read.calls[-1]
    return leg_facts(call.legs[index], call, read.wide, knowledge()[1])


def facts_of_transfer(read: Read, index: int = -1) -> Facts:
    """The facts of one transfer of the only call."""
    return transfer_facts(read.call.transfers[index], read.call, knowledge()[1])
