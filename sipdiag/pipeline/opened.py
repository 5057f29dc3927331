"""A capture kept open: its analysis, and any of its calls in full on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType

from sipdiag.capture.payload import CaptureError
from sipdiag.pipeline.lead import crew_of, in_full, lead, silent
from sipdiag.pipeline.results import Analysis, CallDetail, CallSummary
from sipdiag.pipeline.run import Settings, job_of

TOLD_AT_ONCE = 50
"""Calls that are held in full while all are told."""


class Opened:
    """The analysis of some files, which stay in memory until this is closed.

    Raises as :func:`sipdiag.pipeline.run.analyze`, and :class:`sipdiag.processes.WorkerLostError` where a
    process was killed.
    """

    def __init__(self, paths: Sequence[str], settings: Settings) -> None:
        job, self.errors = job_of(paths, settings)
        with ExitStack() as stack:
            self._crew = stack.enter_context(crew_of(job))
            self.analysis = lead(job, self._crew, settings.tell or silent)
            self._open = stack.pop_all()
        self._details = {call.id: call for call in self.analysis.details}

    errors: list[CaptureError]
    analysis: Analysis

    def detail(self, call: CallSummary) -> CallDetail:
        """The call in full."""
        known = self._details.get(call.id)
        if known is None:
            (known,) = in_full(self._crew, [call])
            self._details[call.id] = known
        return known

    def in_full(self) -> Iterator[CallDetail]:
        """All calls in full, in their order; those that are told for this alone are not kept."""
        for start in range(0, len(self.analysis.calls), TOLD_AT_ONCE):
            some = self.analysis.calls[start : start + TOLD_AT_ONCE]
            missing = [call for call in some if call.id not in self._details]
            told = {call.id: call for call in in_full(self._crew, missing)} if missing else {}
            yield from (self._details.get(call.id) or told[call.id] for call in some)

    def __enter__(self) -> Opened:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)
