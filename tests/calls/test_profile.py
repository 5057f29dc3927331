"""What decides which call a leg belongs to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sipdiag.calls import profile as module
from sipdiag.calls.profile import UNENDED_NS, Profile, Tie, leg_end_ns, profile_of
from sipdiag.sip.message import Message
from tests.calls.dialogs import one_leg

RANG = "- a INVITE\n- a 100\n- a 180 +1\n"
MISSED = "- h INVITE\n- h 486\n- h ACK"


def profile(ladder: str, *, dialogs: str = "") -> Profile:
    return profile_of(one_leg(ladder, dialogs=dialogs), str)


def with_headers(headers: str) -> Profile:
    """An INVITE that carries these."""
    number = '"+12025550148"'
    dialog = f"from: carrier, to: agent, caller: {number}, callee: {number}, headers: {{{headers}}}"
    return profile(MISSED, dialogs=f"\n  h: {{{dialog}}}\n")


@pytest.mark.parametrize(
    ("status", "moved_on", "refused"),
    [
        (300, True, False),
        (302, True, False),
        (399, True, False),
        (400, False, True),
        (401, False, False),
        (403, False, True),
        (404, False, True),
        (407, False, False),
        (408, True, True),
        (486, False, True),
        (487, False, False),
        (500, True, True),
        (503, True, True),
        (599, True, True),
        (600, False, True),
        (603, False, True),
    ],
)
def test_after_which_refusals_the_next_route_is_tried(status: int, moved_on: bool, refused: bool) -> None:
    found = profile(f'{RANG}- a {status} "Reason" +1\n- a ACK')
    assert (found.moved_on, found.refused, found.answered) == (moved_on, refused, False)


def test_silence_moves_on_and_is_no_refusal() -> None:
    found = profile("- a INVITE\n- a INVITE again +0.5")
    assert (found.moved_on, found.refused) == (True, False)


def test_an_answered_leg_neither_moved_on_nor_was_refused() -> None:
    found = profile(RANG + "- a 200 +2\n- a ACK")
    assert (found.moved_on, found.refused, found.answered) == (False, False, True)


def test_a_leg_is_over_with_its_bye() -> None:
    leg = one_leg(RANG + "- a 200 +2\n- a ACK\n- a carrier BYE +5\n- a 200 +1")
    bye = leg.requests[-1]
    assert (bye.method, leg_end_ns(leg)) == ("BYE", bye.time_ns)


def test_a_leg_that_nobody_answered_is_over_with_its_last_message() -> None:
    leg = one_leg(RANG + "- a 486 +2\n- a ACK")
    assert leg_end_ns(leg) == leg.last_ns


def test_an_answered_leg_without_a_bye_outlives_the_capture() -> None:
    leg = one_leg(RANG + "- a 200 +2\n- a ACK")
    assert leg_end_ns(leg) == leg.last_ns + UNENDED_NS


def test_whom_the_headers_mention() -> None:
    found = with_headers('P-Asserted-Identity: "<sip:+13125550111@a>", Diversion: "<sip:+13125550122@a>"')
    assert found.mentioned == {"125550111", "125550122"}


@pytest.mark.parametrize("value", ["abcdefg", "123456789"])
def test_what_is_short_or_a_number_is_no_identifier(value: str) -> None:
    assert [kind for kind, found in with_headers(f'X-CID: "{value}"').ties if found == value] == []


def test_an_identifier_may_be_the_call_id_of_another_leg() -> None:
    assert {("header", "abcdefgh"), ("call-id", "abcdefgh")} <= set(with_headers('X-CID: "abcdefgh"').ties)


@pytest.mark.parametrize(("status", "redirects"), [(300, 1), (302, 1), (399, 1), (400, 0)])
def test_where_a_redirect_points(status: int, redirects: int) -> None:
    contact = '{headers: {Contact: "<sip:+13125550162@b.example>"}}'
    found = profile(f'- a INVITE\n- a {status} "Reason": {contact}\n- a ACK')
    assert [target for _, target in found.redirects] == ["125550162"] * redirects


def test_where_a_refer_points() -> None:
    found = profile(RANG + "- a 200\n- a ACK\n- a agent REFER tel:+13125550162 +3\n- a 202")
    assert [target for _, target in found.refers] == ["125550162"]


def test_a_message_without_a_header_that_ties_is_not_read_for_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Session-ID, Replaces and Refer-To would be looked up in vain, in every message of every leg."""

    def never(message: Message) -> Iterator[Tie]:
        raise AssertionError(message.start_line)

    monkeypatch.setattr(module, "_named_ties", never)
    assert [kind for kind, _ in profile("- p INVITE\n- p 486\n- p ACK").ties] == ["call-id"]
