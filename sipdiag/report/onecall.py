"""One call as the page shows it: verdict, ladder, legs, transfers, header facts, messages, media."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from sipdiag.pipeline.results import Analysis, CallDetail, CannotTell
from sipdiag.report.attempts import TRANSFERS
from sipdiag.report.calltable import anchor
from sipdiag.report.cited import Cited
from sipdiag.report.excerpt import Item, excerpt, rows_of
from sipdiag.report.expected import Ghost, ghosts
from sipdiag.report.findings import FindingView, finding_views
from sipdiag.report.flow import Anchors, flow, host_name, names, units
from sipdiag.report.ladder import Ladder, draw
from sipdiag.report.mediapanel import MediaPanel, panel
from sipdiag.report.messages import MessageItem, message_items
from sipdiag.report.rungs import PATTERNS
from sipdiag.report.sides import IdentityRow, SdpRow, TransferRow, identities, sdp_rows, transfer_table
from sipdiag.report.timeline import Timeline, timeline
from sipdiag.report.times import date_and_time, rfc3339
from sipdiag.report.verdict import ended_by, passed_checks
from sipdiag.report.wording import OutcomeWords, outcome_words, party_text


class LegRow(Struct, frozen=True):
    id: str
    style: int
    dash: str
    role: str
    ends: str
    call_id: str
    state: str
    joined: str


class CallSection(Struct, frozen=True):
    """One call in full."""

    id: str
    anchor: str
    """Its id on the page: ``call-3``."""
    outcome: OutcomeWords
    from_: str
    to: str
    start: str
    start_exact: str
    ended_by: str
    cause: FindingView | None
    others: tuple[FindingView, ...]
    passed: tuple[str, ...]
    cannot_tell: tuple[CannotTell, ...]
    ladder: Ladder
    legs: tuple[LegRow, ...]
    identities: tuple[IdentityRow, ...]
    sdp: tuple[SdpRow, ...]
    transfers: tuple[TransferRow, ...]
    transfers_left_out: int
    timeline: Timeline
    unit: str
    """What the numbers of its messages count: see :func:`sipdiag.report.flow.units`."""
    messages: tuple[MessageItem, ...]
    filter: str
    """Wireshark's display filter for it; empty where nothing of it was captured as packets."""
    media: MediaPanel | None
    """None where no media of it was captured."""


class Laid(NamedTuple):
    """A call whose messages have their ids on the page."""

    result: CallDetail
    items: list[Item]
    missing: list[Ghost]


def laid(result: CallDetail, anchors: Anchors, cited: Cited) -> Laid:
    """Give the messages of a call their ids; evidence among them links there."""
    rows = flow(result, anchors)
    missing = ghosts(result, rows)
    items = excerpt(result, rows, {one.before for one in missing})
    cited.shown(rows_of(items))
    return Laid(result, items, missing)


def call_section(analysis: Analysis, call: Laid, cited: Cited, *, top: bool = False) -> CallSection:
    """The view of a call; ``top``: it is the one the page is about."""
    result, items, missing = call
    shown = rows_of(items)
    prefix = "" if top else f"{anchor(result)}-"
    found = finding_views(analysis, result.findings, result, cited, prefix)
    cause = next((view for view in found if result.root_cause and view.rule == result.root_cause.rule), None)
    return CallSection(
        id=result.id,
        anchor=anchor(result),
        outcome=outcome_words(result.outcome),
        from_=party_text(result.from_),
        to=party_text(result.to),
        start=date_and_time(result.began_ns),
        start_exact=rfc3339(result.began_ns),
        ended_by=ended_by(result),
        cause=cause,
        others=tuple(view for view in found if view is not cause),
        passed=tuple(passed_checks(result)),
        cannot_tell=result.cannot_tell,
        ladder=draw(result, items, missing),
        legs=_legs(result),
        identities=tuple(identities(result)),
        sdp=tuple(sdp_rows(shown)),
        transfers=tuple(transfer_table(result, shown)),
        transfers_left_out=max(len(result.transfers) - TRANSFERS, 0),
        timeline=timeline(result),
        unit=units(shown),
        messages=tuple(message_items(result, items, show_digits=analysis.show_digits)),
        filter=call_filter(result),
        media=panel(result, show_digits=analysis.show_digits, audio=analysis.audio),
    )


def call_filter(result: CallDetail) -> str:
    """``sip.Call-ID == "a@b" || sip.Call-ID == "c@d"``: Wireshark's display filter for the call."""
    if any(entry.captured.position.unit != "frame" for leg in result.call.legs for entry in leg.messages):
        return ""
    ids = dict.fromkeys(leg.call_id for leg in result.call.legs)
    quoted = (one.replace("\\", "\\\\").replace('"', '\\"') for one in ids)
    return " || ".join(f'sip.Call-ID == "{one}"' for one in quoted)


def _legs(result: CallDetail) -> tuple[LegRow, ...]:
    known = names(result)
    return tuple(
        LegRow(
            id=item.leg.id,
            style=index % len(PATTERNS),
            dash=PATTERNS[index % len(PATTERNS)],
            role=item.leg.role,
            ends=f"{host_name(item.leg.caller, known)} → {host_name(item.leg.callee, known)}",
            call_id=item.leg.call_id,
            state=" ".join(str(part) for part in (item.state, item.status, item.reason) if part),
            joined=f"{item.leg.joined_by.how} ({item.leg.joined_by.confidence})"
            if item.leg.joined_by
            else "",
        )
        for index, item in enumerate(result.legs)
    )
