"""What passes between the lead and its shards: small, and can be pickled."""

from __future__ import annotations

from typing import NamedTuple

from sipdiag.calls.joining import Joined
from sipdiag.calls.model import Exchange
from sipdiag.calls.profile import Profile
from sipdiag.calls.series import SeriesKey
from sipdiag.facts.notes import CallNote
from sipdiag.pipeline.results import CallSummary


class LegName(NamedTuple):
    """A leg, by Call-ID and index among the legs with that Call-ID."""

    call_id: str
    place: int


class ExchangeName(NamedTuple):
    """An exchange, by Call-ID and index among the exchanges with that Call-ID."""

    call_id: str
    place: int


class Series(NamedTuple):
    """Exchanges that belong together."""

    number: int
    members: list[ExchangeName]
    moved: bool
    """The same user registers elsewhere later on."""
    of_call: bool
    """A call was judged with it: a REFER that is about that call."""


class Contents(NamedTuple):
    """What a shard holds."""

    legs: list[tuple[int, LegName, Profile]]
    """Each with the index of the leg's first message in the capture."""
    exchanges: list[tuple[int, ExchangeName, SeriesKey]]
    """Each with the index of its first message."""
    referred: dict[str, list[Exchange]]
    """See :func:`sipdiag.calls.call.dialog_refers`."""
    facing: set[LegName]
    """The legs on which a platform and a carrier face each other."""


class Plan(NamedTuple):
    """A call to build from legs."""

    number: int
    members: list[tuple[LegName, Joined]]
    expected: str | None
    """What should have happened in it."""


class Outline(NamedTuple):
    """What the lead and the other shards need to know of a call."""

    number: int
    note: CallNote
    chosen: bool
    """It is among the calls asked for."""
    bound: tuple[tuple[int, str], ...] = ()
    """The events about it: their index among all events, and what ties each to the call."""
    referred: bool = False
    """A REFER was sent in it."""
    refer_accepted: bool = False
    """That REFER was accepted."""
    refers_outside: frozenset[str] = frozenset()
    """The Call-IDs of REFERs about it that were sent outside of it."""
    files: frozenset[int] = frozenset()
    """The input files it was seen in, where there are several."""
    hosts: frozenset[str] = frozenset()
    """The hosts in its addresses, where there are files beside the capture."""
    called: frozenset[str] = frozenset()
    """The numbers called in it, likewise."""


class JudgedCall(NamedTuple):
    """A call with its verdict."""

    number: int
    summary: CallSummary
    scanner: bool
    """It was placed by a known scanner."""
