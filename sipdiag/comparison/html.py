"""A comparison as one HTML file, in the frame of the report and as strict as it."""

from __future__ import annotations

from msgspec import Struct

from sipdiag import __version__
from sipdiag.comparison.compare import Comparison
from sipdiag.comparison.pairladder import Ladders, draw
from sipdiag.comparison.wording import ABSENT, Overview, overview, pair_kind, since, step_text, timing_text
from sipdiag.report.html import document


class _Row(Struct, frozen=True):
    kind: str
    word: str
    good_time: str
    good: str
    bad_time: str
    bad: str


class _Page(Struct, frozen=True):
    title: str
    headline: str
    story: tuple[str, ...]
    sides: tuple[tuple[str, Overview], ...]
    ladders: Ladders
    rows: tuple[_Row, ...]
    differences: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...]
    timings: tuple[tuple[str, str, str, bool], ...]
    version: str


def render(comparison: Comparison) -> str:
    """The page."""
    return document("compare.html", ("report.css", "compare.css"), page=_page(comparison))


def _page(comparison: Comparison) -> _Page:
    good, bad = overview(comparison.good), overview(comparison.bad)
    kinds = (
        ("Headers that differ", comparison.headers),
        ("Session descriptions that differ", comparison.sdp),
    )
    return _Page(
        title=f"{good.file} and {bad.file} compared",
        headline=comparison.headline,
        story=comparison.story[1:],
        sides=(("Working call", good), ("Failing call", bad)),
        ladders=draw(comparison),
        rows=tuple(
            _Row(
                pair.kind,
                pair_kind(pair),
                since(pair.good),
                step_text(pair.good),
                since(pair.bad),
                step_text(pair.bad),
            )
            for pair in comparison.pairs
        ),
        differences=tuple(
            (
                title,
                tuple(
                    (one.what, ", ".join(one.where), one.good or ABSENT, one.bad or ABSENT) for one in found
                ),
            )
            for title, found in kinds
            if found
        ),
        timings=tuple((one.what, *timing_text(one), one.notable) for one in comparison.timings),
        version=__version__,
    )
