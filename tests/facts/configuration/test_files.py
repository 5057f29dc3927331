"""Hosts and users out of what documents hold for addresses."""

from __future__ import annotations

import pytest

from sipdiag.facts.configuration.files import host_of, other_trunk, user_of


@pytest.mark.parametrize(
    ("address", "host", "user"),
    [
        ("sip:+15551230000@[2001:db8::1]:5060;transport=tls", "2001:db8::1", "+15551230000"),
        ("<sips:Alice%20B@Edge.Example.COM.:5061>", "edge.example.com", "Alice B"),
        ("edge.example.com:5060", "edge.example.com", ""),
        ("sip:+1555;phone-context=x@10.0.0.1", "10.0.0.1", "+1555"),
        ("tel:+15551230000", "", ""),
        ("", "", ""),
    ],
)
def test_host_and_user(address: str, host: str, user: str) -> None:
    assert (host_of(address), user_of(address)) == (host, user)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("acme.pstn.twilio.com", "other.pstn.twilio.com", True),
        ("acme.pstn.dublin.twilio.com", "other.pstn.twilio.com", True),
        ("one.acme.example", "other.acme.example", False),
    ],
)
def test_trunks_of_one_carrier_differ_in_their_first_label(one: str, other: str, told: bool) -> None:
    assert other_trunk(one, other) is told
