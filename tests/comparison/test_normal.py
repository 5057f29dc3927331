from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.comparison.normal import normal


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("<sip:+14155550137@54.172.60.1>;tag=83956957_97c50b15", "<sip:+12025550148@54.172.60.3:5062>;tag=1"),
        ("<sip:7800@[2001:db8::1]:5060;transport=tcp>", "<sip:7800@198.51.100.7;transport=tcp>"),
        ("CA02756a0daf30c46db696f495f38bb184", "CA12756a0daf30c46db696f495f38bb199"),
        ("0f1e2d3c-1111-2222-3333-444455556666", "ffffffff-1111-2222-3333-444455556666"),
        ("4155550137", "2025550148"),
        ("600;refresher=uac;expires=90", "600;refresher=uac;expires=120"),
        ("Sat, 21 Nov 2026 03:30:35 GMT", "Sat, 20 Dec 2025 01:02:03 GMT"),
        ("refer;id=2", "refer;id=7"),
    ],
)
def test_what_differs_between_any_two_calls_is_the_same(one: str, two: str) -> None:
    assert normal(one) == normal(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("<sip:+14155550137@a.example>", "<sip:4155550137@a.example>"),
        ("<sip:+14155550137@a.example>", "<sip:anonymous@anonymous.invalid>"),
        ("<sip:1001@a.example>", "<sip:1001@b.example>"),
        ("Q.850;cause=16", "Q.850;cause=21"),
        ("INVITE, ACK, BYE, REFER", "INVITE, ACK, BYE"),
        ("Asterisk PBX 18.0.0", "Asterisk PBX 20.0.0"),
        ("32201 SIP: Source IP Address not in ACL", "32202 SIP: bad user credentials"),
        ("terminated;reason=noresource", "terminated;reason=timeout"),
    ],
)
def test_what_matters_stays_different(one: str, two: str) -> None:
    assert normal(one) != normal(two)


@given(st.text())
def test_any_text_can_be_normalised_twice(text: str) -> None:
    assert isinstance(normal(normal(text)), str)
