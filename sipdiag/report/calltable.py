"""All calls of a capture: rows, counts, and which of them are shown in full."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.knowledge.countries import COUNTRIES
from sipdiag.pipeline.results import CallDetail, CallSummary, Party
from sipdiag.report.text import shorten, visible
from sipdiag.report.times import clock, date, date_and_time, duration, rfc3339
from sipdiag.report.wording import (
    OUTCOMES,
    OutcomeWords,
    outcome_words,
)

if TYPE_CHECKING:
    from markupsafe import Markup

CALL_ROWS = 200
"""Calls with rows of their own on the page; beyond that only the worst, and a script draws the rest from data."""
LISTED_CALLS = 10_000
"""Calls in the table at all, worst first; this keeps the page below about 5 MB."""
_CELL = 60
_CALL_ID = 120
CALLS_IN_FULL = 20
MESSAGES_IN_FULL = 400
"""Messages shown in full over all calls except the one the page is about."""


class CallRow(Struct, frozen=True):
    """A row of the table; its strings are already made visible."""

    id: str
    call_id: str
    """The value for ``--call`` that selects this call: the first leg's Call-ID."""
    link: str
    """Anchor of its details on the page; empty if it has none there."""
    start: str
    """To the second; without the date where all calls are on one day."""
    start_exact: str
    from_: str
    to: str
    outcome: OutcomeWords
    talk: str
    talk_s: float
    cause: str
    title: str
    peer: str
    bucket: str
    """See :meth:`sipdiag.report.triage.Board.bucket`."""


_TONE_ORDER = {"bad": 0, "warn": 1, "calm": 2, "good": 3}
_OUTCOME_ORDER = {outcome: _TONE_ORDER[words.tone] for outcome, words in OUTCOMES.items()}


def worst_first(calls: Sequence[CallSummary]) -> list[CallSummary]:
    """By the severity of the root cause, then by outcome, then by start."""
    return sorted(calls, key=_badness)


def _badness(result: CallSummary) -> tuple[int, int, int]:
    severity = result.root_cause.severity if result.root_cause else 0
    return -severity, _OUTCOME_ORDER.get(result.outcome, _TONE_ORDER["calm"]), result.start_ns


def detailed_calls(worst: Sequence[CallSummary], main: CallDetail | None) -> list[CallDetail]:
    """The calls shown in full besides the ``main`` one, by start: those that come first among the ``worst``."""
    rest = (result for result in worst if isinstance(result, CallDetail) and result is not main)
    chosen: list[CallDetail] = []
    budget = MESSAGES_IN_FULL
    for result in islice(rest, CALLS_IN_FULL):
        budget -= sum(len(leg.messages) for leg in result.call.legs)
        if budget < 0:
            break
        chosen.append(result)
    return sorted(chosen, key=lambda r: r.start_ns)


def anchor(result: CallSummary) -> str:
    """The id of a call's details on the page: ``call-3`` of ``c3``."""
    return f"call-{result.id.removeprefix('c')}"


def of_one_day(calls: Sequence[CallSummary]) -> bool:
    """Whether all calls whose time is known began on one day."""
    starts = [one.start_ns for one in calls if one.time_known]
    return not starts or date(min(starts)) == date(max(starts))


def call_row(result: CallSummary, shown: Collection[str], bucket: str, *, dated: bool) -> CallRow:
    """A row; the calls whose id is in ``shown`` have their details on the page."""
    root = result.root_cause
    return CallRow(
        id=result.id,
        call_id=visible(result.call_id[:_CALL_ID])[:_CALL_ID],
        link=f"#{anchor(result)}" if result.id in shown else "",
        start=date_and_time(result.began_ns, zoned=False)
        if dated or result.began_ns is None
        else clock(result.began_ns, digits=0),
        start_exact=rfc3339(result.began_ns),
        from_=_cell(result.from_),
        to=_cell(result.to),
        outcome=outcome_words(result.outcome),
        talk=duration(result.talk_s),
        talk_s=result.talk_s or 0.0,
        cause=root.rule if root else "",
        title=root.title if root else "",
        peer=result.peer,
        bucket=bucket,
    )


def _cell(party: Party) -> str:
    # Making text visible never shortens it: what lies beyond the cell's end need not be processed.
    who = shorten(visible((party.number or party.uri or "unknown")[: _CELL + 1]), _CELL)
    return f"{who} {_codes()[party.country]}" if party.country in _codes() else who


@cache
def _codes() -> dict[str | None, str]:
    """Two-letter code of each country (ISO 3166-1) by its English name."""
    return {name: code for code, name in COUNTRIES.items()}


def table_data(rows: Sequence[CallRow]) -> Markup:
    """All rows as JSON for the page's script: outcomes and causes once, rows as lists of columns.

    ``<`` is written as an escape, so that no text can end the element that holds the data.
    """
    from markupsafe import Markup

    outcomes: dict[OutcomeWords, int] = {}
    causes: dict[tuple[str, str], int] = {("", ""): 0}
    peers: dict[str, int] = {}
    table = [
        [
            row.id,
            row.link,
            row.start,
            row.start_exact,
            row.from_,
            row.to,
            outcomes.setdefault(row.outcome, len(outcomes)),
            row.talk,
            row.talk_s,
            causes.setdefault((row.cause, row.title), len(causes)),
            row.call_id,
            peers.setdefault(row.peer, len(peers)),
            row.bucket,
        ]
        for row in rows
    ]
    data = {
        "outcomes": list(outcomes),
        "causes": [(rule, visible(title)) for rule, title in causes],
        "peers": [visible(peer) for peer in peers],
        "rows": table,
    }
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))


def report_command(names: Sequence[str]) -> str:
    """The command that makes a report of one call, up to where its Call-ID goes."""
    return f"sipdiag analyze {_shown(names)} --call="


def calls_command(names: Sequence[str]) -> str:
    """The command that lists every call."""
    return f"sipdiag calls {_shown(names)}"


def _shown(names: Sequence[str]) -> str:
    return shlex.join(visible(name) for name in names)
