from __future__ import annotations

import pytest

from sipdiag.sip.credentials import mask, mask_text

START = b"INVITE sip:a@b SIP/2.0\r\n"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (b'Authorization: Digest response="abc", uri="x"', b'Authorization: Digest response="***", uri="x"'),
        (b"proxy-authorization : Digest cnonce=abc,x=y", b"proxy-authorization : Digest cnonce=***,x=y"),
        (b'Authorization: Digest nonce="abc", nc=01', b'Authorization: Digest nonce="abc", nc=01'),
        (b'Authorization: Digest\r\n RESPONSE = "abc"', b'Authorization: Digest\r\n RESPONSE = "***"'),
        (b'Authorization: Digest response="ab\\"c", x=y', b'Authorization: Digest response="*****", x=y'),
        (b'Authorization: Digest response="cut', b'Authorization: Digest response="***'),
        (b"Authorization: Basic YWJj", b"Authorization: Basic ****"),
        (b"Authorization: bearer a.b-c", b"Authorization: bearer *****"),
        (b'Authentication-Info: rspauth="abc"', b'Authentication-Info: rspauth="***"'),
        (b"X-Authorization: response=abc", b"X-Authorization: response=abc"),
        (b"Subject: response=abc", b"Subject: response=abc"),
    ],
)
@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
def test_masked(line: bytes, masked: bytes, ends: bytes) -> None:
    raw = (START + line + b"\r\nSubject: response=kept\r\n\r\n").replace(b"\r\n", ends)
    assert mask(raw) == (START + masked + b"\r\nSubject: response=kept\r\n\r\n").replace(b"\r\n", ends)


def test_lines_of_a_message_in_the_body_too() -> None:
    raw = (
        START
        + b'Content-Type: message/sipfrag\r\n\r\nBYE sip:a SIP/2.0\r\nAuthorization: Digest response="abc"\r\n'
    )
    assert b"abc" not in mask(raw)


def test_text() -> None:
    assert mask_text('Authorization: Digest username="Дa", response="abc"\n') == (
        'Authorization: Digest username="Дa", response="***"\n'
    )
