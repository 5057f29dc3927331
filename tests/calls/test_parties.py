"""Whom a URI means."""

from __future__ import annotations

import pytest

from sipdiag.calls.parties import number_key, target_key, uri_key
from sipdiag.sip.address import parse_uri


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sip:+12025550148@a.example", "tel:+12025550148", True),
        ("sip:pbx.example", "sip:pbx.example;transport=tcp", True),
        (
            "sip:teams.example;x-m=8:orgid:1;x-t=2",
            "sip:teams.example:5061;transport=tls;x-t=2;x-m=8:orgid:1",
            True,
        ),
        ("sip:teams.example;x-m=8:orgid:1", "sip:teams.example;x-m=8:orgid:9", False),
        ("sip:7@a.example", "sip:8@a.example", False),
    ],
)
def test_uri_key(one: str, other: str, same: bool) -> None:
    assert (uri_key(parse_uri(one)) == uri_key(parse_uri(other))) is same


@pytest.mark.parametrize(
    ("user", "key"),
    [
        (None, None),
        ("", None),
        ("+12025550148", "025550148"),
        ("12025550148", "025550148"),
        ("0012025550148", "025550148"),
        ("+1-202-555-0148", "025550148"),
        ("+12025550148;phone-context=a.example", "025550148"),
        ("1234567", "1234567"),
        ("12345678", "12345678"),
        ("123456", "123456"),
        ("+1", "+1"),
        ("Alice", "alice"),
        ("ab", "ab"),
        ("a", None),
        ("7", None),
    ],
)
def test_number_key(user: str | None, key: str | None) -> None:
    assert number_key(user) == key


@pytest.mark.parametrize(("user", "key"), [("7", "7"), ("A", "a"), ("", None), ("+12025550148", "025550148")])
def test_target_key(user: str, key: str | None) -> None:
    """A REFER says who is meant, however short."""
    assert target_key(user) == key
