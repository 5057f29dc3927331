"""The median of few values."""

from __future__ import annotations

import statistics

import pytest

from sipdiag.media.median import median


@pytest.mark.parametrize("values", [[3], [1, 2], [5.5, 1.0, 3.25], [4, 1, 3, 2], [-1.0, 7.0, 2.0, 2.0, 9.0]])
def test_as_the_standard_library(values: list[float]) -> None:
    assert median(values) == statistics.median(values)
