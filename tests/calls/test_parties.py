"""Whom a URI means."""

from __future__ import annotations

import pytest

from sipdiag.calls.parties import uri_key
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
