"""Who has to act goes by name: the provider, the software it calls itself, its role with its address."""

from __future__ import annotations

import json as stdlib_json
from pathlib import Path

import pytest

from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import analyze
from sipdiag.report import json
from sipdiag.report.letter import letter
from sipdiag.rules.acts import Acts
from tests.calls.dialogs import diagnosis, one_call

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
DIALOGS = """
  u: {from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  n: {from: here, to: there, caller: "201", callee: "202", headers: {User-Agent: "TestPhone/1.2 (x86)"}}
  l: {from: carrier, to: agent, caller: "+14155550137", callee: "+12025550148"}
"""


def acts(ladder: str) -> Acts:
    cause = one_call(ladder, dialogs=DIALOGS).root_cause
    assert cause is not None
    return cause.acts


def sample_analysis(name: str) -> Analysis:
    return analyze([str(SAMPLES / f"{name}.pcap")], bounded=True)[0]


@pytest.mark.parametrize(
    ("ladder", "who", "as_"),
    [
        ("- u INVITE\n- u 402\n- u ACK", "Twilio account administrator", "carrier-account"),
        ("- u INVITE\n- u 500 +1\n- u ACK", "Twilio (54.172.60.1)", "carrier"),
        ("- u INVITE\n- u 488\n- u ACK", "Asterisk administrator", "configuration"),
        ("- l INVITE\n- l 480\n- l ACK", "LiveKit-based platform (161.115.160.20)", "platform"),
        (
            "- n INVITE\n- n 400\n- n ACK",
            "Administrator of TestPhone (127.0.0.1) or 127.0.0.1",
            "configuration",
        ),
    ],
)
def test_the_party_is_named(ladder: str, who: str, as_: str) -> None:
    found = acts(ladder)
    assert (found.who, found.as_) == (who, as_)
    assert found.because


@pytest.mark.parametrize(
    ("sample", "who", "as_"),
    [
        ("unreachable", "Called party (203.0.113.5)", "callee"),
        ("unreachable-bye", "Asterisk (198.51.100.10)", "caller"),
        ("unreachable-behind-proxy", "Yealink SIP-T46U 108.86.0.90 (198.51.100.32)", "callee"),
        (
            "fragments-lost",
            "Operator of the network between Asterisk (198.51.100.10) and 203.0.113.5",
            "network",
        ),
    ],
)
def test_a_host_that_closed_its_port_is_not_the_network(sample: str, who: str, as_: str) -> None:
    cause = sample_analysis(f"signalling/{sample}").details[0].root_cause
    assert cause is not None
    assert (cause.acts.who, cause.acts.as_) == (who, as_)


@pytest.mark.parametrize(
    ("sample", "who"),
    [
        ("carrier/overloaded-cause-34", "Carrier or operator of FreeSWITCH (203.0.113.5)"),
        ("carrier/overloaded-maxcalls", "Account administrator at the carrier or at Kamailio (203.0.113.84)"),
        ("call/refused-603-after-digest", "Carrier (203.0.113.62)"),
        ("access/forbidden-passed-on", "Carrier account administrator (203.0.113.62)"),
    ],
)
def test_an_unrecognised_carrier_goes_by_the_end_that_was_asked(sample: str, who: str) -> None:
    cause = sample_analysis(sample).details[0].root_cause
    assert cause is not None
    assert cause.acts.who == who
    assert cause.acts.because.startswith("No carrier is recognised here; 203.0.113.")


@pytest.mark.parametrize(
    ("sample", "who", "as_"),
    [
        ("access/forbidden-by-called-pbx", "FPBX-16.0.40 (198.51.100.9)", "callee"),
        ("access/forbidden-before-digest", "Twilio account administrator", "carrier-account"),
        ("carrier/server-error-of-called-pbx", "FreeSWITCH (198.51.100.9)", "callee"),
        ("platform/rejected-by-application-bare-603", "Vapi (198.51.100.44)", "platform"),
        ("signalling/ack-to-announced-port", "Asterisk (203.0.113.40)", "callee"),
        ("signalling/refresh-taken", "Called party (203.0.113.5)", "callee"),
        ("signalling/bye-refused-misrouted", "Asterisk (198.51.100.10)", "caller"),
        ("signalling/bye-misnumbered", "Caller (198.51.100.10)", "caller"),
        ("signalling/no-response-only-when-long", "Caller (198.51.100.10)", "caller"),
        ("signalling/no-response-options-answered", "Called party (198.51.100.61)", "callee"),
        ("transfer/refer-to-tel-refused", "Vapi administrator", "configuration"),
        ("transfer/refer-to-tel-declined", "Asterisk (198.51.100.10)", "caller"),
        ("transfer/refer-meets-lost-dialog", "Transferred side (203.0.113.84)", "caller"),
        ("transfer/refer-refused-by-proxy", "Kamailio (203.0.113.84)", "configuration"),
        (
            "transfer/refer-refused-behind-proxy",
            "Administrator of 198.51.100.62 or 203.0.113.71",
            "configuration",
        ),
    ],
)
def test_who_refused_or_went_astray_acts_not_whoever_is_opposite(sample: str, who: str, as_: str) -> None:
    cause = sample_analysis(sample).details[0].root_cause
    assert cause is not None
    assert (cause.acts.who, cause.acts.as_) == (who, as_)


def test_a_loss_behind_a_proxy_that_said_100_is_not_its_peers_doing() -> None:
    cause = sample_analysis("signalling/refresh-lost-behind-proxy").details[0].root_cause
    assert cause is not None
    assert cause.acts.as_ == "network"


def test_who_switches_off_all_media_of_an_offer_is_told() -> None:
    cause = sample_analysis("media/offer-disabled").details[0].root_cause
    assert cause is not None
    assert (cause.acts.who, cause.acts.as_) == ("Asterisk (198.51.100.10)", "caller")
    assert [step.text[:31] for step in cause.fix] == ["Check the audio settings of Ast"]


@pytest.mark.parametrize(
    "ladder",
    [
        "- u INVITE\n- u 180\n- u 486 +9\n- u ACK",
        "- u INVITE\n- u 180\n- u 603 +9\n- u ACK",
        "- u INVITE\n- u 180\n- u 480 +9\n- u ACK",
    ],
)
def test_nobody_has_to_act_where_nothing_is_wrong_and_no_message_is_to_be_sent(ladder: str) -> None:
    analysis = diagnosis(ladder, dialogs=DIALOGS)
    (call,) = analysis.details
    assert call.root_cause is not None
    assert (call.root_cause.acts.who, call.root_cause.acts.as_) == ("Nobody", "nobody")
    assert letter(analysis, call, call.root_cause) is None


def test_json_has_the_party_and_its_class_twice() -> None:
    analysis = diagnosis("- u INVITE\n- u 402\n- u ACK", dialogs=DIALOGS)
    for finding in stdlib_json.loads(json.render(analysis))["calls"][0]["findings"]:
        assert finding["responsible"] == finding["acts"]["as"]
        assert set(finding["acts"]) == {"who", "as", "because"}
