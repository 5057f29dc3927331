from __future__ import annotations

import pytest

from sipdiag.sip.sipfrag import parse_sipfrag


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"SIP/2.0 200 OK\r\n", 200, "OK"),
        (b"SIP/2.0 100 Trying", 100, "Trying"),
        (b"\r\n  SIP/2.0 486 Busy Here\n", 486, "Busy Here"),
        (b"SIP/2.0 503", 503, ""),
        (b"SIP/2.0 99999 x", None, "x"),
    ],
)
def test_status(body: bytes, status: int | None, reason: str) -> None:
    fragment = parse_sipfrag(body)
    assert fragment is not None
    assert (fragment.status, fragment.reason, fragment.version) == (status, reason, "SIP/2.0")


def test_headers() -> None:
    fragment = parse_sipfrag(
        b'SIP/2.0 403 Forbidden\r\nReason: Q.850;cause=21;\r\n text="CALL, REJECTED"\r\nX-Code: D13\r\n\r\nTo: x'
    )
    assert fragment is not None
    assert fragment.header("x-code") == "D13"
    assert fragment.header("to") is None
    assert [(r.cause, r.text) for r in fragment.reasons] == [(21, "CALL, REJECTED")]


def test_fragment_of_a_request() -> None:
    fragment = parse_sipfrag(b"INVITE sip:a@b SIP/2.0\r\nCall-ID: x\r\n")
    assert fragment is not None
    assert (fragment.status, fragment.version) == (None, "")
    assert fragment.start_line == "INVITE sip:a@b SIP/2.0"
    assert fragment.header("i") == "x"


def test_fragment_of_header_fields_alone() -> None:
    fragment = parse_sipfrag(b"From: <sip:a@b>\r\nCall-ID: x\r\n")
    assert fragment is not None
    assert (fragment.status, fragment.start_line) == (None, "")
    assert fragment.header("from") == "<sip:a@b>"


def test_nothing() -> None:
    assert parse_sipfrag(b" \r\n") is None
