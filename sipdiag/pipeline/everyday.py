"""Everyday calls: of a large capture most are like others, and need not be judged again.

A call of one leg that reads like calls before it, but for what is its own, comes to the same as these: see
:mod:`sipdiag.alike`.  Whatever is not plainly so is judged from its messages like any other call.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from sipdiag.alike.lessons import Lessons, Sighting, sighting
from sipdiag.alike.own import Owns
from sipdiag.alike.shape import Shapes
from sipdiag.alike.trail import NotPlainError
from sipdiag.calls.call import Legs, assemble
from sipdiag.calls.joining import Joined
from sipdiag.calls.profile import Profile
from sipdiag.calls.transfer import Ends, ends_of
from sipdiag.facts.callview import CallView
from sipdiag.facts.legview import LegView
from sipdiag.facts.moves import find_transfers
from sipdiag.facts.notes import CallNote, note
from sipdiag.facts.observed import Observed
from sipdiag.knowledge.provider import Provider
from sipdiag.messages.captured import CapturedMessage
from sipdiag.pipeline.call import Bench, Judgement, judgement
from sipdiag.pipeline.job import Job
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.expression import tokens
from sipdiag.rules.schema import Rule

Kind = tuple[Hashable, tuple[int, ...]]
"""What calls of one kind have in common."""
TRIALS = {500: 0.05, 2_000: 0.4}
"""Calls looked at → the part of them that has to be like others before, or none are looked at any more.

The devices of a capture may be too different for that to pay.
"""


class LegRead(NamedTuple):
    """What joining has to know of a leg, and the lead."""

    profile: Profile
    facing: bool
    """A platform and a carrier face each other on it."""
    ends: Ends | None
    """Whom it is between: a REFER outside of it may name them."""


class CallRead(NamedTuple):
    """What becomes of a call, and what others may want to know of it."""

    note: CallNote
    judged: Judgement


class EverydayCalls:
    """What was learnt of the calls of a shard."""

    def __init__(self, job: Job, bench: Bench, end_ns: int) -> None:
        """``end_ns``: when the capture ended."""
        self._job, self._bench, self._end_ns = job, bench, end_ns
        self._shapes, self._owns = Shapes(), Owns(job.providers, asked_for(job.catalogue))
        shared = (Provider, Rule)
        self._legs = Lessons(self._leg_read, shared)
        self._calls = Lessons(self._call_read, shared)
        self._sightings: dict[str, tuple[Sighting, Ends | None]] = {}
        self._kinds: dict[Kind, Kind] = {}
        """What thousands of calls have in common is kept once."""
        self._looked_at = self._served = 0
        self._pays = True

    def leg(self, call_id: str, messages: Sequence[CapturedMessage]) -> LegRead | None:
        """What the messages of a Call-ID come to, if that is one leg as others are."""
        if not self._pays:
            return None
        self._pays = self._served >= self._looked_at * TRIALS.get(self._looked_at, 0)
        self._looked_at += 1
        shape = self._shapes.of(messages)
        if shape is None:
            return None
        call = sighting(shape, self._owns.of(shape, call_id), messages, self._end_ns)
        found: LegRead | None = self._legs.told(call)
        if found is not None:
            self._served += 1
            kind = call.shape, call.within
            kind = self._kinds.setdefault(kind, kind)
            self._sightings[call_id] = replace(call, shape=kind[0], within=kind[1]), found.ends
        return found

    def call(self, call_id: str, number: int, referred: Container[str]) -> CallRead | None:
        """What a call comes to that has one leg, with this Call-ID.

        ``referred``: the dialogs, or their parties, that REFERs outside of them are about.
        """
        call, ends = self._sightings.pop(call_id, (None, None))
        if call is None or call_id in referred or (ends is not None and ends.named in referred):
            return None
        found: CallRead | None = self._calls.told(call, f"c{number}")
        return found

    def _leg_read(self, name: str, messages: Sequence[CapturedMessage], end_ns: Any) -> LegRead:
        legs = self._only_leg(messages)
        return LegRead(legs.profiles()[0], legs.legs[0].sides.facing, ends_of(legs.legs[0]))

    def _call_read(self, name: str, messages: Sequence[CapturedMessage], end_ns: Any) -> CallRead:
        call = assemble(name, [(self._only_leg(messages).legs[0], Joined(0))])
        call.transfers = find_transfers(call, {})
        if call.transfers:
            raise NotPlainError
        legs = {
            leg: LegView(
                leg,
                end_ns,
                self._job.providers,
                Observed((), self._job.accounting.losses, None, self._job.point_names),
            )
            for leg in call.legs
        }
        view = CallView(call, legs, None)
        return CallRead(note(view), judgement(view, self._bench))

    def _only_leg(self, messages: Sequence[CapturedMessage]) -> Legs:
        legs = Legs(messages, self._job.providers)
        if len(legs.legs) != 1 or legs.exchanges:
            raise NotPlainError
        return legs


def asked_for(catalogue: Catalogue) -> frozenset[str]:
    """The texts that conditions hold facts against."""
    conditions = [text for rule in catalogue.rules.values() for _, text in rule.expressions()]
    return frozenset(
        token.text[1:-1] for one in conditions for token in tokens(one) if token.kind == "string"
    )
