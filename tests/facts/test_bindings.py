"""What a registrar granted, and which renewal came too late."""

from __future__ import annotations

import pytest

from sipdiag.calls.model import Request
from sipdiag.facts.bindings import LATE_NS, Binding, is_late
from tests.calls.dialogs import SECOND, book

DIALOGS = "\n" + "".join(
    f"  {name}: {{from: alice, to: pbx, caller: alice, callee: alice}}\n" for name in ("r", "again")
)
GRANTED_S = 60


def registers(*names: str) -> list[Request]:
    ladder = "".join(f"- {name} REGISTER +1\n- {name} 200\n" for name in names)
    found = [one for exchange in book(ladder, dialogs=DIALOGS).exchanges for one in exchange.requests]
    return sorted(found, key=lambda one: one.time_ns)


def granted(first: Request, second: Request, late_ns: int, seconds: int = GRANTED_S) -> Binding:
    """A binding that ends so long before its renewal."""
    return Binding(first, second.time_ns - seconds * SECOND - late_ns, seconds)


@pytest.mark.parametrize(("late_ns", "late"), [(LATE_NS - 1, False), (LATE_NS, True), (LATE_NS + 1, True)])
def test_a_renewal_after_the_end_of_the_binding(late_ns: int, late: bool) -> None:
    """A second is the clocks' and the way's."""
    assert LATE_NS == SECOND
    first, second = registers("r", "r")
    assert is_late(granted(first, second, late_ns), Binding(second, 0, GRANTED_S)) is late


@pytest.mark.parametrize(("between", "late"), [(0, True), (1, True), (2, False)])
def test_a_register_that_is_missing_in_the_capture_may_have_renewed_it(between: int, late: bool) -> None:
    """CSeq grows by one, or by two where the first was challenged."""
    first, *_, last = registers("r", *["r"] * between, "r")
    assert is_late(granted(first, last, SECOND), Binding(last, 0, GRANTED_S)) is late


def test_the_order_of_the_numbers_counts() -> None:
    first, second = registers("r", "r")
    assert not is_late(granted(second, first, SECOND), Binding(first, 0, GRANTED_S))


def test_a_device_that_restarted_renews_nothing() -> None:
    first, second = registers("r", "again")
    assert not is_late(granted(first, second, SECOND), Binding(second, 0, GRANTED_S))


@pytest.mark.parametrize(("one", "two"), [(0, GRANTED_S), (GRANTED_S, 0)])
def test_what_was_removed_is_not_late(one: int, two: int) -> None:
    first, second = registers("r", "r")
    assert not is_late(granted(first, second, SECOND, one), Binding(second, 0, two))
