"""A comparison as plain text for terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sipdiag.comparison.compare import Comparison
from sipdiag.comparison.difference import Difference
from sipdiag.comparison.wording import (
    ABSENT,
    overview,
    pair_kind,
    since,
    step_text,
    timing_text,
)
from sipdiag.report.text import shorten, visible

_COLUMN = 44
_TIME = 13


def render(comparison: Comparison) -> str:
    """The whole comparison."""
    return "\n".join(visible(line).rstrip() for line in _lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    yield comparison.headline
    yield from comparison.story[1:]
    yield ""
    for name, side in (("Working", comparison.good), ("Failing", comparison.bad)):
        told = overview(side)
        yield f"{name}: {told.file}, call {side.result.id}, {told.parties}, {told.start}"
        yield f"         {told.outcome.label}{f' ({told.rule}): {told.cause}' if told.rule else ''}"
        yield f"         {told.between}"
    yield ""
    yield " " * 14 + "Working".ljust(_COLUMN + _TIME) + "Failing"
    for pair in comparison.pairs:
        left = since(pair.good).ljust(_TIME) + shorten(step_text(pair.good), _COLUMN - 1).ljust(_COLUMN)
        right = since(pair.bad).ljust(_TIME) + shorten(step_text(pair.bad), _COLUMN - 1)
        yield f"{pair_kind(pair):14}{left}{right}"
    yield from _differences("Headers that differ", comparison.headers)
    yield from _differences("Session descriptions that differ", comparison.sdp)
    yield from ("", "Timing")
    for timing in comparison.timings:
        good, bad = timing_text(timing)
        yield f"  {timing.what:34}{good:>14}{bad:>14}{'  ◀' if timing.notable else ''}"


def _differences(title: str, found: Sequence[Difference]) -> Iterator[str]:
    if not found:
        return
    yield from ("", title)
    for one in found:
        yield f"  {one.what}  ({', '.join(one.where)})"
        yield f"    working: {one.good or ABSENT}"
        yield f"    failing: {one.bad or ABSENT}"
