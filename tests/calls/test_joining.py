from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sipdiag.calls.instep import Steps
from sipdiag.calls.joining import join
from sipdiag.calls.model import Join
from sipdiag.calls.parties import number_key
from sipdiag.calls.profile import Profile
from tests.calls.dialogs import SECOND, CallBook, book

PBX = """
  q: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148"}
  r: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148"}
  w: {from: carrier, to: pbx, caller: "+14155550199", callee: "+12025550148"}
  q1: {from: pbx, to: bob, caller: "+14155550137", callee: "201"}
  q2: {from: pbx, to: bob2, caller: "+14155550137", callee: "202"}
  t: {from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  d1: {from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550161"}
  d2: {from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  e: {from: pbx, to: telnyx, caller: "+12025550148", callee: "+13125550161"}
"""
TWO_OF_A_KIND = """
  - {a} INVITE
  - {b} INVITE +0.1
  - {b} 486 +1
  - {b} ACK
  - {a} 486
  - {a} ACK
"""


def joins(found: CallBook) -> list[list[str]]:
    """For each call, how its later legs were joined."""
    return [[_how(leg.joined_by) for leg in call.legs[1:]] for call in found.calls]


def _how(join: Join | None) -> str:
    return f"{join.confidence}: {join.how}" if join else "alone"


def pair(headers_a: str, headers_b: str) -> CallBook:
    """Two legs that share no host and no number, only what the headers say."""
    dialogs = f"""
  one: {{from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148", headers: {{{headers_a}}}}}
  two: {{from: alice, to: bob, caller: zoe, callee: yan, headers: {{{headers_b}}}}}
"""
    return book(TWO_OF_A_KIND.format(a="one", b="two"), dialogs=dialogs)


UUID = "ab30317f1a784dc48ff824d0d3715d86"
NIL = "0" * 32
SID = "CA0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("first", "second", "how"),
    [
        (f'Session-ID: "{UUID};remote={NIL}"', f'Session-ID: "{UUID};remote={NIL}"', "Session-ID (RFC 7989)"),
        (f'Session-ID: "{UUID};remote={NIL}"', f'Session-ID: "{NIL};remote={UUID}"', "Session-ID (RFC 7989)"),
        (f"X-Twilio-CallSid: {SID}", f"X-Parent-CallSid: {SID}", "a call identifier in an X- header"),
        (f"X-CID: {SID}", f"x-cid: {SID}", "a call identifier in an X- header"),
    ],
)
def test_identifiers_join_for_certain(first: str, second: str, how: str) -> None:
    assert joins(pair(first, second)) == [[f"certain: {how} shared with c1.1"]]


@pytest.mark.parametrize(
    "header",
    [
        f'Session-ID: "{NIL};remote={NIL}"',
        'X-Customer-CID: "+15550001111"',
        'X-CID: "5550001111"',
        f"X-Account-Sid: {SID}",
        f"X-Campaign-Name: {SID}",
        "X-Call-ID: short",
        "User-Agent: one-and-the-same/1.0",
    ],
)
def test_what_many_calls_share_joins_none(header: str) -> None:
    assert joins(pair(header, header)) == [[], []]


def test_the_other_legs_call_id_in_a_header() -> None:
    dialogs = """
  one: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148", call_id: one@192.0.2.1}
  two: {from: alice, to: bob, caller: zoe, callee: yan, headers: {X-Call-ID: one@192.0.2.1}}
"""
    found = book(TWO_OF_A_KIND.format(a="one", b="two"), dialogs=dialogs)
    assert joins(found) == [["certain: a Call-ID in Replaces, Refer-To or an X- header links it to c1.1"]]


def test_the_same_call_id_on_both_hops_of_a_b2bua() -> None:
    dialogs = """
  one: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148", call_id: same@192.0.2.1}
  two: {from: pbx, to: bob, caller: "+14155550137", callee: "201", call_id: same@192.0.2.1}
"""
    found = book(TWO_OF_A_KIND.format(a="one", b="two"), dialogs=dialogs)
    assert joins(found) == [["certain: Call-ID shared with c1.1"]]


def test_an_identifier_used_again_an_hour_later_joins_nothing() -> None:
    ladder = TWO_OF_A_KIND.format(a="one", b="two").replace("two INVITE +0.1", "two INVITE +3600")
    headers = f"headers: {{X-CID: {SID}}}"
    dialogs = f"""
  one: {{from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148", {headers}}}
  two: {{from: alice, to: bob, caller: zoe, callee: yan, {headers}}}
"""
    found = book(ladder.replace("  - one 486\n  - one ACK\n", ""), dialogs=dialogs)
    assert joins(found) == [[], []]


def test_numbers_time_and_host_together() -> None:
    found = book(TWO_OF_A_KIND.format(a="q", b="q1"), dialogs=PBX)
    assert joins(found) == [["likely: same calling number, at the same host and time as c1.1"]]


def test_a_dialler_makes_many_calls() -> None:
    found = book("- d1 INVITE\n- d1 180\n- d2 INVITE\n- d2 180\n- d1 200 +1\n- d1 ACK", dialogs=PBX)
    assert joins(found) == [[], []]


def test_route_advance_is_one_call() -> None:
    found = book("- d1 INVITE\n- d1 503 +1\n- d1 ACK\n- e INVITE +0.1\n- e 200 +2\n- e ACK", dialogs=PBX)
    assert joins(found) == [
        ["likely: the same numbers tried again by another route, at the same host and time as c1.1"]
    ]


def test_a_call_beside_one_that_waits_at_the_same_place_is_another() -> None:
    """The answers of the first were not captured; it goes on while the second is made."""
    dialogs = PBX + '  d3: {from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550161"}\n'
    waiting = "- d1 INVITE\n- d1 100\n- d3 INVITE +2\n- d3 486 +1\n- d3 ACK\n"
    assert joins(book(waiting + "- d1 180 +5", dialogs=dialogs)) == [[], []]
    assert len(joins(book(waiting, dialogs=dialogs))) == 1


def test_of_many_calls_between_two_numbers_a_failed_one_has_no_next_try() -> None:
    """A load generator calls on and on: the call after a failed one is not that call's second try."""
    dialogs = PBX + "".join(
        f'  l{n}: {{from: pbx, to: carrier, caller: "+12025550148", callee: "+13125550161"}}\n'
        for n in (1, 2)
    )
    found = book(
        "- d1 INVITE\n- d1 200 +1\n- d1 ACK\n"
        "- l1 INVITE\n- l1 503 +1\n- l1 ACK\n"
        "- l2 INVITE +1\n- l2 200 +1\n- l2 ACK\n- d1 pbx BYE +9\n- d1 200",
        dialogs=dialogs,
    )
    assert joins(found) == [[], [], []]


def test_calling_again_after_busy_is_another_call() -> None:
    found = book("- d1 INVITE\n- d1 486 +1\n- d1 ACK\n- e INVITE +3\n- e 200 +2\n- e ACK", dialogs=PBX)
    assert joins(found) == [[], []]


def test_a_redial_within_seconds_keeps_its_own_legs() -> None:
    dialogs = PBX + '  r1: {from: pbx, to: bob, caller: "+14155550137", callee: "201"}\n'
    found = book(
        """
        - q INVITE
        - q1 INVITE +0.1
        - q1 486 +1
        - q1 ACK
        - q 486
        - q ACK
        - r INVITE +2
        - r1 INVITE +0.1
        - r1 486 +1
        - r1 ACK
        - r 486
        - r ACK
        """,
        dialogs=dialogs,
    )
    assert [len(call.legs) for call in found.calls] == [2, 2]


UP_TWICE = """
  - q INVITE
  - q 200 +1
  - q ACK
  - w INVITE +1
  - w 200 +1
  - w ACK
"""


ENDED = "possible: it calls from the number that was called, and it ended together with c2.1"


def test_two_calls_to_one_number_are_two_calls() -> None:
    """Also where the carrier names the called number in Diversion on each."""
    assert joins(book(UP_TWICE, dialogs=PBX)) == [[], []]


def test_what_fits_two_calls_equally_stays_alone() -> None:
    found = book(UP_TWICE + "  - t INVITE +5\n  - t 486 +1\n  - t ACK\n", dialogs=PBX)
    assert joins(found) == [[], [], []]


@pytest.mark.parametrize(
    ("ends", "joined"),
    [
        ("- t BYE +9\n  - w BYE +0.2\n  - q BYE +30", [[], [ENDED]]),
        ("- t BYE +9\n  - w BYE +1.5\n  - q BYE +30", [[], [], []]),
        ("- t BYE +9\n  - w BYE +0.2\n  - q BYE +0.1", [[], [], []]),
        ("- t BYE +9", [[], [], []]),
    ],
    ids=["with one of them", "much earlier", "with both of them", "alone"],
)
def test_what_fits_two_calls_equally_belongs_to_the_one_it_ended_with(
    ends: str, joined: list[list[str]]
) -> None:
    found = book(UP_TWICE + f"  - t INVITE +5\n  - t 200 +1\n  - t ACK\n  {ends}\n", dialogs=PBX)
    assert joins(found) == joined


def test_what_fits_one_call_alone_is_possibly_of_it() -> None:
    ladder = "- q INVITE\n- q 200 +1\n- q ACK\n- t INVITE +5\n- t 486 +1\n- t ACK"
    how = "possible: it calls from the number that was called, at the same host and time as c1.1"
    assert joins(book(ladder, dialogs=PBX)) == [[how]]


def test_an_answered_leg_counts_as_up_while_its_bye_is_not_captured() -> None:
    ladder = "- q INVITE\n- q 200 +1\n- q ACK\n- q1 INVITE +300\n- q1 486 +1\n- q1 ACK"
    assert [len(call.legs) for call in book(ladder, dialogs=PBX).calls] == [2]


def test_a_leg_long_after_the_bye_is_another_call() -> None:
    ladder = "- q INVITE\n- q 200 +1\n- q ACK\n- q BYE +5\n- q 200\n- q1 INVITE +30\n- q1 486 +1\n- q1 ACK"
    assert [len(call.legs) for call in book(ladder, dialogs=PBX).calls] == [1, 1]


@pytest.mark.parametrize(("wait", "legs"), [(4.5, [2]), (5.5, [1, 1])])
def test_a_leg_follows_the_end_of_the_one_that_caused_it_within_seconds(wait: float, legs: list[int]) -> None:
    over = "- q INVITE\n- q 200 +1\n- q ACK\n- q BYE +5\n"
    found = book(f"{over}- q1 INVITE +{wait}\n- q1 486 +1\n- q1 ACK", dialogs=PBX)
    assert [len(call.legs) for call in found.calls] == legs


def test_the_leg_that_a_refer_created() -> None:
    dialogs = '\n  n: {from: carrier, to: telnyx, caller: "+12025550148", callee: "+13125550162"}\n'
    found = book(
        """
        - a INVITE
        - a 200 +1
        - a ACK
        - a agent REFER tel:+13125550162 +5
        - a 202
        - n INVITE +0.2
        - n 200 +2
        - n ACK
        """,
        dialogs=dialogs,
    )
    assert joins(found) == [["likely: it calls the target of the REFER on c1.1"]]


REFERRED = """
- a INVITE
- a 200 +1
- a ACK
- a agent REFER tel:+13125550162 +5
- a 202
"""


def test_who_dials_the_target_of_a_refer_from_elsewhere_was_not_sent_there() -> None:
    dialogs = '\n  n: {from: pbx, to: telnyx, caller: "+13105550199", callee: "+13125550162"}\n'
    found = book(f"{REFERRED}- n INVITE +0.2\n- n 200 +2\n- n ACK", dialogs=dialogs)
    assert joins(found) == [[], []]


FOLLOWED = ["likely: it calls the target of the REFER on c1.1"]


@pytest.mark.parametrize(("wait", "joined"), [(20, [FOLLOWED]), (60, [FOLLOWED]), (70, [[], []])])
def test_the_callers_number_tells_that_another_host_followed_the_refer(
    wait: int, joined: list[list[str]]
) -> None:
    dialogs = '\n  n: {from: pbx, to: telnyx, caller: "+14155550137", callee: "+13125550162"}\n'
    assert joins(book(f"{REFERRED}- n INVITE +{wait}\n- n 200 +2\n- n ACK", dialogs=dialogs)) == joined


@pytest.mark.parametrize(("wait", "calls"), [(4.5, 1), (5.5, 2)])
def test_another_number_at_the_same_host_follows_a_refer_at_once_or_not_at_all(
    wait: float, calls: int
) -> None:
    dialogs = '\n  n: {from: carrier, to: telnyx, caller: "+13105550199", callee: "+13125550162"}\n'
    found = book(f"{REFERRED}- n INVITE +{wait}\n- n 200 +2\n- n ACK", dialogs=dialogs)
    assert len(found.calls) == calls


def test_of_two_refers_to_one_queue_the_callers_number_tells_whose_leg_it_is() -> None:
    dialogs = """
  b: {from: carrier, to: agent, caller: "+13105550199", callee: "+12025550148"}
  n: {from: carrier, to: telnyx, caller: "+14155550137", callee: "+13125550162"}
"""
    ladder = (
        f"{REFERRED}- b INVITE\n- b 200 +1\n- b ACK\n- b agent REFER tel:+13125550162 +5\n- b 202\n- n INVITE"
    )
    assert joins(book(ladder, dialogs=dialogs)) == [["likely: it calls the target of the REFER on c1.1"], []]


@pytest.mark.parametrize("caller", ["+13105550199", "+14155550137"], ids=["anybody's number", "the caller's"])
def test_referred_by_ties_whoever_calls_the_target(caller: str) -> None:
    headers = 'headers: {Referred-By: "<sip:agent@example.com>"}'
    dialogs = f"""
  n: {{from: pbx, to: telnyx, caller: "{caller}", callee: "+13125550162", {headers}}}
"""
    found = book(f"{REFERRED}- n INVITE +20\n- n 200 +2\n- n ACK", dialogs=dialogs)
    assert joins(found) == [["certain: Referred-By and the target of the REFER on c1.1"]]


def test_an_attended_transfer_is_one_call_by_replaces() -> None:
    dialogs = """
  one: {from: alice, to: bob, caller: alice, callee: bob}
  two: {from: alice, to: carol, caller: alice, callee: carol}
  three: {from: bob, to: carol, caller: bob, callee: carol}
"""
    found = book(
        """
        - one INVITE
        - one 200 +1
        - one ACK
        - two INVITE +5
        - two 200 +1
        - two ACK
        - one REFER sip:carol@example.com replaces=two +5
        - one 202
        - three INVITE replaces=two +0.1
        - three 200
        - three ACK
        """,
        dialogs=dialogs,
    )
    assert [len(call.legs) for call in found.calls] == [3]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+14155550137", "14155550137"),
        ("+14155550137", "4155550137"),
        ("+14155550137", "0014155550137"),
        ("+14155550137;verstat=TN-Validation-Passed", "+1 (415) 555-0137"),
        ("201", "201"),
        ("Alice", "alice"),
    ],
)
def test_written_forms_of_one_number(one: str, other: str) -> None:
    assert number_key(one) == number_key(other) is not None


@pytest.mark.parametrize("user", ["", None, "x"])
def test_no_number(user: str | None) -> None:
    assert number_key(user) is None


MS = 1_000_000


def profile(number: int, start_ns: int, end_ns: int, **changed: Any) -> Profile:
    """Alice's answered call to Bob, which a carrier of that number hands to the PBX."""
    steps = Steps(start_ns, None, None, None, None, moved=False)
    return replace(
        Profile(
            call_id=str(number),
            start_ns=start_ns,
            last_ns=end_ns,
            end_ns=end_ns,
            caller="alice",
            callee="bob",
            src=f"carrier{number}",
            arrives={"pbx"},
            mentioned=frozenset(),
            answered=True,
            moved_on=False,
            refused=False,
            ties=[],
            refers=[],
            target="bob",
            referred=False,
            redirects=[],
            steps=steps,
        ),
        **changed,
    )


def test_what_a_hundred_legs_share_identifies_no_call() -> None:
    alike = [
        profile(number, number, SECOND, arrives={f"pbx{number}"}, ties=[("header", SID)])
        for number in range(102)
    ]
    assert [len(call) for call in join(alike)] == [100, 1, 1]


def crowd(size: int, *, until_s: int) -> list[Profile]:
    """So many calls of one number at one host."""
    return [profile(number, number, until_s * SECOND) for number in range(size)]


@pytest.mark.parametrize(("size", "joined"), [(500, True), (501, False)])
def test_a_number_that_hundreds_use_at_once_identifies_no_call(size: int, joined: bool) -> None:
    """Else it is the one call that ended together with the leg onward."""
    up = crowd(size - 1, until_s=100)
    own = profile(size, size, 60 * SECOND)
    onward = profile(size + 1, 10 * SECOND, 60 * SECOND, src="pbx", arrives={"phone"})
    assert len(join([*up, own, onward])) == size + (not joined)


@pytest.mark.parametrize(("after_ms", "joined"), [(800, False), (1200, True)])
def test_for_a_second_after_the_crowd_its_number_identifies_no_call(after_ms: int, joined: bool) -> None:
    gone = crowd(501, until_s=100)
    own = profile(501, 501, 200 * SECOND)
    asked_ns = 104_900 * MS
    onward = [
        profile(
            502 + late, asked_ns + late * MS, 110 * SECOND, src="pbx", arrives={"phone"}, callee=str(late)
        )
        for late in (0, after_ms)
    ]
    calls = join([*gone, own, *onward])
    assert [len(call) for call in calls if call[0].leg >= 501] == ([2, 1] if joined else [1, 1, 1])


@pytest.mark.parametrize(("between", "joined"), [(7, True), (8, False)])
def test_of_calls_begun_within_a_moment_few_are_compared_step_by_step(between: int, joined: bool) -> None:
    """Beside the two legs of one call others begin between the same two numbers."""

    def of(number: int, at_ms: int, ringing_ms: int | None = None, answer_ms: int | None = None) -> Profile:
        ringing_ns, answer_ns = (one and one * MS for one in (ringing_ms, answer_ms))
        steps = Steps(at_ms * MS, ringing_ns, answer_ns, None, None, moved=False)
        return profile(number, at_ms * MS, 9 * SECOND, arrives={f"pbx{number}"}, steps=steps)

    others = [of(number, number) for number in range(1, between + 1)]
    legs = [of(0, 0, 402, 3002), *others, of(99, 50, 400, 3000)]
    assert len(join(legs)) == len(legs) - joined
