"""The view model of the HTML page: everything decided before the template starts.

The template only lays out; it computes nothing.  Strings here are still raw: the template engine
makes them visible and escapes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sipdiag import __version__
from sipdiag.pipeline.results import Analysis, CallDetail, CannotTell
from sipdiag.report import configuration
from sipdiag.report.attempts import TRANSFERS
from sipdiag.report.calltable import (
    CALL_ROWS,
    LISTED_CALLS,
    CallRow,
    Count,
    call_row,
    calls_command,
    cause_counts,
    detailed_calls,
    outcome_counts,
    report_command,
    table_data,
    worst_first,
)
from sipdiag.report.configuration import ConfigurationView
from sipdiag.report.excerpt import excerpt, rows_of
from sipdiag.report.expected import ghosts
from sipdiag.report.findings import FindingView, finding_views
from sipdiag.report.flow import Anchors, flow, host_name, names, units
from sipdiag.report.ladder import Ladder, draw
from sipdiag.report.letter import Letter, letter
from sipdiag.report.letterforms import forms
from sipdiag.report.mediapanel import MediaPanel, panel
from sipdiag.report.messages import MessageItem, message_items
from sipdiag.report.rungs import PATTERNS
from sipdiag.report.sides import IdentityRow, SdpRow, TransferView, identities, sdp_rows, transfer_views
from sipdiag.report.timeline import Timeline, timeline
from sipdiag.report.times import date_and_time, duration, rfc3339, stamp
from sipdiag.report.verdict import (
    Verdict,
    beside_findings,
    ended_by,
    file_names,
    passed_checks,
    untold_notes,
    verdict,
    where,
)
from sipdiag.report.wording import (
    OutcomeWords,
    outcome_words,
    party_text,
)

if TYPE_CHECKING:
    from markupsafe import Markup


class LegView(NamedTuple):
    id: str
    style: int
    dash: str
    role: str
    ends: str
    call_id: str
    state: str
    provider: str
    joined: str
    messages: int


class CallView(NamedTuple):
    """One call in full."""

    id: str
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
    legs: tuple[LegView, ...]
    identities: tuple[IdentityRow, ...]
    sdp: tuple[SdpRow, ...]
    transfers: tuple[TransferView, ...]
    transfers_left_out: int
    timeline: Timeline
    unit: str
    """What the numbers of its messages count: see :func:`sipdiag.report.flow.units`."""
    messages: tuple[MessageItem, ...]
    media: MediaPanel | None
    """None where no media of it was captured."""


class CaptureFile(NamedTuple):
    name: str
    format: str
    packets: int
    bytes: int
    sha256: str


class Page(NamedTuple):
    """The whole page."""

    title: str
    verdict: Verdict
    main: CallView | None
    cause: FindingView | None
    """The verdict's finding, of the main call or of the capture."""
    letter: Letter | None
    """The message to send, or what is to do; None where nobody has to act."""
    forms: tuple[tuple[str, str], ...]
    """It as mail, Markdown, Slack and Jira text: name and text."""
    details: tuple[CallView, ...]
    findings: tuple[FindingView, ...]
    """On the capture and on what is no call."""
    rows: tuple[CallRow, ...]
    """The worst calls where there are many, else all by start."""
    calls: int
    listed: int
    """Calls in the table; the others are only counted."""
    data: Markup | None
    """Every row of the table, for the script; None where the page holds them all."""
    command: str
    """What makes a report of one call, up to its Call-ID."""
    list_command: str
    """What lists every call."""
    details_left_out: int
    outcomes: tuple[Count, ...]
    causes: tuple[Count, ...]
    files: tuple[CaptureFile, ...]
    frames: tuple[tuple[str, int], ...]
    undecoded: tuple[tuple[str, int], ...]
    span: str
    notes: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[str, int], ...]
    expect: str
    version: str
    rules: str
    configuration: ConfigurationView | None = None
    """The files beside the capture; None where none were given."""


def build(analysis: Analysis, *, provenance: bool = True) -> Page:
    """Everything the page shows; ``provenance=False`` leaves hashes and version out."""
    said = verdict(analysis)
    worst = worst_first(analysis.calls)
    detailed = detailed_calls(worst, said.result)
    shown = {result.id for result in detailed}
    many = len(analysis.calls) > CALL_ROWS
    rows = [call_row(r, said.result, shown) for r in (worst[:LISTED_CALLS] if many else analysis.calls)]
    frames = analysis.accounting
    names_ = file_names(analysis)
    anchors = Anchors()
    main = _call(analysis, said.result, anchors) if said.result else None
    beside = finding_views(analysis, beside_findings(analysis, said), None, {})
    cause = main.cause if main else None
    if said.finding and said.beside:
        cause = finding_views(analysis, [said.finding], None, {})[0]
    message = letter(analysis, said.accused, said.finding) if said.finding else None
    return Page(
        title=f"{said.label}: {', '.join(names_[:2]) or 'sipdiag'}",
        verdict=said,
        main=main,
        cause=cause,
        letter=message,
        forms=tuple(forms(message)) if message else (),
        details=tuple(_call(analysis, result, anchors) for result in detailed),
        findings=beside,
        rows=tuple(rows[:CALL_ROWS]),
        calls=len(analysis.calls),
        listed=len(rows),
        data=table_data(rows) if many else None,
        command=report_command(names_),
        list_command=calls_command(names_),
        details_left_out=len(analysis.calls) - len(detailed) - (said.result is not None),
        outcomes=outcome_counts(analysis),
        causes=cause_counts(analysis),
        files=tuple(
            CaptureFile(name, file.format, file.packets, file.bytes, file.sha256 if provenance else "")
            for name, file in zip(names_, analysis.files, strict=True)
        ),
        frames=(
            ("seen", frames.seen),
            ("SIP", frames.sip),
            ("RTP and RTCP", frames.rtp),
            ("other", frames.other),
        ),
        undecoded=tuple(frames.undecoded.items()),
        span=_span(frames.first_ns, frames.last_ns),
        notes=tuple(
            (note.text, "" if note.position is None else where(analysis, note.position))
            for note in untold_notes(analysis)
        ),
        left_out=tuple(analysis.left_out.items()),
        expect=f"{analysis.expect} ({analysis.expect_scope or 'every call'})" if analysis.expect else "",
        version=__version__ if provenance else "",
        rules=analysis.rules_hash[:12] if provenance else "",
        configuration=configuration.view(analysis),
    )


def _call(analysis: Analysis, result: CallDetail, anchors: Anchors) -> CallView:
    rows = flow(result, anchors)
    missing = ghosts(result, rows)
    items = excerpt(result, rows, {one.before for one in missing})
    shown = rows_of(items)
    links = {id(row.captured): row.id for row in shown}
    found = finding_views(analysis, result.findings, result, links)
    cause = next((view for view in found if result.root_cause and view.rule == result.root_cause.rule), None)
    return CallView(
        id=result.id,
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
        transfers=tuple(transfer_views(result, shown)),
        transfers_left_out=max(len(result.transfers) - TRANSFERS, 0),
        timeline=timeline(result),
        unit=units(shown),
        messages=tuple(message_items(result, items, show_digits=analysis.show_digits)),
        media=panel(result, show_digits=analysis.show_digits),
    )


def _legs(result: CallDetail) -> tuple[LegView, ...]:
    known = names(result)
    return tuple(
        LegView(
            id=item.leg.id,
            style=index % len(PATTERNS),
            dash=PATTERNS[index % len(PATTERNS)],
            role=item.leg.role,
            ends=f"{host_name(item.leg.caller, known)} → {host_name(item.leg.callee, known)}",
            call_id=item.leg.call_id,
            state=" ".join(str(part) for part in (item.state, item.status, item.reason) if part),
            provider=item.provider or "",
            joined=f"{item.leg.joined_by.how} ({item.leg.joined_by.confidence})"
            if item.leg.joined_by
            else "",
            messages=len(item.leg.messages),
        )
        for index, item in enumerate(result.legs)
    )


def _span(first_ns: int | None, last_ns: int | None) -> str:
    if first_ns is None or last_ns is None:
        return ""
    return f"{stamp(first_ns)} to {stamp(last_ns)} ({duration((last_ns - first_ns) / 1e9)})"
