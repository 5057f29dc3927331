"""All calls of a capture: rows, counts, and which of them are shown in full."""

from __future__ import annotations

from dataclasses import dataclass

from sipdiag.report.times import date_and_time, duration, rfc3339
from sipdiag.report.verdict import Verdict
from sipdiag.report.wording import OutcomeWords, Tone, count_by, outcome_words, party_text
from sipdiag.results import Analysis, CallResult

CALL_ROWS = 1000
"""Calls listed in the table; the rest is counted."""
DETAILED_CALLS = 20
DETAILED_MESSAGES = 400
"""Messages shown in full over all calls but the one the page is about."""


@dataclass(frozen=True, slots=True)
class CallRow:
    id: str
    detailed: bool
    start: str
    start_exact: str
    from_: str
    to: str
    outcome: OutcomeWords
    talk: str
    talk_s: float
    cause: str
    title: str


@dataclass(frozen=True, slots=True)
class Count:
    """A bar of a small chart."""

    label: str
    count: int
    share: int
    """Percent of the largest."""
    tone: Tone


def detailed_calls(analysis: Analysis, said: Verdict) -> tuple[list[CallResult], int]:
    """The calls shown in full besides the main one, worst first, and how many are not."""
    rest = [result for result in analysis.calls if result is not said.result]
    chosen: list[CallResult] = []
    budget = DETAILED_MESSAGES
    for result in sorted(rest, key=badness)[:DETAILED_CALLS]:
        budget -= sum(len(leg.messages) for leg in result.call.legs)
        if budget < 0:
            break
        chosen.append(result)
    return sorted(chosen, key=lambda r: r.call.start_ns), len(rest) - len(chosen)


_TONE_ORDER = {"bad": 0, "warn": 1, "calm": 2, "good": 3}


def badness(result: CallResult) -> tuple[int, int, int]:
    """Sort key: the worst call first, then by start."""
    severity = result.root_cause.severity if result.root_cause else 0
    return (-severity, _TONE_ORDER[outcome_words(result.outcome).tone], result.call.start_ns)


def call_row(result: CallResult, shown: set[str]) -> CallRow:
    """A row; calls whose id is in ``shown`` have their details on the page."""
    root = result.root_cause
    return CallRow(
        id=result.call.id,
        detailed=result.call.id in shown,
        start=date_and_time(result.call.start_ns).removesuffix(" UTC"),
        start_exact=rfc3339(result.call.start_ns),
        from_=party_text(result.from_),
        to=party_text(result.to),
        outcome=outcome_words(result.outcome),
        talk=duration(result.talk_s),
        talk_s=result.talk_s or 0.0,
        cause=root.rule if root else "",
        title=root.title if root else "",
    )


def outcome_counts(analysis: Analysis) -> tuple[Count, ...]:
    """Calls by outcome."""
    counts = count_by(result.outcome for result in analysis.calls)
    return _counts({outcome_words(o).label: (n, outcome_words(o).tone) for o, n in counts.items()})


def cause_counts(analysis: Analysis) -> tuple[Count, ...]:
    """Calls by the rule of their root cause."""
    counts = count_by(result.root_cause.rule for result in analysis.calls if result.root_cause)
    return _counts({rule: (count, "bad") for rule, count in counts.items()})


def _counts(counts: dict[str, tuple[int, Tone]]) -> tuple[Count, ...]:
    most = max((count for count, _ in counts.values()), default=1)
    return tuple(
        Count(label, count, max(round(count / most * 100), 1), tone)
        for label, (count, tone) in counts.items()
    )
