"""The words of a comparison, the same in every format."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.comparison.align import Kind, Pair
from sipdiag.comparison.compare import ComparedCall, Comparison
from sipdiag.comparison.difference import TimingDifference
from sipdiag.comparison.step import Step
from sipdiag.report.times import date_and_time, duration
from sipdiag.report.wording import OutcomeWords, outcome_words, party_text

KINDS: dict[Kind, str] = {
    "same": "",
    "status": "other status",
    "moved": "other place",
    "missing": "missing",
    "extra": "extra",
}
ABSENT = "not there"


class Overview(Struct, frozen=True):
    """One call in a few words."""

    file: str
    parties: str
    start: str
    between: str
    outcome: OutcomeWords
    cause: str
    rule: str


def overview(side: ComparedCall) -> Overview:
    """What a side is about."""
    result = side.result
    cause = result.root_cause
    names = dict.fromkeys(participant.name for participant in result.participants)
    return Overview(
        file=side.file,
        parties=f"{party_text(result.from_)} to {party_text(result.to)}",
        start=date_and_time(result.began_ns),
        between=", ".join(names),
        outcome=outcome_words(result.outcome),
        cause=cause.sentence if cause else "",
        rule=cause.rule if cause else "",
    )


def since(step: Step | None) -> str:
    """Time since the call's first message."""
    return "" if step is None or step.since_ns is None else f"+{step.since_ns / 1e9:.3f} s"


def step_text(step: Step | None) -> str:
    """Its label with an arrow that says from which side it came."""
    if step is None:
        return ""
    arrow = "→" if step.from_caller else "←"
    leg = f" [{step.leg}]" if step.leg != "inbound" else ""
    return f"{arrow} {step.label}{leg}"


def timing_text(timing: TimingDifference) -> tuple[str, str]:
    """Both durations for reading."""
    return duration(timing.good), duration(timing.bad)


def differs(comparison: Comparison) -> bool:
    """Whether anything was found."""
    return bool(comparison.story or comparison.headers or comparison.sdp) or any(
        timing.notable for timing in comparison.timings
    )


def pair_kind(pair: Pair) -> str:
    """What is to be said of a pair; empty when both calls have it."""
    return KINDS[pair.kind]
