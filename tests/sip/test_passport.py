"""Identity headers are read without being verified."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.sip.passport import LONGEST, Passport, parse_identity

HEADER = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": "https://cert.example.org/passport.cer"}
CLAIMS = {
    "attest": "A",
    "dest": {"tn": ["12125550113"]},
    "iat": 1443208345,
    "orig": {"tn": "12155550112"},
    "origid": "123e4567-e89b-12d3-a456-426655440000",
}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def identity(header: object = HEADER, claims: object = CLAIMS) -> str:
    return f"{part(header)}.{part(claims)}.c2lnbmF0dXJl;info=<https://cert.example.org/passport.cer>;alg=ES256;ppt=shaken"


def test_a_shaken_passport() -> None:
    assert parse_identity(identity()) == Passport(
        extension="shaken",
        attestation="A",
        origin="12155550112",
        destinations=("12125550113",),
        issued_at=1443208345,
        certificate="https://cert.example.org/passport.cer",
        origin_id="123e4567-e89b-12d3-a456-426655440000",
    )


def test_numbers_may_be_uris_and_one_may_stand_alone() -> None:
    read = parse_identity(identity(claims={"orig": {"uri": "sip:a@b"}, "dest": {"tn": "1212"}}))
    assert read is not None
    assert (read.origin, read.destinations, read.attestation, read.issued_at) == (
        "sip:a@b",
        ("1212",),
        "",
        None,
    )


def test_the_certificate_may_stand_in_the_header_field_alone() -> None:
    read = parse_identity(identity(header={"alg": "ES256"}))
    assert read is not None
    assert (read.certificate, read.extension) == ("https://cert.example.org/passport.cer", "shaken")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "..c2lnbmF0dXJl;info=<https://x/>",  # the compact form
        "a.b",
        "!!.??.xx",
        f"{part([1])}.{part(CLAIMS)}.x",
        f"{part(HEADER)}.{part('x')}.x",
        f"{'[' * 9000}.a.a",
        f"{part(HEADER)}.{base64.urlsafe_b64encode(b'[' * 9000).decode()}.x",
        identity() + " " * LONGEST,
    ],
)
def test_what_cannot_be_read_is_nothing(value: str) -> None:
    assert parse_identity(value) is None


@pytest.mark.parametrize("issued", [True, -1, 1 << 70, "1443208345", 1.5, None])
def test_a_time_that_is_none(issued: object) -> None:
    read = parse_identity(identity(claims={**CLAIMS, "iat": issued}))
    assert read is not None
    assert read.issued_at is None


@given(
    st.dictionaries(
        st.sampled_from(["attest", "orig", "dest", "iat", "origid"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["tn", "uri"]), inner, max_size=2)
            ),
            max_leaves=6,
        ),
    )
)
def test_any_claims_are_read_or_left_out(claims: dict[str, object]) -> None:
    read = parse_identity(identity(claims=claims))
    assert read is not None
    assert all(isinstance(one, str) for one in (read.origin, *read.destinations, read.attestation))


@given(st.text(max_size=200))
def test_any_text_is_read_or_nothing(text: str) -> None:
    parse_identity(text)
