"""Registrations, OPTIONS and subscriptions, shown with the parts that show calls."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.capture.payload import host_text
from sipdiag.pipeline.results import Analysis
from sipdiag.report.cited import Cited
from sipdiag.report.excerpt import excerpt, rows_of
from sipdiag.report.flow import Anchors, flow
from sipdiag.report.ladder import Ladder, draw
from sipdiag.report.messages import MessageItem, message_items
from sipdiag.report.outside import state, title, worst_first
from sipdiag.report.times import date_and_time
from sipdiag.report.wording import SEVERITY_TONE, Tone

SHOWN = 20
"""How many series the page shows, those with findings first."""
_STATES: dict[str, Tone] = {"answered": "good", "refused": "warn", "unanswered": "warn", "pending": "calm"}


class ExchangeView(Struct, frozen=True):
    """A series of requests with its ladder and messages."""

    id: str
    title: str
    """``REGISTER sip:1101@example.com``."""
    ends: str
    state: str
    tone: Tone
    start: str
    requests: int
    rules: tuple[str, ...]
    ladder: Ladder
    messages: tuple[MessageItem, ...]


def exchange_views(analysis: Analysis, anchors: Anchors, cited: Cited) -> tuple[ExchangeView, ...]:
    """The series to show; evidence that is among their messages leads there."""
    views = []
    for one in worst_first(analysis.exchanges)[:SHOWN]:
        if one.detail is None:
            continue
        items = excerpt(one.detail, flow(one.detail, anchors), set())
        cited.shown(rows_of(items))
        severities = [finding.severity for finding in one.findings]
        views.append(
            ExchangeView(
                id=one.id,
                title=title(one),
                ends=f"{host_text(one.src)} → {host_text(one.dst)}",
                state=state(one),
                tone=SEVERITY_TONE[max(severities)] if severities else _STATES[one.state],
                start=date_and_time(one.start_ns if one.time_known else None),
                requests=one.requests,
                rules=tuple(dict.fromkeys(finding.rule for finding in one.findings)),
                ladder=draw(one.detail, items),
                messages=tuple(message_items(one.detail, items, show_digits=analysis.show_digits)),
            )
        )
    return tuple(views)
