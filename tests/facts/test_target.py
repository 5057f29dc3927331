"""Targets of a REFER that a carrier cannot dial, whatever their number looks like."""

from __future__ import annotations

import pytest

from sipdiag.facts.enums import Target
from sipdiag.facts.target import form_of
from sipdiag.sip.address import parse_name_addr
from tests.calls.dialogs import one_call, rules

UP = "  - a INVITE\n  - a 100\n  - a 180 +0.3\n  - a 200 +2\n  - a ACK\n"
INVALID = "transfer/refer-to-invalid"


def found(target: str, rest: str) -> set[str]:
    return rules(one_call(f"{UP}  - a agent REFER {target} +9\n{rest}").findings)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("sip:+13125550162@54.172.60.1", True),
        ("sip:+13125550162@161.115.160.20", True),
        ("sip:+13125550162@10.1.2.3", True),
        ("sip:+13125550162@127.0.0.1", True),
        ("sip:tel:+13125550162@acme.pstn.twilio.com", True),
        ("sip:+13125550162@acme.pstn.twilio.com", False),
        ("sip:+13125550162@198.51.100.77", False),
        ("tel:+13125550162", False),
    ],
    ids=["edge", "own", "private", "loopback", "nested", "trunk", "another host", "tel"],
)
def test_the_host_of_a_refused_target(target: str, told: bool) -> None:
    assert (INVALID in found(target, "  - a 403\n")) is told


def test_what_was_accepted_and_connected_was_good_enough() -> None:
    rest = "  - a 202\n  - a carrier NOTIFY 100\n  - a 200\n  - a carrier NOTIFY 200 +4\n  - a 200\n"
    assert INVALID not in found("sip:+13125550162@54.172.60.1", rest)


def test_a_server_that_fails_says_nothing_about_the_target() -> None:
    assert INVALID not in found("sip:+13125550162@54.172.60.1", "  - a 500\n")


def test_a_replaces_that_names_the_refers_own_dialog() -> None:
    result = one_call(
        f"{UP}  - a agent REFER sip:bot@example.com replaces=a +9\n  - a 202\n  - a carrier NOTIFY 404\n  - a 200\n"
    )
    assert result.root_cause is not None
    assert result.root_cause.rule == INVALID
    assert "same Call-ID" in result.root_cause.sentence


@pytest.mark.parametrize(
    ("target", "form"),
    [
        ("<tel:+13125550162>", Target.e164),
        ("<sip:+1-312-555-0162@a.example>", Target.e164),
        ("<sip:+1234567@a.example>", Target.e164),
        ("<sip:+123456@a.example>", Target.invalid),
        ("<sip:+0123456789@a.example>", Target.invalid),
        ("<sip:13125550162@a.example>", Target.no_plus),
        ("<sip:3125550162@a.example>", Target.national),
        ("<sip:03125550162@a.example>", Target.national),
        ("<sip:5550162@a.example>", Target.national),
        ("<sip:555016@a.example>", Target.extension),
        ("<sip:*98@a.example>", Target.extension),
        ("<sip:desk2@a.example>", Target.sip_name),
        ("<sips:desk2@a.example>", Target.sip_name),
        ("<sip:2desk@a.example>", Target.invalid),
        ("<tel:desk2>", Target.invalid),
        ("<sip:desk@a.example>", Target.sip_name),
        ("<sip:a.example>", Target.sip_name),
        ("<tel:desk>", Target.invalid),
        ("<sip:tel:+13125550162@a.example>", Target.invalid),
    ],
)
def test_form(target: str, form: Target) -> None:
    """What a PSTN carrier can dial, and what it cannot."""
    assert form_of(parse_name_addr(target)) == form


def test_no_target_at_all() -> None:
    assert form_of(None) == Target.invalid
