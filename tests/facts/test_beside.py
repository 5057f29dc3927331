"""A leg beside what else went on between its two ends: who was alive, and which INVITE was taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import analyze
from sipdiag.rules.finding import Finding
from tests.calls.dialogs import diagnosis

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
DIALOGS = """
  i: {from: pbx, to: agent, caller: "+14155550137", callee: "+12025550148"}
  j: {from: pbx, to: agent, caller: "+14155550137", callee: "+12025550148", headers: {Feature-Caps: "*"}}
  k: {from: pbx, to: telnyx, caller: "+14155550137", callee: "+12025550148"}
  m: {from: pbx, to: agent, caller: "+14155550137", callee: "+13125550162"}
  n: {from: pbx, to: agent, caller: "14155550137", callee: "+12025550148"}
  s: {from: pbx, to: agent, caller: ping, callee: ping}
  t: {from: pbx, to: agent, caller: ping, callee: ping}
  w: {from: bob, to: agent, caller: ping, callee: ping}
  y: {from: pbx, to: telnyx, caller: ping, callee: ping}
  v: {from: agent, to: pbx, caller: ping, callee: ping}
"""
LOST = "  - i INVITE @100\n" + "".join(
    f"  - i INVITE again @{100 + at}\n" for at in (0.5, 1.5, 3.5, 7.5, 15.5)
)
LAST = "  - i INVITE again @131.5\n"


def ping(dialog: str, at: float) -> str:
    return f"  - {dialog} OPTIONS @{at}\n  - {dialog} 200\n"


def cause(ladder: str) -> Finding:
    """The root cause of the call that ``i`` places."""
    calls = diagnosis(ladder, dialogs=DIALOGS).details
    (found,) = [call.root_cause for call in calls if call.to.number == "+12025550148"]
    assert found is not None
    return found


@pytest.mark.parametrize(
    "ladder",
    [
        ping("s", 70) + LOST + LAST + ping("t", 140),
        LOST + ping("s", 120) + LAST,
        ping("s", 99) + LOST + LAST + ping("t", 279),
        "  - m INVITE @90\n  - m 486\n  - m ACK\n" + LOST + ping("s", 120) + LAST,
    ],
    ids=["before and after", "between two sendings", "just within three minutes", "an INVITE before"],
)
def test_a_peer_that_answered_meanwhile_is_no_matter_of_the_network(ladder: str) -> None:
    found = cause(ladder)
    assert (found.rule, found.acts.as_) == ("signalling/no-response", "platform")
    assert "OPTIONS" in found.sentence
    assert len(found.evidence) > 1


@pytest.mark.parametrize(
    "ladder",
    [
        LOST + LAST,
        ping("s", 70) + LOST + LAST,
        LOST + LAST + ping("s", 140),
        ping("s", 70) + LOST + LAST + ping("t", 281),
        ping("y", 70) + LOST + ping("y", 120) + LAST,
        ping("w", 70) + LOST + ping("w", 120) + LAST,
        ping("v", 70) + LOST + ping("v", 120) + LAST,
    ],
    ids=[
        "nothing else",
        "before only",
        "after only",
        "minutes later",
        "another host",
        "to another host",
        "it asked itself",
    ],
)
def test_what_was_answered_elsewhere_or_at_another_time_proves_nothing(ladder: str) -> None:
    found = cause(ladder)
    assert (found.rule, found.acts.as_) == ("signalling/no-response", "network")


@pytest.mark.parametrize(
    ("sample", "acts"),
    [
        ("no-response-tcp-acknowledged", "callee"),
        ("no-response-tcp-unacknowledged", "network"),
        ("no-response-options-answered", "callee"),
        ("no-response-options-of-another-host", "network"),
        ("no-response-options-answered-long-invite", "caller"),
        ("no-response-host-back-later", "network"),
    ],
)
def test_who_acts_on_silence(sample: str, acts: str) -> None:
    found = _sample(f"signalling/{sample}").details[0].root_cause
    assert found is not None
    assert (found.rule, found.acts.as_) == ("signalling/no-response", acts)


def test_what_is_unusual_in_an_invite_that_arrived_is_named() -> None:
    found = _sample("signalling/no-response-tcp-acknowledged").details[0].root_cause
    assert found is not None
    assert "P-Charging-Vector" in found.why
    assert any("without P-Charging-Vector" in step.text for step in found.fix)


# -- siblings ------------------------------------------------------------------------------------

TAKEN = "  - {0} INVITE +5\n  - {0} 100\n  - {0} 180 +0.5\n  - {0} 200 +3\n  - {0} ACK\n  - {0} BYE +9\n  - {0} 200\n"
REFUSED = '  - {0} INVITE +5\n  - {0} {1} "{2}" +0.05\n  - {0} ACK\n'


def siblings(ladder: str, dialogs: str = DIALOGS, hosts: str = "") -> list[str]:
    """What is said of the siblings of refused calls."""
    return [
        found.sentence
        for call in diagnosis(ladder, dialogs=dialogs, hosts=hosts).details
        for found in call.findings
        if found.rule == "call/sibling-worked"
    ]


@pytest.mark.parametrize(
    ("ladder", "said"),
    [
        (TAKEN.format("i") + REFUSED.format("j", 400, "Bad Request"), "it also carries Feature-Caps"),
        (TAKEN.format("j") + REFUSED.format("i", 403, "Forbidden"), "it lacks Feature-Caps"),
        (
            REFUSED.format("n", 488, "Not Acceptable Here") + TAKEN.format("i"),
            "the number in From is written 14155550137 instead of +14155550137",
        ),
        (TAKEN.format("i") + REFUSED.format("i2", 400, "Bad Request"), "does not differ"),
        (TAKEN.format("i") + REFUSED.format("m", 400, "Bad Request"), "to another number"),
        (TAKEN.format("i") + REFUSED.format("z", 403, "Forbidden"), "from port 5099 instead of 5060"),
    ],
    ids=["a header more", "a header less", "number form", "the same", "another number", "another port"],
)
def test_the_sibling_that_was_taken_is_compared(ladder: str, said: str) -> None:
    more = DIALOGS + DIALOGS.splitlines()[1].replace("i:", "i2:") + "\n"
    more += '  z: {from: pbx2, to: agent, caller: "+14155550137", callee: "+12025550148"}\n'
    hosts = "  pbx2: {address: 198.51.100.10, port: 5099, flavour: asterisk}\n"
    (sentence,) = siblings(ladder, more, hosts)
    assert said in sentence


@pytest.mark.parametrize(("nearer", "same"), [(3, True), (5, False)])
def test_of_many_siblings_the_nearest_are_compared(nearer: int, same: bool) -> None:
    """The first is the same as the refused one; those after it carry a header more."""
    others = [f"j{number}" for number in range(nearer)]
    plain, more = DIALOGS.splitlines()[1:3]
    dialogs = DIALOGS + "".join(f"{more.replace('j:', f'{name}:')}\n" for name in others)
    dialogs += f"{plain.replace('i:', 'i2:')}\n"
    ladder = "".join(map(TAKEN.format, ["i", *others])) + REFUSED.format("i2", 400, "Bad Request")
    (said,) = siblings(ladder, dialogs)
    assert ("does not differ" in said) is same


@pytest.mark.parametrize(("tries", "same"), [(3, True), (5, False)])
def test_of_many_tries_of_a_sibling_the_first_are_compared(tries: int, same: bool) -> None:
    """The last is the same as the refused one."""
    challenged = "  - i INVITE: {headers: {Feature-Caps: '*'}}\n  - i 422\n  - i ACK\n" * (tries - 1)
    dialogs = DIALOGS + DIALOGS.splitlines()[1].replace("i:", "i2:") + "\n"
    (said,) = siblings(challenged + TAKEN.format("i") + REFUSED.format("i2", 400, "Bad Request"), dialogs)
    assert ("does not differ" in said) is same


@pytest.mark.parametrize(
    "ladder",
    [
        TAKEN.format("k") + REFUSED.format("i", 400, "Bad Request"),
        TAKEN.format("v") + REFUSED.format("i", 400, "Bad Request"),
        TAKEN.format("i") + REFUSED.format("m", 404, "Not Found"),
        TAKEN.format("i") + "  - m INVITE +5\n  - m 100\n  - m 180 +1\n  - m 486 +4\n  - m ACK\n",
        REFUSED.format("m", 400, "Bad Request") + REFUSED.format("i", 400, "Bad Request"),
        TAKEN.format("i")
        + "  - m INVITE +5\n  - m 100\n  - m 180 +1\n  - m CANCEL +4\n  - m 200\n  - m 487 INVITE\n  - m ACK\n",
        TAKEN.format("i") + TAKEN.format("j"),
    ],
    ids=[
        "another trunk",
        "the other direction",
        "another number is unknown",
        "a busy line",
        "refused as well",
        "cancelled",
        "healthy",
    ],
)
def test_no_sibling_is_told_where_none_explains_anything(ladder: str) -> None:
    assert not siblings(ladder)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (";transport=udp;transport=udp", "a public IPv4 address with ;transport given twice"),
        (";ob;x=1;X=2", "a public IPv4 address with ;x given twice"),
        (";transport=udp;ob", None),
    ],
)
def test_a_parameter_that_a_contact_has_twice_is_a_difference(parameters: str, told: str | None) -> None:
    contact = f'headers: {{Contact: "<sip:x@198.51.100.10:5060{parameters}>"}}'
    more = (
        f'{DIALOGS}  c: {{from: pbx, to: agent, caller: "+14155550137", callee: "+12025550148", {contact}}}\n'
    )
    ladder = TAKEN.format("i") + REFUSED.format("c", 400, "Bad Request")
    (said,) = [
        found.sentence
        for call in diagnosis(ladder, dialogs=more).details
        for found in call.findings
        if found.rule == "call/sibling-worked"
    ]
    assert ("given twice" in said) is (told is not None)
    assert f"Contact is {told} instead of a public IPv4 address" in said or told is None


def test_the_same_invite_taken_once_and_refused_once_is_not_its_senders_fault() -> None:
    found = _sample("signalling/bad-request-same-invite-accepted").details[0].root_cause
    assert found is not None
    assert found.acts.as_ == "callee"
    assert not any("Compare the INVITE" in step.text for step in found.fix)


def test_a_refusal_of_what_another_port_may_send() -> None:
    found = _sample("access/forbidden-other-source-port").details[1].root_cause
    assert found is not None
    assert (found.rule, found.acts.as_, found.confidence.name) == (
        "access/forbidden",
        "configuration",
        "likely",
    )
    assert "from port 41822 instead of 5060" in found.sentence
    assert "41822" in found.fix[0].text


def _sample(name: str) -> Analysis:
    return analyze([str(SAMPLES / f"{name}.pcap")])[0]
