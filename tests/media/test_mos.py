"""The estimate of listening quality: the values of the E-model's formula for G.711."""

from __future__ import annotations

import pytest

from sipdiag.media.mos import burst_ratio, estimate
from sipdiag.media.sequence import Bursts


@pytest.mark.parametrize(
    ("lost", "ratio", "concealed", "unconcealed"),
    [
        (0.0, 1.0, 4.4, 4.4),
        (0.01, 1.0, 4.3, 3.8),
        (0.02, 1.0, 4.2, 3.3),
        (0.05, 1.0, 3.9, 2.2),
        (0.10, 1.0, 3.4, 1.5),
        (0.043, 4.0, 3.9, 1.2),
        (1.0, 1.0, 1.2, 1.0),
    ],
)
def test_g711(lost: float, ratio: float, concealed: float, unconcealed: float) -> None:
    told = estimate(lost, ratio)
    assert (told.concealed, told.unconcealed) == (concealed, unconcealed)


def test_scores_fall_with_loss() -> None:
    scores = [estimate(percent / 100).unconcealed for percent in range(101)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] == 1.0


def test_burst_ratio() -> None:
    assert burst_ratio(Bursts(), 0, 1000) == 1.0
    assert burst_ratio(Bursts(runs=6), 43, 1000) == pytest.approx(6.9, abs=0.05)
