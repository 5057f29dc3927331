"""Which address a text is, and whether others can send to it."""

from __future__ import annotations

import pytest

from sipdiag.facts.private import address_of, is_private


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:DB8:0:0:0:0:0:1", True),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_an_address_is_the_same_however_it_is_written(one: str, other: str, same: bool) -> None:
    assert (address_of(one) == address_of(other)) is same


@pytest.mark.parametrize("host", ["pbx.example", "0.0.0.0", "::", ""])
def test_a_name_and_an_unspecified_address_are_none(host: str) -> None:
    assert address_of(host) is None
    assert is_private(host) is None
