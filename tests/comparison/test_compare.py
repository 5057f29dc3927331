from __future__ import annotations

from typing import Any

import pytest

from tests.comparison.conftest import DOWN, REFER, UP, Compare


def test_the_trace_of_last_month_and_the_one_of_today(compared: Compare) -> None:
    found = compared(UP + REFER + DOWN, UP + DOWN)
    assert found.story == (
        "The working call had REFER → 202 → NOTIFY 100 → NOTIFY 200, which the failing one lacks; "
        "it has only BYE.",
    )
    kinds = [pair.kind for pair in found.pairs]
    assert kinds == ["same"] * 5 + ["missing"] * 6 + ["same"] * 2
    assert (found.headers, found.sdp) == ((), ())


def test_a_call_is_no_different_from_itself_under_other_ids(compared: Compare) -> None:
    found = compared(UP + REFER + DOWN, UP + REFER + DOWN)
    assert (found.story, found.headers, found.sdp) == ((), (), ())
    assert {pair.kind for pair in found.pairs} == {"same"}
    assert found.headline == "Both calls consist of the same messages in the same order."
    assert not any(timing.notable for timing in found.timings)


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        (
            UP + REFER + DOWN,
            UP + "a agent REFER tel:+13125550162 +20\na 403\n" + DOWN,
            (
                "Where the working call had 202 Accepted (REFER), the failing one has 403 Forbidden (REFER).",
                "The working call had NOTIFY 100 → NOTIFY 200, which the failing one lacks; it has only BYE.",
            ),
        ),
        (
            UP + DOWN,
            "a INVITE\na 100\na 486\na ACK",
            (
                "Where the working call had 200 OK (INVITE), the failing one has 486 Busy Here (INVITE).",
                "The working call had 180, which the failing one lacks",
            ),
        ),
        (
            UP + DOWN,
            UP + "a INVITE hold +2\na 200\na ACK\n" + DOWN,
            ("The failing call has INVITE → 200 → ACK",),
        ),
        (UP + DOWN, UP, ("The working call had BYE, which the failing one lacks; its trace ends there.",)),
        (
            UP + "a carrier INFO +1\na 200\na agent OPTIONS +1\na 200\n" + DOWN,
            UP + "a agent OPTIONS +1\na 200\na carrier INFO +1\na 200\n" + DOWN,
            ("comes at another place in the failing call.",),
        ),
        (
            UP + REFER.replace("NOTIFY 200", "NOTIFY 486") + DOWN,
            UP + REFER + DOWN,
            ("Where the working call had NOTIFY 486 Busy Here, the failing one has NOTIFY 200 OK.",),
        ),
    ],
)
def test_what_went_differently_is_told(compared: Compare, good: str, bad: str, told: tuple[str, ...]) -> None:
    story = " ".join(compared(good, bad).story)
    for sentence in told:
        assert sentence in story


def test_retransmissions_are_no_difference(compared: Compare) -> None:
    assert compared(UP + DOWN, UP.replace("a 100", "a INVITE again +0.5\na 100") + DOWN).story == ()


def test_a_100_of_one_hop_is_no_story(compared: Compare) -> None:
    found = compared(UP + DOWN, UP.replace("a 100\n", "") + DOWN)
    assert found.story == ()
    assert [pair.kind for pair in found.pairs].count("missing") == 1


def test_headers_that_matter(compared: Compare) -> None:
    bad = UP.replace(
        "a INVITE",
        'a INVITE: {headers: {From: "<sip:4155550137@acme.pstn.twilio.com>;tag=x", X-Tenant: blue}, '
        "remove: [Diversion, User-Agent]}",
    )
    found = {one.what: (one.good, one.bad) for one in compared(UP + DOWN, bad + DOWN).headers}
    assert found["X-Tenant"] == (None, "blue")
    assert found["User-Agent"] == ("Twilio Gateway", None)
    assert found["From"] == (
        "<sip:‹+number›@acme.pstn.twilio.com>",
        "<sip:‹number›@acme.pstn.twilio.com>",
    )
    assert {"Via", "Call-ID", "CSeq", "Content-Length"}.isdisjoint(found)


def test_the_same_difference_in_many_messages_is_told_once(compared: Compare) -> None:
    bad = "\n".join(
        f"{line}: {{headers: {{Server: other}}}}" if line.split()[1].isdigit() else line
        for line in (UP + DOWN).splitlines()
    )
    found = [one for one in compared(UP + DOWN, bad).headers if (one.what, one.good) == ("Server", None)]
    assert [len(one.where) for one in found] == [3]


@pytest.mark.parametrize(
    ("change", "what", "good", "bad"),
    [
        ("{codecs: [G729]}", "audio codecs", None, "g729"),
        ("{direction: sendonly}", "audio direction", "sendrecv", "sendonly"),
        ("{port: 0}", "audio state", "on", "refused (port 0)"),
        ("{secure: true}", "audio encryption", "none", "SRTP"),
    ],
)
def test_session_descriptions(compared: Compare, change: str, what: str, good: str | None, bad: str) -> None:
    changed = UP.replace("a 200 +1", f"a 200 +1: {{sdp: {change}}}")
    found = {one.what: one for one in compared(UP + DOWN, changed + DOWN).sdp}
    assert found[what].bad == bad
    assert found[what].where == ("200 OK (INVITE)",)
    assert good is None or found[what].good == good


def test_a_slow_answer_is_notable(compared: Compare) -> None:
    found = compared(UP + DOWN, UP.replace("+1", "+9") + DOWN)
    notable: dict[str, Any] = {
        timing.what: (timing.good, timing.bad) for timing in found.timings if timing.notable
    }
    assert set(notable) == {"setup", "ringing", "INVITE to 200 OK (INVITE)"}
    assert notable["setup"] == (pytest.approx(1.2, abs=0.1), pytest.approx(9.2, abs=0.1))


def test_a_duration_that_one_call_has_not_is_notable(compared: Compare) -> None:
    found = compared(UP + DOWN, "a INVITE\na 100\na 486\na ACK")
    assert {timing.what for timing in found.timings if timing.notable} >= {"setup", "talking"}
