"""Many cases at once: one warm process a core."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from sipdiag.regression.case import CaseResult, run_case

WORTH_A_PROCESS = 60
"""Cases that a process runs in about the time it takes to start."""
_BATCH = 8


def run_suite(
    cases: Sequence[Path], jobs: int | None = None, rule_dirs: tuple[Path, ...] = ()
) -> Iterator[CaseResult]:
    """The verdicts of the cases, in their order, each as soon as it is known.

    ``jobs`` is the number of processes; by default as many as there are cores, and cases to keep them busy.
    """
    run = partial(run_case, rule_dirs=rule_dirs)
    count = jobs or min(_cores(), max(len(cases) // WORTH_A_PROCESS, 1))
    if count == 1:
        yield from map(run, cases)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A forked copy of a process that has compiled expressions would inherit their runtime's locks.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run, cases, chunksize=_BATCH)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
