"""Which legs a transfer created."""

from __future__ import annotations

import pytest

from tests.calls.dialogs import read

BRIDGED = "- a INVITE\n- a 200 +2\n- a ACK\n- o INVITE +9\n- o 180\n- o 200 +3\n- o ACK\n- a carrier BYE +20\n- a 200\n"


@pytest.mark.parametrize(("longer_s", "transfers"), [(4, 1), (6, 0)])
def test_a_leg_that_talks_on_after_the_caller_has_gone_is_another_call(longer_s: int, transfers: int) -> None:
    assert len(read(f"{BRIDGED}- o BYE +{longer_s}\n- o 200").call.transfers) == transfers
