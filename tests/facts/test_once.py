"""Values of a view, computed once."""

from __future__ import annotations

from sipdiag.facts.legview import FirstValues
from sipdiag.facts.once import once
from sipdiag.sip.message import Message


class Counted:
    def __init__(self) -> None:
        self.reads = 0

    @once
    def nothing(self) -> None:
        """Nothing at all."""
        self.reads += 1


def test_computed_once_even_if_it_is_none() -> None:
    counted, other = Counted(), Counted()
    assert counted.nothing is None
    assert counted.nothing is None
    assert (counted.reads, other.reads) == (1, 0)
    assert Counted.nothing.__doc__ == "Nothing at all."


def test_first_values_of_headers_by_lower_case_name() -> None:
    values = FirstValues(Message(b"SIP/2.0 403 No\r\nX-Code: 1\r\nCall-ID: a\r\nx-code: 2\r\n\r\n"))
    assert values == {"x-code": "1", "call-id": "a"}
    assert values.get("X-Code") is None
    assert len(values) == 2
    assert repr(values) == "{'x-code': '1', 'call-id': 'a'}"
