"""Two calls compared."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sipdiag.comparison.align import Pair, align
from sipdiag.comparison.difference import (
    Difference,
    TimingDifference,
    header_differences,
    sdp_differences,
    timings,
)
from sipdiag.comparison.step import Step, steps
from sipdiag.comparison.story import story
from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.report.verdict import file_names


class ComparedCall(Struct, frozen=True):
    """One of the two calls."""

    file: str
    result: CallDetail
    steps: tuple[Step, ...]


class Comparison(Struct, frozen=True):
    """A working and a failing call."""

    good: ComparedCall
    bad: ComparedCall
    pairs: tuple[Pair, ...]
    story: tuple[str, ...]
    headers: tuple[Difference, ...]
    sdp: tuple[Difference, ...]
    timings: tuple[TimingDifference, ...]

    @property
    def headline(self) -> str:
        """What matters most, one sentence."""
        return self.story[0] if self.story else "Both calls consist of the same messages in the same order."


def longest(calls: Sequence[CallDetail]) -> CallDetail | None:
    """The call that is compared when none is named."""
    return max(calls, key=lambda result: result.end_ns - result.start_ns, default=None)


def compare(good: tuple[Analysis, CallDetail], bad: tuple[Analysis, CallDetail]) -> Comparison:
    """What the call of the first trace had that the call of the second lacks."""
    one, two = _side(*good), _side(*bad)
    pairs = align(one.steps, two.steps)
    return Comparison(
        good=one,
        bad=two,
        pairs=tuple(pairs),
        story=tuple(story(pairs)),
        headers=tuple(header_differences(pairs)),
        sdp=tuple(sdp_differences(pairs)),
        timings=tuple(timings(one.result, two.result, pairs)),
    )


def _side(analysis: Analysis, result: CallDetail) -> ComparedCall:
    return ComparedCall(", ".join(file_names(analysis)), result, tuple(steps(result)))
