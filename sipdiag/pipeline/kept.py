"""What is kept of a capture's messages, and until when: it is said here alone.

The bytes of every message stay to the end, for any call may be asked for in full.  Of few messages all that
was made of them stays as well: what was read of each, legs, the readings of calls.  Of many (see
:data:`~sipdiag.calls.model.FRUGAL`) that would fill the memory: it goes as soon as a step is done with the call,
and is made again where another step wants it.  Only who is at the ends of a leg is remembered.  Of very many
(:mod:`~sipdiag.messages.table`) the messages themselves are no objects until they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sipdiag.calls.call import Legs
from sipdiag.calls.leg import LegTable
from sipdiag.calls.model import Exchange, Leg
from sipdiag.calls.sides import Sides
from sipdiag.facts.callview import CallView
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.table import Part
from sipdiag.pipeline.by_call_id import by_call_id
from sipdiag.pipeline.plan import ExchangeName, LegName

if TYPE_CHECKING:
    from sipdiag.facts.configured.call import CallFiles


class CallReading(NamedTuple):
    """A call as it is read."""

    view: CallView
    held: CallFiles | None
    """The files beside the capture, as far as they have to do with it."""


class KeptCalls:
    """Messages, and what was made of them."""

    def __init__(self, messages: Sequence[CapturedMessage], providers: Providers, *, frugal: bool) -> None:
        self._providers = providers
        self._frugal = frugal
        self.messages: dict[str, Part] = by_call_id(messages, frugal=frugal)
        """Those of every Call-ID, also of those that other shards hold."""
        self._legs: dict[str, list[Leg]] = {}
        self._ends: dict[str, list[Sides]] = {}
        self._exchanges: dict[str, list[Exchange]] = {}
        self._readings: dict[int, CallReading] = {}

    def captured(self, call_id: str) -> Sequence[CapturedMessage]:
        """The messages of a Call-ID."""
        return self.messages.get(call_id, ())

    def sort(self, call_id: str) -> Legs:
        """Sort the messages of a Call-ID for the first time."""
        sorted_ = Legs(self.captured(call_id), self._providers)
        self._legs[call_id] = sorted_.legs
        self._ends[call_id] = [leg.sides for leg in sorted_.legs]
        self._exchanges[call_id] = sorted_.exchanges
        return sorted_

    def leg(self, name: LegName) -> Leg:
        """A leg, sorted again where it is not at hand."""
        if name.call_id not in self._ends:
            self.sort(name.call_id)
        if name.call_id not in self._legs:
            table = LegTable()
            for captured in self.captured(name.call_id):
                table.receive(captured)
            legs = self._legs[name.call_id] = table.legs()
            for leg, sides in zip(legs, self._ends[name.call_id], strict=True):
                leg.sides = sides
        return self._legs[name.call_id][name.place]

    def exchange(self, name: ExchangeName) -> Exchange:
        """An exchange; those of another shard are sorted when they are asked for."""
        if name.call_id not in self._exchanges:
            self._exchanges[name.call_id] = Legs(self.captured(name.call_id), self._providers).exchanges
        return self._exchanges[name.call_id][name.place]

    def reading(self, number: int) -> CallReading | None:
        """That of a call, where it is at hand."""
        return self._readings.get(number)

    def keep(self, number: int, reading: CallReading) -> CallReading:
        """Have the reading of a call at hand for the steps to come, if any is."""
        if not self._frugal:
            self._readings[number] = reading
        return reading

    def done(self, call_ids: Iterable[str]) -> None:
        """A step is done with what these Call-IDs amount to."""
        if not self._frugal:
            return
        for call_id in call_ids:
            for captured in self.messages[call_id].in_use():
                captured.message.forget()
            self._legs.pop(call_id, None)
