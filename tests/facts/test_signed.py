"""The signed caller identity of an INVITE, held against the INVITE."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from sipdiag.facts.signed import signed_identity
from sipdiag.rules.finding import Finding
from tests.calls.dialogs import diagnosis, read
from tests.sip.test_passport import CLAIMS, HEADER, identity

START = int(datetime(2026, 3, 2, 14, 5, 11, tzinfo=UTC).timestamp())
CALLER, CALLED = "12025550148", "13125550162"


def refused(status: int, claims: Mapping[str, object], headers: str = "") -> Finding:
    signed = identity(
        claims={**CLAIMS, "orig": {"tn": CALLER}, "dest": {"tn": [CALLED]}, "iat": START, **claims}
    )
    dialog = (
        f'  v: {{from: pbx, to: carol, caller: "+{CALLER}", callee: "+{CALLED}", '
        f"headers: {{Identity: '{signed}'{headers}}}}}\n"
    )
    (call,) = diagnosis(f"  - v INVITE\n  - v {status}\n  - v ACK\n", dialogs=dialog).details
    assert call.root_cause is not None
    return call.root_cause


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({}, "attestation A (full"),
        ({"attest": "b"}, "attestation B (partial"),
        ({"attest": "C"}, "attestation C (gateway"),
        ({"attest": "D"}, "no attestation"),
        ({"iat": START - 61}, "61 s before the INVITE, which most verifiers take for too old"),
        ({"iat": START - 7}, "signed 7 s before the INVITE,"),
        ({"iat": START + 9}, "9 s after the INVITE"),
        ({"orig": {"tn": "14155550137"}}, "for 14155550137 as the caller, which is neither in From"),
        ({"orig": {"uri": "sip:+14155550137@example.com"}}, "as the caller, which is neither in From"),
        ({"dest": {"tn": ["14155550137"]}}, "for a call to 14155550137, which is neither in To"),
        ({}, "certificate at https://cert.example.org/passport.cer"),
        ({}, "Its signature was not checked here."),
    ],
)
def test_what_was_signed_explains_a_refusal(claims: dict[str, object], said: str) -> None:
    cause = refused(438, claims)
    assert cause.rule == "caller-id/stir-shaken-rejected"
    assert said in cause.why


@pytest.mark.parametrize(
    ("headers", "claims"),
    [
        ("", {}),
        ("", {"orig": {"tn": "+1 (202) 555-0148"}}),
        ("", {"dest": {"tn": ["14155550137", CALLED]}}),
        (", P-Asserted-Identity: '<sip:+14155550137@example.com>'", {"orig": {"tn": "14155550137"}}),
        ("", {"iat": START - 60}),
    ],
    ids=["as shown", "written otherwise", "one of several", "asserted", "a minute"],
)
def test_what_fits_is_not_blamed(headers: str, claims: dict[str, object]) -> None:
    cause = refused(438, claims, headers)
    assert "neither" not in cause.why
    assert "too old" not in cause.why
    assert not any("clocks" in step.text or "last change" in step.text for step in cause.fix)


def test_the_fixes_follow_from_what_differs() -> None:
    assert any(
        "last change of From" in step.text for step in refused(438, {"orig": {"tn": "14155550137"}}).fix
    )
    assert any("clocks by NTP" in step.text for step in refused(438, {"iat": START - 300}).fix)


@pytest.mark.parametrize(("attest", "said"), [("A", False), ("C", True)])
def test_a_block_as_spam_is_told_with_the_attestation(attest: str, said: bool) -> None:
    cause = refused(608, {"attest": attest})
    assert cause.rule == "caller-id/blocked-as-spam"
    assert ("not fully attested" in cause.why) is said


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({}, False),
        ({"iat": START - 60}, False),
        ({"attest": "C"}, False),
        ({"iat": START - 61}, True),
        ({"orig": {"tn": "14155550137"}}, True),
        ({"dest": {"tn": ["14155550137"]}}, True),
    ],
)
def test_a_bare_403_is_told_with_what_a_verifier_refuses(claims: dict[str, object], said: bool) -> None:
    cause = refused(403, claims)
    assert cause.rule == "access/forbidden"
    assert ("A verifier may refuse that" in cause.why) is said
    assert any("signed" in step.text for step in cause.fix) is said


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"attest": "A"}, None),
        ({"attest": "B"}, "Nobody has signed that the account may use this number"),
        ({"attest": "C"}, "Nobody has signed that the account may use this number"),
        ({"orig": {"tn": "12025550199"}}, "for 12025550199 as the caller"),
    ],
)
def test_the_number_of_the_caller_is_told_with_who_vouches_for_it(
    claims: dict[str, object], said: str | None
) -> None:
    signed = identity(claims={**CLAIMS, "orig": {"tn": "14155550137"}, "iat": START, **claims})
    dialog = (
        '  v: {from: agent, to: carrier, caller: "+14155550137", callee: "+13125550162", '
        f"headers: {{Identity: '{signed}'}}}}\n"
    )
    ladder = "  - a INVITE\n  - a 200 +1\n  - a ACK\n  - v INVITE +9\n  - v 403 +0.3\n  - v ACK\n  - a agent BYE +3\n  - a 200\n"
    (call,) = diagnosis(ladder, dialogs=dialog).details
    cause = call.root_cause
    assert cause is not None
    assert cause.rule == "caller-id/passthrough-rejected"
    assert said in cause.why if said else "Identity header" not in cause.why


@pytest.mark.parametrize(("others", "told"), [(6, True), (10, False)])
def test_a_passport_is_looked_for_among_the_first_identity_headers(others: int, told: bool) -> None:
    signed = ", ".join(f"'{value}'" for value in [*["no passport"] * others, identity()])
    dialog = f"  v: {{from: pbx, to: carol, caller: alice, callee: bob, headers: {{Identity: [{signed}]}}}}\n"
    view = read("  - v INVITE\n", dialogs=dialog).leg
    assert (signed_identity(view) is not None) is told


@pytest.mark.parametrize(("length", "shown"), [(100, 100), (200, 120)])
def test_a_long_address_of_a_certificate_is_cut(length: int, shown: int) -> None:
    where = "https://cert.example.org/".ljust(length, "x")
    signed = identity(header={**HEADER, "x5u": where})
    dialog = f"  v: {{from: pbx, to: carol, caller: alice, callee: bob, headers: {{Identity: '{signed}'}}}}\n"
    found = signed_identity(read("  - v INVITE\n", dialogs=dialog).leg)
    assert found is not None
    assert found.certificate == where[:shown]
