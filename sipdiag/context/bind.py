"""Which call an event is about: by ids first, then by numbers and time, finally because there is only one call.

An event that fits no call is used for nothing.  What is bound by an id, or by both numbers within a few
seconds, is certain; everything else is likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from sipdiag.context.documents import ContextSet, Document
from sipdiag.context.when import moment
from sipdiag.knowledge.numbers import same_number

NEAR_S = 5.0
"""A platform's record starts within this time of the INVITE."""
CLOCK_S = 120.0
"""A clock may be wrong by this much, where no other call can be meant."""
ALERT_S = 30.0
"""A carrier's alert is written within this time of the refusal."""
_LEAST_DIGITS = 7
_IDS = ("event.call_id", "event.tag", "event.sid", "event.parent_sid", "event.id")


class LegKeys(Struct, frozen=True):
    """The keys of a leg."""

    leg: str
    ids: frozenset[str]
    """Call-ID, tags, and the values of its X- headers."""
    caller: str
    """As it stands in From; empty where it is no number."""
    called: str
    start_ns: int
    end_ns: int


class CallKeys(Struct, frozen=True):
    """The keys of a call."""

    legs: tuple[LegKeys, ...]
    alone: bool
    """There is no other call in the capture."""


class BoundEvent(Struct, frozen=True, eq=False):
    """An event that is about this call."""

    document: Document
    by: str
    """``the Call-ID or another id``, ``both numbers and the time`` …"""
    sure: bool
    leg: str | None = None
    """The leg it is about; None for the call."""


def events(context: ContextSet) -> list[Document]:
    """The documents that report something of one call."""
    return [one for one in context.documents if one.kind.weight == "event" and one.block.trouble is None]


def bind(context: ContextSet, call: CallKeys) -> list[BoundEvent]:
    """The events about this call.

    An event without anything to tell a call by, such as an error, goes with the request in its own file.
    """
    held = events(context)
    found = {one: bound for one in held if (bound := _bound(one, call)) is not None}
    by_file = {bound.document.file: bound for bound in found.values()}
    for one in held:
        with_it = by_file.get(one.file)
        if one in found or _names_a_call(one):
            continue
        if with_it is not None:
            found[one] = BoundEvent(one, f"{with_it.by} (in the same file)", False, with_it.leg)
        elif call.alone and not any(_names_a_call(other) for other in one.file.documents):
            found[one] = BoundEvent(one, "the only call of the capture", False)
    return [found[one] for one in held if one in found]


def _names_a_call(document: Document) -> bool:
    names = (*_IDS, "event.from", "event.to", "event.room", "event.identity", "call.to", "event.started")
    return any(document.value(name) for name in names)


def _bound(document: Document, call: CallKeys) -> BoundEvent | None:
    ids = {str(document.value(name)) for name in _IDS if document.value(name)}
    for leg in call.legs:
        if ids & leg.ids:
            return BoundEvent(document, "an id of the call", True, leg.leg)
    numbers = _numbers(document)
    if numbers is not None:
        return _by_numbers(document, call, *numbers)
    return _by_mention(document, call)


def _numbers(document: Document) -> tuple[str, str] | None:
    """Calling and called number, empty where not given; None where the event names neither."""
    caller = str(document.value("event.from") or document.value("call.from") or "")
    called = str(document.value("event.to") or document.value("call.to") or "")
    if not called:
        # A part of it may name the number: the text of an alert.
        parts = document.file.anonymous
        inside = next((one for one in parts if one.node.pointer.startswith(document.node.pointer)), None)
        called = str(inside.value("event.to") or "") if inside is not None else ""
    if document.value("event.placed"):
        # The record says of both numbers whose they are, and elsewhere who called.
        caller, called = called, caller
    return (caller, called) if caller or called else None


def _by_numbers(document: Document, call: CallKeys, caller: str, called: str) -> BoundEvent | None:
    fitting = [leg for leg in call.legs if _fits(caller, leg.caller) and _fits(called, leg.called)]
    if not fitting:
        return None
    when = moment(document.value("event.started"))
    if when is None:
        return BoundEvent(document, "its numbers", False, fitting[0].leg)
    later = document.kind.later
    leg, apart = min(
        ((one, _apart(one, when.timestamp(), later)) for one in fitting), key=lambda pair: pair[1]
    )
    if later:
        return BoundEvent(document, "number and time", apart <= NEAR_S, leg.leg) if apart <= ALERT_S else None
    if apart <= NEAR_S:
        both = bool(caller) and bool(called)
        return BoundEvent(document, "both numbers and the time" if both else "number and time", both, leg.leg)
    if apart <= CLOCK_S and call.alone:
        return BoundEvent(document, "its numbers, and a time that is near", False, leg.leg)
    return None


def _apart(leg: LegKeys, stamp: float, during: bool) -> float:
    """Seconds between a time and the leg's start; of an alert, which comes later, and the whole leg."""
    start, end = leg.start_ns / 1e9, leg.end_ns / 1e9
    if during and start <= stamp <= end:
        return 0.0
    # A record has whole seconds: what begins at 16.9 may be written as 16.
    return min(abs(start - stamp), abs(end - stamp)) if during else max(0.0, abs(start - stamp) - 0.999)


def _fits(given: str, wire: str) -> bool:
    return not given or (bool(wire) and (given == wire or same_number(given, wire)))


def _by_mention(document: Document, call: CallKeys) -> BoundEvent | None:
    """A room or identity that is named after the caller's number."""
    text = f"{document.value('event.room') or ''} {document.value('event.identity') or ''}"
    mentioned = [run for run in re.findall(r"\d+", text) if len(run) >= _LEAST_DIGITS]
    if not mentioned:
        when = moment(document.value("event.started"))
        near = when is None or any(_apart(leg, when.timestamp(), True) <= CLOCK_S for leg in call.legs)
        named = text.strip() or when is not None
        return (
            BoundEvent(document, "the only call of the capture", False)
            if named and near and call.alone
            else None
        )
    for leg in call.legs:
        digits = re.sub(r"\D", "", leg.caller)
        if len(digits) >= _LEAST_DIGITS and any(same_number(run, digits) for run in mentioned):
            return BoundEvent(document, "the caller's number in its room or identity", False, leg.leg)
    return None


def unbound(context: ContextSet, bound: Iterable[int]) -> Iterator[Document]:
    """The events that are about no call, by the places of those that are."""
    used = set(bound)
    for place, document in enumerate(events(context)):
        if place not in used and not document.kind.anonymous:
            yield document
