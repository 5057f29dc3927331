from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.sip.secrets import mask, mask_bytes

START = b"INVITE sip:a@b SIP/2.0\r\n"
IN_HEADERS = [
    ('Authorization: Digest response="abc", uri="x"', 'Authorization: Digest response="***", uri="x"'),
    ("proxy-authorization : Digest cnonce=abc,x=y", "proxy-authorization : Digest cnonce=***,x=*"),
    ('Authorization: Digest nonce="abc", nc=01', 'Authorization: Digest nonce="abc", nc=01'),
    ('Authorization: Digest\r\n RESPONSE = "abc"', 'Authorization: Digest\r\n RESPONSE = "***"'),
    (
        'Authorization: Digest response="ab\\"c", realm=y',
        'Authorization: Digest response="*****", realm=y',
    ),
    ('Authorization: Digest response="cut', 'Authorization: Digest response="***'),
    ("Authorization: Basic YWJj", "Authorization: Basic ****"),
    ("Authorization: Basic YWJjZA==", "Authorization: Basic ********"),
    ("Authorization: bearer a.b-c", "Authorization: bearer *****"),
    ("Authorization: hunter2", "Authorization: *******"),
    ("Authorization: Frob hunter2", "Authorization: **** *******"),
    ('Authentication-Info: rspauth="abc"', 'Authentication-Info: rspauth="***"'),
    (
        'WWW-Authenticate: Digest realm="r", nonce="n", ik="0a", ck="0b"',
        'WWW-Authenticate: Digest realm="r", nonce="n", ik="**", ck="**"',
    ),
    ("X-Authorization: response=abc", "X-Authorization: ************"),
    ("X-Api-Key: abc", "X-Api-Key: ***"),
    ("P-Media-Authorization: 00ff", "P-Media-Authorization: ****"),
    ("Cookie: sid=abc", "Cookie: *******"),
    ("X-DTMF: 12#", "X-DTMF: xxx"),
    ("Subject: response=abc", "Subject: response=abc"),
    ("Subject: Bearer capability not implemented", "Subject: Bearer capability not implemented"),
    ("Subject: Bearer eyJhbGciOi.J9xx", "Subject: Bearer ***************"),
    ("Ping: 12", "Ping: 12"),
    ("Call-ID:abc:def@h", "Call-ID:abc:def@h"),
    ("Identity: eyJhbGciOiJ.eyJhdHRlc3Q.c2ln;info=<x>", "Identity: eyJhbGciOiJ.eyJhdHRlc3Q.c2ln;info=<x>"),
    ("X-Ticket: eyJhbGciOiJ.eyJhdHRlc3Q.c2ln", f"X-Ticket: {'*' * 28}"),
]
IN_URIS = [
    ("sip:bob:pass@h:5060", "sip:bob:****@h:5060"),
    ("SIPS:bob:p;a?s@h", "SIPS:bob:*****@h"),
    ("sip:bob:p@ss@h", "sip:bob:****@h"),
    ("sip:bob@corp:pass@h", "sip:bob@corp:****@h"),
    ("https://u:pass@h/x", "https://u:****@h/x"),
    ("sip:192.0.2.1:5060,sip:bob@h", "sip:192.0.2.1:5060,sip:bob@h"),
    ("<sip:192.0.2.1:5060>;x=a@b", "<sip:192.0.2.1:5060>;x=a@b"),
    ("sip:a@h;token=abc;lr", "sip:a@h;token=***;lr"),
    ("https://h/?api_key=abc&x=1", "https://h/?api_key=***&x=1"),
    ("sip:a@h?Authorization=Basic%20YWJj&x=y", "sip:a@h?Authorization=Basic%20****&x=y"),
    (
        "sip:a@h?authorization=Digest%20realm%3D%22r%22%2Cresponse%3D%22ab%22",
        "sip:a@h?authorization=Digest%20realm%3D%22r%22%2Cresponse%3D%22**%22",
    ),
    ("sip:a@h?%41uthorization=Basic%20YWJj", "sip:a@h?%41uthorization=Basic%20****"),
    ("sip:a@h?Refer-To=sip%3Ab%3Apw%40h", "sip:a@h?Refer-To=sip%3Ab%3A**%40h"),
    (
        "sip:a@h?Refer-To=%3Csip%3Ab%3FAuthorization%3DBasic%2520YWJj%3E",
        "sip:a@h?Refer-To=%3Csip%3Ab%3FAuthorization%3DBasic%2520****%3E",
    ),
    (
        "sip:a@h?body=v%3D0%0D%0Aa%3Dcrypto%3A1%20X%20inline%3Aab%7C2",
        "sip:a@h?body=v%3D0%0D%0Aa%3Dcrypto%3A1%20X%20inline%3A**%7C2",
    ),
    ("sip:a@h;postd=12", "sip:a@h;postd=xx"),
]
IN_BODIES = [
    ("a=crypto:1 AES inline:abc|2^20|1:4 KDR=1", "a=crypto:1 AES inline:***|2^20|1:4 KDR=1"),
    ("a=crypto:1 AES inline:abc|1:4;inline:def|2:4", "a=crypto:1 AES inline:***|1:4;inline:***|2:4"),
    (" A = CRYPTO : 1 AES INLINE : abc", " A = CRYPTO : 1 AES INLINE : ***"),
    ("a=ice-pwd:abc", "a=ice-pwd:***"),
    ("a=ice-ufrag:abc", "a=ice-ufrag:abc"),
    ("a=key-mgmt:mikey AQAF==", "a=key-mgmt:mikey ******"),
    ("k=clear:abc", "k=clear:***"),
    ("k=base64:abc", "k=base64:***"),
    ("k=prompt", "k=prompt"),
    ('{"sdp":"v=0\\r\\na=ice-pwd:abc\\r\\nt=0 0"}', '{"sdp":"v=0\\r\\na=ice-pwd:***\\r\\nt=0 0"}'),
    ('{"password": "a\\"b", "user": "c"}', '{"password": "****", "user": "c"}'),
    ('"{\\"apiKey\\":\\"abc\\",\\"user\\":\\"c\\"}"', '"{\\"apiKey\\":\\"***\\",\\"user\\":\\"c\\"}"'),
    ("<x:password>abc</x:password>", "<x:password>***</x:password>"),
    ('<Sip username="u" password="abc">', '<Sip username="u" password="***">'),
    ("user=u&password=abc&x=y", "user=u&password=***&x=y"),
    ("Signal=5\r\nDuration=160", "Signal=x\r\nDuration=160"),
    ("signal : *", "signal : x"),
    ('<kpml-response code="200" digits="12#" tag="a"/>', '<kpml-response code="200" digits="xxx" tag="a"/>'),
    ('{"digits": "12", "n": 3}', '{"digits": "xx", "n": 3}'),
]


@pytest.mark.parametrize(("line", "masked"), IN_HEADERS)
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_headers(line: str, masked: str, ends: str) -> None:
    def message(header: str) -> bytes:
        text = f"INVITE sip:a@b SIP/2.0\r\n{header}\r\nSubject: response=kept\r\n\r\n"
        return text.replace("\r\n", ends).encode()

    assert mask_bytes(message(line)) == message(masked)


@pytest.mark.parametrize(("uri", "masked"), IN_URIS)
@pytest.mark.parametrize(
    "place", ["INVITE {} SIP/2.0\r\n", "To:{}\r\n", 'Contact: "a" <{}>\r\n', "see {} for it"]
)
def test_uris(uri: str, masked: str, place: str) -> None:
    assert mask(place.format(uri)) == place.format(masked)


@pytest.mark.parametrize(("body", "masked"), IN_BODIES)
@pytest.mark.parametrize(
    "place", ["{}", "INVITE sip:a SIP/2.0\r\n\r\n{}\r\n", "A: b\r\n\r\n--q\r\nC: d/e\r\n\r\nx\r\n{}\r\n--q--"]
)
def test_bodies(body: str, masked: str, place: str) -> None:
    assert mask(place.format(body)) == place.format(masked)


@pytest.mark.parametrize(
    ("kind", "body", "masked"),
    [
        ("application/dtmf", "5", "x"),
        ("application/dtmf-relay;x=y", "Signal=D\r\nDuration=9", "Signal=x\r\nDuration=9"),
        ("Application / DTMF", "*", "x"),
        ("audio/telephone-event", "\x05\x8a\x03 ", "xxx "),
        ("application/vnd.nortelnetworks.digits", "p=Digit-Collection\r\nd=12", "p=Digit-Collection\r\nx=xx"),
        ("application/vnd.etsi.pstn+xml", "<digit>5</digit>", "<digit>x</digit>"),
        ("text/plain", "5", "5"),
    ],
)
@pytest.mark.parametrize("name", ["Content-Type:", "c : ", "CONTENT-TYPE:\r\n "])
def test_keys_in_bodies_of_their_own(kind: str, body: str, masked: str, name: str) -> None:
    alone = f"INFO sip:a SIP/2.0\r\n{name}{kind}\r\n\r\n{{}}"
    part = f"INFO sip:a SIP/2.0\r\nC: multipart/mixed\r\n\r\n--q\r\n{name}{kind}\r\nA: 1\r\n\r\n{{}}\r\n--q--"
    for message in (alone, part):
        assert mask(message.format(body)) == message.format(masked)
        assert mask(message.format(body), keys=False) == message.format(body)


def test_fragments_of_messages() -> None:
    raw = (
        START
        + b'Content-Type: message/sipfrag\r\n\r\nBYE sip:a SIP/2.0\r\nAuthorization: Digest response="abc"\r\n'
    )
    assert b"abc" not in mask_bytes(raw)


def test_sentences() -> None:
    said = "the header 'Authorization: Basic YWJj' of sip:u:pw@h was refused: password=abc"
    assert mask(said).startswith("the header 'Authorization: Basic ***")
    assert not any(secret in mask(said) for secret in ("YWJj", "pw@", "=abc"))
    for plain in (
        "A question of authorization: ask the carrier whether the account may call abroad.",
        "The user name or password is wrong. Token: none.",
        "The number has 10 digits: ask the carrier.",
        "Bearer capability not authorized (57)",
    ):
        assert mask(plain) == plain


def test_text_beyond_ascii() -> None:
    assert mask('Authorization: Digest username="Дİa", response="abc"\n') == (
        'Authorization: Digest username="Дİa", response="***"\n'
    )


PIECES = st.sampled_from(
    [
        "Authorization",
        ":",
        "=",
        '"',
        "\\",
        "\r\n",
        " ",
        "a",
        "%",
        "%3D",
        "%25",
        "?",
        "&",
        ";",
        "sip:",
        "@",
        "inline:",
        "a=crypto",
        "password",
        "<",
        ">",
        "digits",
        "5",
        "Content-Type: application/dtmf",
        "eyJ",
        ".",
        "İ",
        "\0",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join) | st.text())
def test_the_form_stays(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert mask(masked) == masked
    assert [c for c in masked if c.isspace()] == [c for c in text if c.isspace()]


@pytest.mark.parametrize(
    "text",
    [
        'X-Foo: url="https://h/?token={}&b=1"',
        "X-Foo: a='b;token={}'",
        'X-Foo: a="b; password={}"',
        "X-Foo: a=token={}",
        'X-Foo: {{"body":"{{\\"token\\":\\"{}\\"}}"}}',
        'X-Foo: {{"tokens":[{}]}}',
        "X-Foo: a;pass={};psk={}",
        "X-Pass: {}",
        '<param name="password" value="{}"/>',
        '{{"name":"password","value":"{}"}}',
        "{{'name': 'password', 'value': '{}'}}",
        "name=password,value={}",
    ],
)
def test_secrets_within_values_and_beside_names(text: str) -> None:
    assert mask(text.format("s3cret", "s3cret")) == text.format("******", "******")


@pytest.mark.parametrize(
    "text", ["X: bypass=ok", '{"name":"place","value":"ok"}', 'X: url="https://h/?a=ok"', '{"list":["ok"]}']
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text) == text
