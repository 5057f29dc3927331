"""A comparison as Markdown, for the body of a ticket."""

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
from sipdiag.report.markup import code, escape


def render(comparison: Comparison) -> str:
    """The whole comparison."""
    return "\n\n".join(_blocks(comparison)) + "\n"


def _blocks(comparison: Comparison) -> Iterator[str]:
    yield "# What the working call had that the failing one lacks"
    yield f"**{escape(comparison.headline)}**"
    if len(comparison.story) > 1:
        yield "\n".join(f"- {escape(line)}" for line in comparison.story[1:])
    yield _overviews(comparison)
    yield "## Messages"
    rows = [
        [pair_kind(pair), since(pair.good), step_text(pair.good), since(pair.bad), step_text(pair.bad)]
        for pair in comparison.pairs
    ]
    yield _table(["", "Time", "Working", "Time", "Failing"], rows)
    yield from _differences("Headers that differ", comparison.headers)
    yield from _differences("Session descriptions that differ", comparison.sdp)
    yield "## Timing"
    timed = [[one.what, *timing_text(one), "differs" if one.notable else ""] for one in comparison.timings]
    yield _table(["", "Working", "Failing", ""], timed)


def _overviews(comparison: Comparison) -> str:
    good, bad = overview(comparison.good), overview(comparison.bad)
    rows = [
        ["File", good.file, bad.file],
        ["Call", good.parties, bad.parties],
        ["Start", good.start, bad.start],
        ["Between", good.between, bad.between],
        ["Outcome", good.outcome.label, bad.outcome.label],
        ["Root cause", good.cause or "none", bad.cause or "none"],
    ]
    return _table(["", "Working", "Failing"], rows)


def _differences(title: str, found: Sequence[Difference]) -> Iterator[str]:
    if not found:
        return
    yield f"## {title}"
    head = "| What | In | Working | Failing |\n|---|---|---|---|"
    rows = [
        f"| {escape(one.what)} | {escape(', '.join(one.where))} | {_value(one.good)} | {_value(one.bad)} |"
        for one in found
    ]
    yield "\n".join([head, *rows])


def _value(text: str | None) -> str:
    return ABSENT if text is None else code(text)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join(lines + [f"| {' | '.join(escape(cell) for cell in row)} |" for row in rows])
