"""The view model of the HTML page: everything decided before the template starts.

The template only lays out; it computes nothing.  Strings here are still raw: the template engine
makes them visible and escapes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag import __version__
from sipdiag.pipeline.results import Analysis
from sipdiag.report import configuration
from sipdiag.report.calltable import (
    CALL_ROWS,
    LISTED_CALLS,
    CallRow,
    call_row,
    calls_command,
    detailed_calls,
    of_one_day,
    report_command,
    table_data,
    worst_first,
)
from sipdiag.report.cited import Cited, CitedRow
from sipdiag.report.configuration import ConfigurationView
from sipdiag.report.exchanges import ExchangeView, exchange_views
from sipdiag.report.findings import FindingView, finding_views
from sipdiag.report.flow import Anchors
from sipdiag.report.letter import Letter, letter
from sipdiag.report.letterforms import forms
from sipdiag.report.messages import MessageView
from sipdiag.report.onecall import CallSection, call_section, laid
from sipdiag.report.triage import Board, board, scope
from sipdiag.report.verdict import (
    Verdict,
    beside_findings,
    file_names,
    untold_notes,
    verdict,
    where,
)
from sipdiag.report.wording import expect_text, span_text

if TYPE_CHECKING:
    from markupsafe import Markup


class FileRow(Struct, frozen=True):
    name: str
    format: str
    packets: int
    bytes: int
    sha256: str


class Page(Struct, frozen=True):
    """The whole page."""

    title: str
    verdict: Verdict
    main: CallSection | None
    cause: FindingView | None
    """The verdict's finding, of the main call or of the capture."""
    letter: Letter | None
    """The message to send, or the list of things to do; None where nobody has to act."""
    forms: tuple[tuple[str, str], ...]
    """The letter as mail, Markdown, Slack and Jira text: name and text."""
    details: tuple[CallSection, ...]
    findings: tuple[FindingView, ...]
    """Findings on the capture and outside calls."""
    cited: tuple[CitedRow, ...]
    """Cited evidence other than messages."""
    apart: tuple[MessageView, ...]
    """Cited messages that no call on the page shows."""
    rows: tuple[CallRow, ...]
    """The worst calls if there are many, else all by start."""
    calls: int
    listed: int
    """Calls in the table; the others are only counted."""
    data: Markup | None
    """Every row of the table, for the script; None where the page holds them all."""
    command: str
    """The command that reports one call, up to its Call-ID."""
    list_command: str
    """The command that lists every call."""
    details_left_out: int
    board: Board | None
    """All calls counted; None for a single one."""
    dated: bool
    """The calls span several days, so the table gives dates."""
    scope: str
    """How many calls the verdict covers."""
    files: tuple[FileRow, ...]
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
    exchanges: tuple[ExchangeView, ...] = ()
    """Registrations and other requests outside of calls."""
    exchanges_left_out: int = 0


def build(analysis: Analysis, *, provenance: bool = True) -> Page:
    """Everything the page shows; ``provenance=False`` leaves hashes and version out."""
    said = verdict(analysis)
    worst = worst_first(analysis.calls)
    detailed = detailed_calls(worst, said.result)
    shown = {result.id for result in (*detailed, *([said.result] if said.result else []))}
    many = len(analysis.calls) > CALL_ROWS
    counted = board(analysis) if len(analysis.calls) > 1 else None
    dated = not of_one_day(analysis.calls)
    rows = [
        call_row(one, shown, counted.bucket(one) if counted else "", dated=dated)
        for one in (worst[:LISTED_CALLS] if many else analysis.calls)
    ]
    frames = analysis.accounting
    names = file_names(analysis)
    anchors = Anchors()
    cited = Cited(analysis, anchors)
    first = laid(said.result, anchors, cited) if said.result else None
    others = [laid(result, anchors, cited) for result in detailed]
    main = call_section(analysis, first, cited, top=True) if first else None
    details = tuple(call_section(analysis, one, cited) for one in others)
    exchanges = exchange_views(analysis, anchors, cited)
    beside = finding_views(analysis, beside_findings(analysis, said), None, cited, "outside-")
    cause = main.cause if main else None
    if said.finding and said.beside:
        cause = finding_views(analysis, [said.finding], None, cited, "verdict-")[0]
    message = letter(analysis, said.accused, said.finding) if said.finding else None
    return Page(
        title=f"{said.label}: {', '.join(names[:2]) or 'sipdiag'}",
        verdict=said,
        main=main,
        cause=cause,
        letter=message,
        forms=tuple(forms(message)) if message else (),
        details=details,
        findings=beside,
        cited=cited.rows,
        apart=cited.messages(),
        rows=tuple(rows[:CALL_ROWS]),
        calls=len(analysis.calls),
        listed=len(rows),
        data=table_data(rows) if many else None,
        command=report_command(names),
        list_command=calls_command(names),
        details_left_out=len(analysis.calls) - len(detailed) - (said.result is not None),
        board=counted,
        dated=dated,
        scope=scope(analysis, said),
        files=tuple(
            FileRow(name, file.format, file.packets, file.bytes, file.sha256 if provenance else "")
            for name, file in zip(names, analysis.files, strict=True)
        ),
        frames=(
            ("seen", frames.seen),
            ("SIP", frames.sip),
            ("RTP and RTCP", frames.rtp),
            ("other", frames.other),
        ),
        undecoded=tuple(frames.undecoded.items()),
        span=span_text(frames),
        notes=tuple(
            (note.text, "" if note.position is None else where(analysis, note.position))
            for note in untold_notes(analysis)
        ),
        left_out=tuple(analysis.left_out.items()),
        expect=expect_text(analysis),
        version=__version__ if provenance else "",
        rules=analysis.rules_hash[:12] if provenance else "",
        configuration=configuration.view(analysis),
        exchanges=exchanges,
        exchanges_left_out=len(analysis.exchanges) - len(exchanges),
    )
