from __future__ import annotations

import pytest

from sipdiag.sip.address import Replaces
from sipdiag.sip.defects import find_defects
from sipdiag.sip.grammar import COMPACT, MAX_HEADERS
from sipdiag.sip.headers import Credentials, Reason, Warning_
from sipdiag.sip.message import Message

from .samples import CHALLENGE, INVITE, NOTIFY, request


def test_request() -> None:
    message = Message(INVITE)
    assert message.is_request
    assert message.raw is INVITE
    assert message.start_line == "INVITE sip:+15550100@example.com SIP/2.0"
    assert (message.method, message.uri, message.version) == (
        "INVITE",
        "sip:+15550100@example.com",
        "SIP/2.0",
    )
    assert (message.status, message.reason) == (None, "")
    assert (message.call_id, message.cseq, message.cseq_method) == ("one@192.0.2.15", 102, "INVITE")
    assert (message.from_tag, message.to_tag, message.branch) == ("f1", "", "z9hG4bKa1")
    assert message.from_ is not None
    assert message.from_.display == 'Alice "A"'
    assert message.contact is not None
    assert message.contact.uri.host == "192.0.2.15"
    assert message.body.startswith(b"v=0\r\n")
    assert message.sdp is not None
    assert message.sdp.media[0].connection == "192.0.2.15"
    assert message.sipfrag is None
    assert find_defects(message) == []


def test_response_has_the_method_of_its_cseq() -> None:
    message = Message(CHALLENGE)
    assert not message.is_request
    assert (message.method, message.uri) == ("INVITE", "")
    assert (message.status, message.reason) == (407, "Proxy Authentication Required")
    (challenge,) = message.challenges
    assert (challenge.scheme, challenge.realm, challenge.nonce) == ("Digest", "sip.example.com", "a,b=c")
    assert (challenge.stale, challenge.proxy) == (True, True)
    assert challenge.params["algorithm"] == "MD5"


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        ("SIP/2.0 100 ", 100, ""),
        ("SIP/2.0 100", 100, ""),
        ("SIP/2.0  200  Да", 200, "Да"),
        ("SIP/2.0 1000 x", None, "x"),
    ],
)
def test_status_lines(line: str, status: int | None, reason: str) -> None:
    message = Message(request(start=line))
    assert not message.is_request
    assert (message.status, message.reason) == (status, reason)


@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r", b"\r\r\n"])
def test_any_line_end(ends: bytes) -> None:
    message = Message(INVITE.partition(b"v=0")[0].replace(b"\r\n", ends) + b"v=0\r\ns=x\r\n")
    assert message.cseq == 102
    assert len(message.fields) == 9
    assert message.content_length == 66
    assert message.body == b"v=0\r\ns=x\r\n"


def test_blank_lines_in_front_belong_to_no_line() -> None:
    assert Message(b"\r\n\r\n" + INVITE).method == "INVITE"


def test_names_in_any_case_long_or_compact_with_blanks_and_folds() -> None:
    message = Message(request("cAlL-iD \t:\r\n  a\r\n\tb", "f: <sip:a@b>;tag=1", "X-Own:", "x: 1800"))
    assert message.header("i") == message.header("Call-ID") == message.call_id == "a b"
    assert message.header("FROM") == "<sip:a@b>;tag=1"
    assert message.header("x-own") == ""
    assert message.header("Session-Expires") == "1800"
    assert message.header("x-other") is None
    assert message.fields[0] == ("cAlL-iD", "a b")


@pytest.mark.parametrize(("short", "name"), sorted(COMPACT.items()))
def test_compact_forms_both_ways(short: str, name: str) -> None:
    assert Message(request(f"{short.upper()}: v")).header(name) == "v"
    assert Message(request(f"{name}: v")).header(short) == "v"


def test_comma_lists_only_where_allowed() -> None:
    message = Message(
        request(
            'Contact: "a, b" <sip:a@b;x=1,2>, <sip:c@d>,,',
            "m: <sip:e@f>",
            "Subject: one, two",
            'WWW-Authenticate: Digest realm="a", nonce="b"',
            "X-List: one, two",
        )
    )
    assert message.values("contact") == ['"a, b" <sip:a@b;x=1,2>', "<sip:c@d>", "<sip:e@f>"]
    assert message.values("subject") == ["one, two"]
    assert len(message.values("www-authenticate")) == 1
    assert message.values("x-list") == ["one, two"]
    assert message.values("none") == []
    assert message.header("contact") == '"a, b" <sip:a@b;x=1,2>'


def test_bytes_that_are_no_utf8_become_text_that_is() -> None:
    message = Message(INVITE.replace(b"Alice", b"\xff\xfe\xe9"))
    assert message.from_ is not None
    assert message.from_.display.encode("utf-8")
    assert b"\xff\xfe\xe9" in message.raw


def test_known_methods_compare_in_upper_case_others_as_written() -> None:
    assert Message(request("CSeq: 1 invite", start="invite sip:a@b SIP/2.0")).method == "INVITE"
    assert Message(request("CSeq: 1 Foo", start="Foo sip:a@b SIP/2.0")).method == "Foo"
    assert Message(request("CSeq: 1 Foo", start="SIP/2.0 200 OK")).method == "Foo"


@pytest.mark.parametrize("value", ["x INVITE", "", "1INVITE", "-1 INVITE", "9" * 5000 + " INVITE"])
def test_cseq_that_cannot_be_read(value: str) -> None:
    message = Message(request(f"CSeq: {value}"))
    assert (message.cseq, message.cseq_method) == (None, "")


@pytest.mark.parametrize(
    ("value", "number", "method"),
    [
        ("1 bye", 1, "BYE"),
        ("0009\tFoo", 9, "Foo"),
        ("7", 7, ""),
        ("3 INV\x7fTE", 3, "INV\x7fTE"),
        ("5 BYE x", 5, "BYE"),
    ],
)
def test_cseq_is_read_as_far_as_it_goes(value: str, number: int, method: str) -> None:
    message = Message(request(f"CSeq: {value}"))
    assert (message.cseq, message.cseq_method) == (number, method)
    odd = not method or not method.isalnum() or " x" in value
    assert any("is not a number and a method" in defect for defect in find_defects(message)) == odd


def test_an_empty_item_is_not_the_first_value() -> None:
    assert Message(request("Contact: , ,<sip:a@b>,")).header("contact") == "<sip:a@b>"


def test_vias_of_all_lines() -> None:
    message = Message(
        request(
            "Via: SIP / 2.0 / udp  Host.example:5060 ;branch = z9hG4bKx;rport, SIP/2.0/TLS [2001:db8::1]:5061",
            "v: SIP/2.0/TCP 192.0.2.1;received=198.51.100.1;rport=4000",
            "Via: nonsense",
        )
    )
    first, second, third = message.vias
    assert (first.protocol, first.transport, first.host, first.port) == (
        "SIP/2.0/UDP",
        "UDP",
        "host.example",
        5060,
    )
    assert (first.branch, first.rport, first.params["rport"]) == ("z9hG4bKx", None, None)
    assert (second.transport, second.host, second.port) == ("TLS", "2001:db8::1", 5061)
    assert (third.received, third.rport) == ("198.51.100.1", 4000)


def test_identity_headers() -> None:
    message = Message(
        request(
            'P-Asserted-Identity: "A" <sip:+15550100@x>, <tel:+15550100>',
            "P-Preferred-Identity: <sip:+15550101@x>",
            "Remote-Party-ID: <sip:+15550102@x>;party=calling;privacy=off",
            "Diversion: <sip:+15550103@x>;reason=unconditional, <sip:+15550104@x>",
            "History-Info: <sip:a@x?Reason=SIP%3Bcause%3D302>;index=1, <sip:b@x>;index=1.1",
            "Referred-By: <sip:c@x>",
            "r: <sip:d@x?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2>",
            "Replaces: c;to-tag=1;from-tag=2",
        )
    )
    users = [a.uri.user for a in (message.pai, message.ppi, message.rpid, message.referred_by) if a]
    assert users == ["+15550100", "+15550101", "+15550102", "c"]
    assert [a.uri.user for a in message.diversion] == ["+15550103", "+15550104"]
    assert [a.params["index"] for a in message.history_info] == ["1", "1.1"]
    assert message.refer_to is not None
    assert message.refer_to.uri.replaces == message.replaces == Replaces("c", "1", "2")


def test_reasons() -> None:
    message = Message(
        request(
            'Reason: q.850 ;cause=16 ;text="Terminated, normal", SIP;cause=600',
            "Reason: X.int;reasoncode=0x0;add-info=05CC",
            "Reason: Q.850;cause=17;text=User busy, try later",
        )
    )
    assert [(r.protocol, r.cause, r.text) for r in message.reasons] == [
        ("Q.850", 16, "Terminated, normal"),
        ("SIP", 600, ""),
        ("X.INT", None, ""),
        ("Q.850", 17, "User busy, try later"),
    ]
    assert message.reasons[1] == Reason("SIP", 600, "", {"cause": "600"})


def test_warnings() -> None:
    message = Message(
        request(
            'Warning: 399 h.example:5060 "a, b", 304 - "c"',
            'Warning: 399 "no agent"',
            "Warning: 300 h plain, text",
        )
    )
    assert message.warnings == [
        Warning_(399, "h.example:5060", "a, b"),
        Warning_(304, "-", "c"),
        Warning_(399, "", "no agent"),
        Warning_(300, "h", "plain, text"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("AB30317F;remote=47755A9D", ("ab30317f", "47755a9d")),
        ("ab30317f;remote=" + "0" * 32, ("ab30317f", "0" * 32)),
        ("ab30317f", ("ab30317f", "")),
        ("", None),
    ],
)
def test_session_id(value: str, expected: tuple[str, str] | None) -> None:
    assert Message(request(f"Session-ID: {value}")).session_id == expected


def test_event_and_subscription_state() -> None:
    message = Message(NOTIFY)
    assert (message.event, message.event_id) == ("refer", "93")
    assert message.subscription_state == "terminated"
    assert message.sipfrag is not None
    assert (message.sipfrag.status, message.sipfrag.reason) == (486, "Busy Here")
    bare = Message(request())
    assert (bare.event, bare.event_id, bare.subscription_state) == ("", "", "")


def test_credentials_do_not_show_what_comes_from_the_password() -> None:
    message = Message(
        request(
            'Authorization: Digest username="bob", realm="r", nonce="n", uri="sip:r", response="abc", cnonce=def, nc=1',
            "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=",
        )
    )
    digest, basic = message.credentials
    assert (digest.scheme, digest.username, digest.realm, digest.nonce) == ("Digest", "bob", "r", "n")
    assert (digest.uri, digest.proxy, digest.params["nc"]) == ("sip:r", False, "1")
    assert "abc" not in repr(digest)
    assert "def" not in repr(digest)
    assert basic == Credentials("Basic", proxy=True)


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"BYE sip:a@b SIP/2.0\r\nl: 7\r\n\r\n", b""),
        (b"BYE sip:a@b SIP/2.0\r\nl: 7\r\n\r\nabc\r\n\r\n", b"abc\r\n\r\n"),
        (b"BYE sip:a@b SIP/2.0\r\nl: 7\r\n\r\n\r\n\r\n", b"\r\n\r\n"),
        (b"BYE sip:a@b SIP/2.0\nl: 7\n\nabc\r\n\r\n", b"abc\r\n\r\n"),
        (b"\nBYE sip:a@b SIP/2.0\r\nl: 4\r\n\r\n", b""),
        (b"BYE sip:a@b SIP/2.0\rl: 4\r\r\n\r\n", b"\n\r\n"),
    ],
)
def test_what_ends_like_a_head_is_a_body_all_the_same_behind_one(raw: bytes, body: bytes) -> None:
    assert Message(raw).body == body


def test_body_is_cut_to_content_length() -> None:
    assert Message(request("Content-Length: 3", body="abcdef")).body == b"abc"
    assert Message(request("Content-Length: 30", body="abcdef")).body == b"abcdef"
    assert Message(request("l: -3", body="abcdef")).body == b"abcdef"
    assert Message(request("l: " + "9" * 5000, body="abcdef")).body == b"abcdef"
    assert Message(request("l: x", "l: 2", body="abcdef")).body == b"ab"
    assert Message(request(body="abcdef")).body == b"abcdef"
    assert Message(b"BYE sip:a@b SIP/2.0\r\nTo: x").body == b""


def test_bodies_inside_multipart() -> None:
    body = (
        "preamble\r\n--b1\r\nContent-Type: text/plain\r\n\r\nv=0\r\n"
        "--b1\r\ncontent-type:\r\n multipart/mixed;boundary=b2\r\n\r\n"
        "--b2\r\nc: Application/SDP\r\n\r\nv=0\r\ns=inner\r\n\r\n--b2--\r\n"
        "--b1\r\nContent-Type: message/sipfrag\r\n\r\nSIP/2.0 503 Gone\r\n--b1--\r\n"
        "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=behind the end\r\n"
    )
    message = Message(request('Content-Type: multipart/Mixed; boundary="b1"', body=body))
    assert message.content_type == "multipart/mixed"
    assert message.sdp is not None
    assert message.sdp.session_name == "inner"
    assert message.sipfrag is not None
    assert message.sipfrag.status == 503


def test_bodies_whose_type_was_left_out() -> None:
    assert Message(request(body="v=0\r\ns=x\r\n")).sdp is not None
    assert Message(request("Content-Type: text/plain", body="v=0\r\ns=x\r\n")).sdp is None
    fragment = Message(request("Event: refer", start="NOTIFY sip:a@b SIP/2.0", body="SIP/2.0 200 OK")).sipfrag
    assert fragment is not None
    assert fragment.status == 200


def test_bytes_that_are_no_message() -> None:
    for raw in (b"", b"\r\n", b"\0\xff", b"hello\r\nworld"):
        message = Message(raw)
        assert (message.is_request, message.status, message.method) == (False, None, "")
        assert "The first line is neither a request line nor a status line." in find_defects(message)


def test_header_lines_beyond_the_bound_are_named_not_read() -> None:
    message = Message(request(*(f"X-{n}: y" for n in range(MAX_HEADERS + 5)), "Call-ID: late"))
    assert message.call_id == ""
    assert any("6 were not read" in defect for defect in find_defects(message))


def test_remarks_outside_the_standard() -> None:
    message = Message(
        request(
            'ms-diagnostics: 12010;reason="From URI; not the caller\'s";source="fe01"',
            "X-Reason: late offer",
            "X-Warning: ",
            'ms-diagnostics-public: 12010;reason="late offer"',
        )
    )
    assert message.remarks == ["late offer", "From URI; not the caller's"]
