"""Of a log without times nothing is known that rests on them."""

from __future__ import annotations

import pytest

from sipdiag.facts.declare import fact, facts
from sipdiag.facts.enums import Method
from sipdiag.facts.known import Known
from sipdiag.facts.later import LATER, Later
from sipdiag.facts.untimed import COUNTED_S, Untimed


class Setup:
    def __init__(self, waited_s: float = 0.5, status: int = 488, *, abnormal: bool = False) -> None:
        self._waited_s = waited_s
        self._status = status
        self._abnormal = abnormal

    @fact
    def waited_s(self) -> float | None:
        """A duration."""
        return self._waited_s

    @fact
    def session_expires_s(self) -> int:
        """What a message states."""
        return 90

    @fact
    def round_timer(self) -> bool:
        """Follows from durations."""
        return True

    @fact
    def refresh_failed(self) -> bool:
        """Follows from how soon the call ended."""
        return True

    @fact
    def refresh_status(self) -> int:
        """Of the refusal."""
        return self._status

    @fact
    def bye_abnormal(self) -> bool:
        """The BYE says why."""
        return self._abnormal

    @fact
    def method(self) -> Method:
        """Rests on no times."""
        return Method.refer


class Race:
    @facts(known_at="capture")
    def others(self) -> Setup | Later:
        """Not known yet."""
        return LATER


def test_what_rests_on_times_is_absent() -> None:
    known = Untimed(Setup())
    assert dict(known) == {
        "session_expires_s": 90,
        "refresh_status": 488,
        "bye_abnormal": False,
        "method": Method.refer,
    }
    assert known.get("has_waited_s") is False


@pytest.mark.parametrize(("waited_s", "stays"), [(COUNTED_S, True), (COUNTED_S - 0.1, False)])
def test_what_repeats_count_stays(waited_s: float, stays: bool) -> None:
    known = Untimed(Setup(waited_s))
    assert (known.get("waited_s") == waited_s, known.get("has_waited_s")) == (stays, stays)


@pytest.mark.parametrize(
    ("status", "abnormal", "failed"), [(488, False, None), (488, True, True), (481, False, True)]
)
def test_a_refused_offer_ends_a_call_by_how_soon_it_did(
    status: int, abnormal: bool, failed: bool | None
) -> None:
    assert Untimed(Setup(status=status, abnormal=abnormal)).get("refresh_failed") is failed


def test_with_times_all_is_known() -> None:
    assert Known(Setup()).get("waited_s") == 0.5


def test_what_is_not_known_yet_is_not_absent() -> None:
    known = Untimed(Race())
    assert (known.get("waited_s"), known.get("has_waited_s")) == (LATER, LATER)
