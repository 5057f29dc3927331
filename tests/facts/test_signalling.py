"""Lost dialogs and session timers."""

from __future__ import annotations

import pytest

from tests.calls.dialogs import read
from tests.facts.views import facts_of_leg

UP = "- p INVITE\n- p 180 +0.5\n- p 200 +2\n- p ACK\n"


@pytest.mark.parametrize(("wait", "lost"), [(0.8, None), (1.3, "BYE")])
def test_a_bye_that_crossed_another_found_the_dialog_over(wait: float, lost: str | None) -> None:
    facts = facts_of_leg(read(f"{UP}- p BYE +9\n- p 481\n- p bob BYE +{wait}\n- p 200"))
    assert facts.get("lost_method") == lost


@pytest.mark.parametrize(
    ("bye_after_s", "expired"), [(53, False), (56, True), (90, True), (94, True), (98, False)]
)
def test_a_bye_when_the_session_timer_ran_out(bye_after_s: int, expired: bool) -> None:
    """Who has to refresh hangs up from a third of the interval before its end on (RFC 4028 §10)."""
    up = UP.replace("+2", "+2: {headers: {Session-Expires: '90;refresher=uac'}}")
    assert facts_of_leg(read(f"{up}- p BYE +{bye_after_s}\n- p 200"))["session_expired"] is expired
