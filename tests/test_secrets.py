"""No secret gets out, by whatever output, from wherever a header or a body can carry it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner

from sipdiag.capture.payload import Endpoint
from sipdiag.cli import cli
from sipdiag.redaction.pcap_writer import WrittenMessage, capture_of

ROOT = Path(__file__).parents[1]
A, B = Endpoint("192.0.2.10", 5060), Endpoint("198.51.100.20", 5060)
SECRET = "S3cr3tValue0fTheCall"
PIN = "4711*4712#"

HEADERS = (
    'Authorization: Digest username="bob", realm="r", nonce="n", uri="sip:b", response="{}"',
    'Proxy-Authorization:Digest username="bob", cnonce={}, response="x"',
    'AUTHORIZATION : Digest username="bob",\r\n\tresponse = "{}"',
    "Authorization: Basic {}",
    "Authorization: bearer   {}",
    "Proxy-Authorization: NTLM gssapi-data={}",
    "Authorization: {}",
    'Authentication-Info: rspauth="{}"',
    'WWW-Authenticate: Digest realm="r", nonce="n", ck="{}"',
    "X-Auth-Token: {}",
    "X-Api-Key: {}",
    "P-Media-Authorization: {}",
    "Cookie: session={}",
    "X-Note: the password={} was wrong",
    "X-Note: Bearer {}",
    "Contact: <sip:bob:{}@192.0.2.10:5060>",
    "m:<sip:bob:{}@192.0.2.10>",
    "Contact: <sip:192.0.2.10?Authorization=Digest%20username%3D%22bob%22%2C%20response%3D%22{}%22>",
    "P-Asserted-Identity: <sip:+12025550123:{}@192.0.2.10>",
    'P-Asserted-Identity: "Bob" <sip:192.0.2.10?Proxy-Authorization=Basic%20{}>',
    "Diversion: <sip:bob@192.0.2.10;token={}>;reason=unconditional",
    "Call-Info: <https://user:{}@example.com/icon?api_key={}>;purpose=icon",
    "Referred-By: <sip:x@y?Refer-To=%3Csip%3Az%3FAuthorization%3DBasic%2520{}%3E>",
    'Warning: 399 b "Authorization: Basic {} refused"',
    'Reason: SIP;cause=403;text="sip:bob:{}@h is no account"',
)
SDP = (
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{}{}|2^20|1:4",
    "A = crypto : 1 F8_128_HMAC_SHA1_80 INLINE : {}",
    "k=base64:{}",
    "k=clear:{}",
    "a=key-mgmt:mikey {}",
    "a=ice-pwd:{}",
    "a=token:{}",
)
BODIES = (
    ("application/json", '{{"password": "{}", "n": 1}}'),
    ("application/json", '{{"sdp":"v=0\\r\\na=crypto:1 AES inline:{}\\r\\n"}}'),
    ("application/x-www-form-urlencoded", "user=bob&secret={}&x=y"),
    ("application/xml", "<a><token>{}</token></a>"),
    ("text/plain", "Authorization: Bearer {}"),
    ("message/sipfrag", "INVITE sip:x@y SIP/2.0\r\nAuthorization: Digest response={}"),
    (
        "multipart/mixed;boundary=q",
        "--q\r\nContent-Type: application/sdp\r\n\r\nv=0\r\na=ice-pwd:{}\r\n--q\r\nContent-Type: message/sipfrag\r\n"
        "\r\nSIP/2.0 403 No\r\nProxy-Authorization: Basic {}\r\n--q--",
    ),
)
KEYS = (
    ("application/dtmf-relay", "Signal={}\r\nDuration=160"),
    ("application/dtmf", "{}"),
    ("application/kpml-response+xml", '<kpml-response version="1.0" code="200" digits="{}" tag="a"/>'),
    ("application/vnd.nortelnetworks.digits", "p=Digit-Collection\r\nd={}"),
    ("audio/telephone-event", "{}"),
    (
        "multipart/mixed;boundary=q",
        "--q\r\nContent-Type: text/plain\r\n\r\nx\r\n--q\r\nc: application/dtmf\r\n\r\n{}\r\n--q--",
    ),
)


def message(start: str, cseq: str, *headers: str, kind: str = "", body: str = "") -> bytes:
    tag = "" if cseq == "1 INVITE" and start.startswith("INVITE") else ";tag=b"
    lines = [
        start,
        "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK" + cseq.replace(" ", ""),
        "From: <sip:+12025550123@192.0.2.10>;tag=a",
        f"To: <sip:+12025550124@198.51.100.20>{tag}",
        "Call-ID: planted@192.0.2.10",
        f"CSeq: {cseq}",
        *headers,
        *([f"Content-Type: {kind}"] if kind else []),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def dialog() -> Iterator[tuple[bool, bytes]]:
    """Messages, and whether the caller sent them: each secret in each place where it can be."""
    planted = [header.replace("{}", SECRET) for header in HEADERS]
    sdp = "\r\n".join(
        (
            "v=0",
            f"o=bob 1 1 IN IP4 192.0.2.10\r\ns={SECRET[:0]}-\r\nc=IN IP4 192.0.2.10\r\nt=0 0",
            "m=audio 4000 RTP/SAVP 0 101\r\na=rtpmap:0 PCMU/8000",
            *(line.replace("{}", SECRET) for line in SDP),
            "",
        )
    )
    uri = f"sip:+12025550124:{SECRET}@198.51.100.20"
    embedded = f"sip:198.51.100.20?Authorization=Basic%20{SECRET}"
    yield True, message(f"INVITE {uri} SIP/2.0", "1 INVITE", *planted, kind="application/sdp", body=sdp)
    yield False, message("SIP/2.0 180 Ringing", "1 INVITE", *planted)
    yield False, message("SIP/2.0 200 OK", "1 INVITE", *planted, kind="application/sdp", body=sdp)
    yield True, message(f"ACK {embedded} SIP/2.0", "1 ACK", *planted)
    number = 2
    for kind, body in (*BODIES, *KEYS):
        filled = (
            body.replace("{}", PIN if (kind, body) in KEYS else SECRET).replace("{{", "{").replace("}}", "}")
        )
        yield True, message(f"INFO {uri} SIP/2.0", f"{number} INFO", kind=kind, body=filled)
        yield False, message(f"SIP/2.0 415 password={SECRET}", f"{number} INFO", *planted[-2:])
        number += 1
    refer = f"Refer-To: <sip:bob:{SECRET}@example.com?Authorization=Basic%20{SECRET}>"
    yield True, message(f"REFER {uri} SIP/2.0", f"{number} REFER", refer, *planted)
    yield False, message(f"SIP/2.0 403 Bearer {SECRET}", f"{number} REFER", *planted)
    number += 1
    yield True, message(f"BYE {embedded} SIP/2.0", f"{number} BYE", *planted)
    yield False, message(f"SIP/2.0 481 token={SECRET}", f"{number} BYE", *planted)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("secrets")
    sent = [
        WrittenMessage(1_790_000_000_000_000_000 + at * 200_000_000, *((A, B) if up else (B, A)), False, raw)
        for at, (up, raw) in enumerate(dialog())
    ]
    (place / "call.pcap").write_bytes(b"".join(capture_of(sent)))
    good = [one for at, one in enumerate(sent) if at < 4]
    (place / "good.pcap").write_bytes(b"".join(capture_of(good)))
    (place / f"token={SECRET}").touch()
    return place


def output(folder: Path, *args: str) -> str:
    with chdir(folder):
        result = CliRunner().invoke(cli, args, standalone_mode=False, catch_exceptions=False)
    return result.output


def said(folder: Path, *args: str) -> str:
    """What the program itself says, with an end of its own."""
    result = subprocess.run(
        [sys.executable, "-m", "sipdiag", *args],
        cwd=folder,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return (result.stdout + result.stderr).decode()


OUTPUTS = [
    *(["analyze", "call.pcap", "-f", name, "-o", "-"] for name in ("html", "json", "markdown", "text")),
    *(["analyze", "call.pcap", "-f", name, "-o", "-", "--expect", "transfer"] for name in ("sarif", "junit")),
    ["analyze", "call.pcap", "-o", "report.html"],
    ["calls", "call.pcap"],
    ["show", "call.pcap"],
    ["messages", "call.pcap"],
    ["messages", "call.pcap", "-f", "json"],
    *(
        ["compare", "good.pcap", "call.pcap", "-f", name, "-o", "-"]
        for name in ("html", "json", "markdown", "text")
    ),
]


@pytest.mark.parametrize("redact", [[], ["--redact"]], ids=["open", "redacted"])
@pytest.mark.parametrize("args", OUTPUTS, ids=" ".join)
def test_no_secret_is_shown(folder: Path, args: list[str], redact: list[str]) -> None:
    text = output(folder, *args, *redact)
    assert len(text) > 100
    assert SECRET not in text
    assert PIN not in text
    assert not any(key + PIN[:4] in text for key in ("=", '"', "\n"))


@pytest.mark.parametrize(
    "args",
    [
        ["analyze", f"token={SECRET}.pcap"],
        ["show", "call.pcap", "--call", f"sip:bob:{SECRET}@nowhere"],
        ["analyze", "call.pcap", "-o", f"token={SECRET}/x/y"],
    ],
    ids=["capture", "selection", "output"],
)
def test_no_secret_is_in_a_complaint(folder: Path, args: list[str]) -> None:
    text = said(folder, *args)
    assert text.startswith("Error: ")
    assert SECRET not in text


def test_the_secrets_are_in_the_capture_and_the_text_around_them_in_the_report(folder: Path) -> None:
    raw = (folder / "call.pcap").read_bytes()
    assert raw.count(SECRET.encode()) > 100
    shown = output(folder, "show", "call.pcap")
    for kept in (
        'realm="r"',
        "AES_CM_128_HMAC_SHA1_80 inline:****",
        "|2^20|1:4",
        "Duration=160",
        "user=bob&secret=***",
        "sip:bob:****************",
    ):
        assert kept in shown, kept


@pytest.mark.parametrize("args", [["show", "call.pcap"], ["analyze", "call.pcap", "-o", "-"]], ids=" ".join)
def test_digits_are_shown_to_whoever_asks(folder: Path, args: list[str]) -> None:
    shown = output(folder, *args, "--show-digits")
    assert f"Signal={PIN}" in shown
    assert SECRET not in shown
