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


@pytest.mark.parametrize(
    ("role", "by_caller", "calls"),
    [("uac", True, True), ("uas", True, False), ("uac", False, False), ("uas", False, True)],
)
def test_who_had_to_refresh_follows_the_last_request(role: str, by_caller: bool, calls: bool) -> None:
    """``uac`` is whoever sent the request that the 2xx answers (RFC 4028 §7.4)."""
    sender = "" if by_caller else "bob "
    refresh = f"- p {sender}UPDATE +40\n- p 200: {{headers: {{Session-Expires: '90;refresher={role}'}}}}"
    facts = facts_of_leg(read(f"{UP}{refresh}\n- p BYE +80\n- p 200"))
    assert facts["refresher_calls"] is calls


def test_who_had_to_refresh_is_open_without_the_parameter() -> None:
    up = UP.replace("+2", "+2: {headers: {Session-Expires: '90'}}")
    assert "refresher_calls" not in facts_of_leg(read(f"{up}- p BYE +80\n- p 200"))


def test_a_481_is_held_against_the_tags_of_the_answer() -> None:
    """A tag that nobody gave proves nothing about whoever refused it."""
    lost = f"{UP}- p INVITE hold +9{{}}\n- p 481\n- p ACK"
    assert facts_of_leg(read(lost.format("")))["lost_in_step"] is True
    strange = lost.format(": {headers: {To: '<sip:bob@example.com>;tag=stranger'}}")
    assert facts_of_leg(read(strange)).get("lost_in_step", False) is False


def test_the_call_ends_with_the_bye_of_the_answer_that_was_kept() -> None:
    """Two phones pick up; the second is hung up at once (RFC 3261 §13.2.2.4)."""
    both = """
    - x INVITE
    - f INVITE
    - x 200 +2
    - x ACK
    - f 200 +0.05
    - f ACK
    - f BYE +0.05
    - f 200
    - x BYE +9
    - x 200
    """
    talk_s = facts_of_leg(read(both))["talk_s"]
    assert isinstance(talk_s, float)
    assert talk_s > 9.0


def test_the_bye_of_another_answer_is_all_there_is() -> None:
    """What became of the answer that was kept is not in the capture: the leg has ended as far as it shows."""
    both = "- x INVITE\n- f INVITE\n- x 200 +2\n- x ACK\n- f 200 +0.05\n- f ACK\n- f BYE +0.05\n- f 200"
    assert facts_of_leg(read(both))["talk_s"] < 1.0  # type: ignore[operator]
