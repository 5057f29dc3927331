"""Requests that nobody answered."""

from __future__ import annotations

import pytest

from sipdiag.facts.ending import left_alone
from tests.calls.dialogs import SECOND, one_leg


@pytest.mark.parametrize(("sendings", "told"), [(2, False), (3, True)])
def test_a_request_whose_loss_was_reported_is_given_up_once_it_was_insisted_on(
    sendings: int, told: bool
) -> None:
    again = "- p bob BYE again +0.5\n" * (sendings - 1)
    bye = one_leg(f"- p INVITE\n- p 200 +2\n- p ACK\n- p bob BYE +9\n{again}").requests[-1]
    assert left_alone(bye, bye.time_ns + 5 * SECOND, bye.time_ns) is told
