"""Which calls of a large capture are kept in full: the worst of each root cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sipdiag.pipeline.plan import JudgedCall
from sipdiag.rules.finding import Finding

DETAILED_CALLS = 200
"""Calls kept with their legs, messages and evidence."""
CALLS_PER_RULE = 20
"""At most this many with the same root cause."""


def in_detail(verdicts: Sequence[JudgedCall], headline: tuple[str, Finding] | None) -> list[int]:
    """The numbers of the calls to keep in detail, in their order.

    The headline's call first; then the first call of every root cause, the second of every root cause
    and so on, errors before warnings; calls without one go by their outcome and come last.
    """
    kinds: dict[tuple[int, str], list[int]] = defaultdict(list)
    chosen: dict[int, None] = {}
    for one in verdicts:
        cause = one.summary.root_cause
        kinds[(-cause.severity, cause.rule) if cause is not None else (0, one.summary.outcome)].append(
            one.number
        )
        if headline is not None and one.summary.id == headline[0]:
            chosen[one.number] = None
    for turn in range(CALLS_PER_RULE):
        for kind in sorted(kinds):
            if turn < len(kinds[kind]):
                chosen.setdefault(kinds[kind][turn])
    return sorted(list(chosen)[:DETAILED_CALLS])
