"""Whose number is shown to whom, what country is home, and what the whole capture knows of a trunk."""

from __future__ import annotations

import pytest

from sipdiag.facts.known import Known
from tests.calls.dialogs import read
from tests.facts.views import facts_of_leg

DIALOGS = """
  p1: {from: agent, to: carrier, caller: "+12025550148", callee: "+923001234567"}
  p2: {from: agent, to: carrier, caller: "+12025550148", callee: "+923007654321"}
  p3: {from: agent, to: telnyx, caller: "+12025550148", callee: "+923007654321"}
  us: {from: agent, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  uk: {from: agent, to: carrier, caller: "+442079460123", callee: "+447700900123"}
  pass: {from: agent, to: carrier, caller: "+14155550137", callee: "+13125550162"}
  ten: {from: agent, to: carrier, caller: "4155550137", callee: "+13125550162"}
  anon: {from: alice, to: carrier, caller: "anonymous@anonymous.invalid", callee: "+13125550162"}
  div: {from: pbx, to: carrier, caller: "+442079460123", callee: "+13125550162", headers: {Diversion: "<sip:+442079460999@x>"}}
  exit: {from: agent, to: carrier, caller: "+12025550148", callee: "011923001234567"}
  jam: {from: agent, to: carrier, caller: "+12025550148", callee: "+18765550123"}
  glob: {from: agent, to: carrier, caller: "+12025550148", callee: "+80012345678"}
  pai: {from: agent, to: telnyx, caller: "+12025550148", callee: "+13125550162", headers: {P-Asserted-Identity: "<sip:+14155550137@x>"}}
"""


def facts(ladder: str) -> Known:
    return facts_of_leg(read(ladder, dialogs=DIALOGS))


def refused(name: str, status: int = 486) -> str:
    return f"- {name} INVITE\n- {name} {status} +0.4\n- {name} ACK\n"


@pytest.mark.parametrize(
    ("name", "country", "international", "exit_code"),
    [
        ("p1", "Pakistan", True, False),
        ("exit", "Pakistan", True, True),
        ("us", "United States", False, False),
        ("uk", "United Kingdom", False, False),
        ("jam", "Jamaica", True, False),
    ],
)
def test_the_country_called(name: str, country: str, international: bool, exit_code: bool) -> None:
    found = facts(refused(name))
    assert found["to_country_known"] is True
    assert (found["to_country"], found["international"], found["exit_code"]) == (
        country,
        international,
        exit_code,
    )


def test_countries_are_told_from_a_response_alone() -> None:
    found = facts(refused("exit").replace("INVITE", "INVITE lost"))
    assert (found["start_seen"], found["to_country"], found["home_country"]) == (
        False,
        "Pakistan",
        "United States",
    )
    assert found["international"] is True


def test_a_global_service_has_no_country() -> None:
    found = facts(refused("glob"))
    assert found["to_country_known"] is False
    assert "international" not in found


def test_home_is_the_number_called_upstream() -> None:
    """A British DID called by an American: home is where the trunk's own number is."""
    dialogs = """
  up: {from: carrier, to: agent, caller: "+14155550137", callee: "+442079460123"}
  out: {from: agent, to: carrier, caller: "+14155550137", callee: "+447700900123"}
"""
    found = facts_of_leg(
        read("- up INVITE\n- up 200\n- up ACK\n- out INVITE +5\n- out 403\n- out ACK", dialogs=dialogs)
    )
    assert found["home_country"] == "United Kingdom"
    assert found["international"] is False


def test_home_by_diversion_where_nothing_is_upstream() -> None:
    assert facts(refused("div"))["home_country"] == "United Kingdom"


def test_reached_over_the_same_trunk() -> None:
    rang = "- p2 INVITE\n- p2 180\n- p2 486 +9\n- p2 ACK\n"
    assert facts(rang + refused("p1"))["country_reached"] is True
    assert facts(rang.replace("p2", "p3") + refused("p1"))["country_reached"] is False
    assert facts(refused("p2") + refused("p1"))["country_reached"] is False


def test_tries_are_counted_by_country_and_trunk() -> None:
    from tests.calls.dialogs import diagnosis, rules

    twice = diagnosis(refused("p1") + refused("p2"), dialogs=DIALOGS)
    assert "geo/suspected" in rules(finding for call in twice.calls for finding in call.findings)
    (finding,) = {call.root_cause.confidence.name for call in twice.calls if call.root_cause}
    assert finding == "likely"
    (once,) = diagnosis(refused("p1"), dialogs=DIALOGS).calls
    assert once.root_cause is not None
    assert (once.root_cause.rule, once.root_cause.confidence.name) == ("geo/suspected", "possible")


def test_another_country_over_the_trunk_proves_that_it_works() -> None:
    assert facts("- us INVITE\n- us 180\n- us 200\n- us ACK\n" + refused("p1"))["trunk_works"] is True
    assert facts(refused("p1"))["trunk_works"] is False


UP = "- a INVITE\n- a 200 +1\n- a ACK\n"


@pytest.mark.parametrize("name", ["pass", "ten"])
def test_the_number_of_a_caller_who_is_on_the_line(name: str) -> None:
    """Compared as numbers, however they are written."""
    found = facts(UP + refused(name, 403))
    assert (found["passthrough"], found["passthrough_leg"], found["judged_header"]) == (True, "c1.1", "From")


def test_a_caller_who_has_left_is_on_no_line() -> None:
    ended = UP + "- a carrier BYE +5\n- a 200\n"
    assert facts(ended + refused("pass", 403).replace("INVITE\n", "INVITE +20\n"))["passthrough"] is False
    assert facts(refused("pass", 403))["passthrough"] is False


def test_telnyx_judges_the_asserted_identity() -> None:
    found = facts(refused("pai", 403))
    assert (found["judged_header"], found["judged_number"]) == ("P-Asserted-Identity", "+14155550137")


def test_anonymous() -> None:
    assert facts(refused("anon"))["from_anonymous"] is True
    assert facts(refused("us"))["from_anonymous"] is False


@pytest.mark.parametrize(("name", "e164"), [("us", True), ("ten", False)])
def test_e164(name: str, e164: bool) -> None:
    assert facts(refused(name, 403))["from_e164"] is e164


@pytest.mark.parametrize(
    ("user", "home"),
    [
        ("+442079460123", "United Kingdom"),
        ("442079460123", "United Kingdom"),
        ("+44-2079460123", "United States"),
        ("4420794", "United States"),
        ("acme-trunk-12", "United States"),
    ],
)
def test_a_user_name_that_is_a_number_is_one_of_the_callers_own(user: str, home: str) -> None:
    credentials = (
        f'Digest username=\\"{user}\\", realm=\\"x\\", nonce=\\"n\\", uri=\\"sip:x\\", response=\\"0\\"'
    )
    dialog = (
        '  c: {from: agent, to: carrier, caller: "+12025550148", callee: "+13125550162", '
        f'headers: {{Proxy-Authorization: "{credentials}"}}}}\n'
    )
    found = facts_of_leg(read(refused("c", 403), dialogs="\n" + dialog))
    assert found["home_country"] == home
