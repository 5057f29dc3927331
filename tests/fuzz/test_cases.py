"""Two thousand cases; ``make fuzz N=…`` runs as many as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

BATCHES, CASES = 40, 50


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="cases run in forked processes, whose memory Linux tells"
)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutated_input(batch: int) -> None:
    from tests.fuzz.bounded import failures

    cases = range(batch * CASES, (batch + 1) * CASES)
    assert not list(failures(cases))
