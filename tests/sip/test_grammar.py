from __future__ import annotations

import pytest

from sipdiag.sip.grammar import MAX_START_LINE, is_start_line


@pytest.mark.parametrize(
    "line",
    [
        b"INVITE sip:a@example.com SIP/2.0\r\nVia: x",
        b"OPTIONS * SIP/2.0\r\n",
        b"FOO-bar!%41 tel:+1555 SIP/2.0\n",
        b"INVITE sip:a@example.com SIP/2.0",
        b"INVITE  sip:a@example.com  SIP/2.0  \r",
        b"INVITE <sip:a@example.com> SIP/2.0\r\n",
        b"INVITE sip:a@example.com; lr SIP/2.0\r\n",
        b"INVITE bob@192.0.2.1:5060 SIP/2.0\r\n",
        b"INVITE sip:a@example.com SIP/7.0\r\n",
        b"\r\n\r\nBYE sip:a@example.com SIP/2.0\r\n",
        b"SIP/2.0 200 OK\r\n",
        b"SIP/2.0 200",
        b"SIP/2.0 4294967301 x\r\n",
    ],
)
def test_taken_for_sip(line: bytes) -> None:
    assert is_start_line(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\r\n\r\n",
        b"INVITE foo@bar SIP/2.0\r\n",
        b"GET / HTTP/1.1\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"OPTIONS rtsp://example.com/ RTSP/1.0\r\n",
        b"RTSP/1.0 200 OK\r\n",
        b"INVITE sip:a@example.com\r\n",
        b"INVITE sip:a@example.com SIP/2.0x\r\n",
        b"INVITE sip:a@example.com\r\nVia: x SIP/2.0\r\n",
        b"a b c: d SIP/2.0\r\n",
        b"Via: SIP/2.0/UDP example.com\r\n",
        b"SIP/2.0 OK\r\n",
        b"\x80\x00SIP/2.0 200 OK",
        b" INVITE sip:a@example.com SIP/2.0\r\n",
        b"INVITE sip:" + b"a" * (2 * MAX_START_LINE + 9) + b" SIP/2.0\r\n",
    ],
)
def test_not_taken_for_sip(line: bytes) -> None:
    assert not is_start_line(line)
