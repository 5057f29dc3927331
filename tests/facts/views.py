"""Views of captured messages, for the tests of facts."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.facts.known import Known
from sipdiag.facts.leg import LegFacts
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.observed import Observed
from sipdiag.facts.transfer import TransferFacts
from sipdiag.media.captured import CapturedMedia
from sipdiag.messages.captured import CapturedMessage
from tests.calls.dialogs import SECOND, Read, build, knowledge


def leg_of(seen: Sequence[CapturedMessage], until: float = 40.0, observed: Observed | None = None) -> LegView:
    """The only leg of some messages."""
    (call,) = build(seen).calls
    (leg,) = call.legs
    end_ns = seen[-1].time_ns + round(until * SECOND)
    return LegView(leg, end_ns, knowledge()[1], observed or Observed())


def leg_facts(read: Read, index: int = -1) -> LegFacts:
    """What is known of one leg of the last call."""
    call = read.calls[-1]
    return LegFacts(call.legs[index], call, read.whole, Media(CapturedMedia()))


def facts_of_leg(read: Read, index: int = -1) -> Known:
    """The facts of one leg of the last call."""
    return Known(leg_facts(read, index))


def facts_of_transfer(read: Read, index: int = -1) -> Known:
    """The facts of one transfer of the only call."""
    return Known(TransferFacts(read.call.transfers[index], read.call, knowledge()[1]))
