"""Which reports of the network are about a leg."""

from __future__ import annotations

import pytest

from sipdiag.capture.payload import Endpoint, Unreachable
from sipdiag.facts.unreachable import Reports
from tests.calls.dialogs import HEALTHY, SECOND, one_leg


@pytest.mark.parametrize(
    ("before_s", "after_s", "told"),
    [(1.5, None, True), (2.5, None, False), (None, 30, True), (None, 40, False)],
    ids=["a connection asked for", "long before", "the last retransmission", "long after"],
)
def test_a_report_is_about_the_legs_of_its_time(
    before_s: float | None, after_s: float | None, told: bool
) -> None:
    leg = one_leg(HEALTHY)
    near = leg.first_ns - round(before_s * SECOND) if before_s is not None else leg.last_ns
    time_ns = near + round((after_s or 0) * SECOND)
    src, dst = (Endpoint(one.address, one.port) for one in (leg.caller, leg.callee))
    report = Unreachable("icmp", "port unreachable", dst.address, src, dst, "UDP", time_ns, 0, 1)
    assert bool(Reports([report], [leg]).of(leg)) is told
