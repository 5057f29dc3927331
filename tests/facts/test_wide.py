"""Who else was on the line, and who placed a call for whom."""

from __future__ import annotations

import pytest

from sipdiag.calls.parties import number_key
from sipdiag.facts.notes import CallNote, JoinKeys, LegNote, OnLine, Placed, Sender
from sipdiag.facts.wide import Wide
from sipdiag.knowledge.number import Number, NumberForm
from tests.calls.dialogs import SECOND

NUMBER = "+14155550137"
ASKED_NS = 1000 * SECOND
PBX: Sender = ("198.51.100.10", None)
CARRIER: Sender = ("54.172.60.1", None)


def on_line(leg: str, end_ns: int, *, sender: Sender = CARRIER, since_ns: int = 0) -> CallNote:
    """An answered call of the caller with that number."""
    online = OnLine(
        leg, number_key(NUMBER) or "", sender, None, PBX[0], None, since_ns, end_ns, answered=True
    )
    return CallNote((LegNote("carrier", None, True, None, online),), (), (), None)


def asked(*calls: CallNote) -> OnLine | None:
    """Who with that number was on the line when somebody else called on."""
    leg = JoinKeys(
        ASKED_NS,
        PBX,
        "pbx",
        "carrier",
        (CARRIER[0], None),
        None,
        False,
        None,
        None,
        None,
        (),
        None,
        PBX,
        None,
    )
    return Wide(calls).caller_on_line(leg, Number(NUMBER, NumberForm.e164, NUMBER))


@pytest.mark.parametrize(("before_s", "up"), [(0.8, True), (1.3, False)])
def test_a_leg_that_just_ended_counts_as_up(before_s: float, up: bool) -> None:
    found = asked(on_line("c1.1", ASKED_NS - round(before_s * SECOND)))
    assert (found is not None) is up


@pytest.mark.parametrize(("others", "up"), [(150, True), (250, False)])
def test_of_the_calls_of_a_load_generator_only_the_last_are_looked_at(others: int, up: bool) -> None:
    over = (on_line(f"c{number}.1", number + 1, since_ns=number) for number in range(2, 2 + others))
    found = asked(on_line("c1.1", ASKED_NS), *over)
    assert (found is not None) is up


@pytest.mark.parametrize(("apart_s", "within"), [(-1.5, True), (1.5, True), (2.5, False), (-2.5, False)])
def test_a_call_placed_for_somebody_ends_about_when_theirs_does(apart_s: float, within: bool) -> None:
    end_ns = ASKED_NS + round(apart_s * SECOND)
    call = CallNote((), (), (), Placed(PBX, ASKED_NS - 60 * SECOND, True, end_ns))
    assert Wide([call]).placed_within(PBX, ASKED_NS - 90 * SECOND, ASKED_NS) is within


@pytest.mark.parametrize(
    ("called", "dialled", "forwarded"),
    [
        ("12025550148", "13125550162", True),
        ("913125550162", "13125550162", False),
        ("3125550162", "13125550162", False),
        ("55", "13125550162", False),
    ],
)
def test_a_ringing_call_that_goes_on_to_another_number_is_forwarded(
    called: str, dialled: str, forwarded: bool
) -> None:
    number, other = number_key(NUMBER) or "", ("203.0.113.90", None)
    rings = OnLine("c1.1", number, CARRIER, None, PBX[0], number_key(called), 0, ASKED_NS + 1, answered=False)
    leg = JoinKeys(
        ASKED_NS, PBX, "pbx", "x", other, number_key(dialled), False, None, None, None, (), None, PBX, None
    )
    wide = Wide([CallNote((LegNote("carrier", None, True, None, rings),), (), (), None)])
    found = wide.caller_on_line(leg, Number(NUMBER, NumberForm.e164, NUMBER))
    assert (found is not None) is forwarded
