"""Holds whose answer goes on sending."""

from __future__ import annotations

import pytest

from sipdiag.facts.holds import misanswered_hold
from tests.calls.dialogs import read

HELD = """
- p INVITE
- p 200 +2
- p ACK
- p INVITE hold +3
- p 200: {sdp: {direction: sendrecv}}
- p ACK
"""


@pytest.mark.parametrize(("wait", "told"), [(0.8, True), (1.3, False)])
def test_a_misanswered_hold_matters_to_who_hung_up_at_once(wait: float, told: bool) -> None:
    view = read(f"{HELD}- p BYE +{wait}\n- p 200").leg
    assert (misanswered_hold(view) is not None) is told
