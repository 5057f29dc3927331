"""What the browser shows: calls, and each of them in full when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sipdiag.pipeline.results import Analysis, CallDetail, CallSummary


class Source(NamedTuple):
    """An analysis, and what tells more of its calls."""

    name: str
    """Of the files."""
    analysis: Analysis
    detail: Callable[[CallSummary], CallDetail]

    @property
    def calls(self) -> Sequence[CallSummary]:
        """All of them, by start time."""
        return self.analysis.calls
