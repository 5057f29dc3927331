"""Registrations, OPTIONS and other requests outside calls, in words."""

from __future__ import annotations

from collections.abc import Iterable

from sipdiag.capture.payload import host_text
from sipdiag.pipeline.results import ExchangeResult
from sipdiag.report.text import plural


def worst_first(exchanges: Iterable[ExchangeResult]) -> list[ExchangeResult]:
    """The series, gravest findings first, otherwise in capture order."""
    return sorted(exchanges, key=lambda one: -max((f.severity for f in one.findings), default=0))


def title(one: ExchangeResult) -> str:
    """What was requested, and for whom."""
    return f"{one.method} {one.about}".strip()


def state(one: ExchangeResult) -> str:
    """The end of a series in a word or two: ``answered 200``."""
    return f"{one.state} {one.status}" if one.status is not None and one.state != "unanswered" else one.state


def counted(exchanges: Iterable[ExchangeResult]) -> str:
    """``4 OPTIONS, 2 REGISTER``: how many requests of each method there are."""
    counts: dict[str, int] = {}
    for one in exchanges:
        counts[one.method] = counts.get(one.method, 0) + one.requests
    return ", ".join(f"{count:,} {method}" for method, count in counts.items())


def series_line(one: ExchangeResult) -> str:
    """A series in one line."""
    return (
        f"{one.id} {title(one)}: {host_text(one.src)} → {host_text(one.dst)}, "
        f"{plural(one.requests, 'request')}, {state(one)}"
    )
