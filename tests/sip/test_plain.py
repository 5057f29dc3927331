"""What is read the short way, because it looks as nearly all do, is read as the careful way reads it."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sipdiag.sip import address, head, headers
from sipdiag.sip.message import Message

URI = st.lists(
    st.sampled_from(
        [
            "a",
            "+1555",
            "B",
            "@",
            "h.x",
            ":",
            "5060",
            "65535",
            "65536",
            ";",
            "=",
            "lr",
            "LR",
            "%41",
            "?",
            " ",
            "é",
            "[::1]",
        ]
    ),
    max_size=10,
).map("".join)
VIA = st.lists(
    st.sampled_from(
        [
            "h",
            ":5060",
            ":99999",
            ";branch=z9hG4bK1",
            ";branch",
            ";Branch=2",
            ";rport",
            ";rport=5",
            ";x==",
            '"',
            ",",
            " ",
            ";",
        ]
    ),
    max_size=8,
).map("".join)


@given(st.sampled_from(["sip:", "sips:", "SIP:", "tel:", ""]), URI)
@example("sip:", "a@h.x:65535;lr;lr=2;b=c=d")
def test_uris(scheme: str, rest: str) -> None:
    text = (scheme + rest).strip()
    plain = address._PLAIN.match(text)
    assert plain is None or address._plain_uri(plain) == address._any_uri(text)


@given(VIA)
@example("h:5060;branch=1;branch=2;rport")
def test_vias(rest: str) -> None:
    text = f"SIP/2.0/UDP h{rest}".strip()
    careful = headers._any_via(text)
    plain = headers._PLAIN_VIA.match(text)
    assert plain is None or headers._plain_via(plain) == careful
    branch = head._PLAIN_VIA.match(text)
    assert branch is None or (careful is not None and branch[2] == careful.branch)


LINES = st.lists(
    st.sampled_from(
        [
            b"\r\n",
            b"\n",
            b"\r",
            b" ",
            b"\t",
            b"BYE sip:a SIP/2.0",
            b"To: <sip:a>",
            b"Call-ID: one",
            b"call-id\t:two ",
            b"I: three",
            b"i:",
            b"Call-ID",
            b"\r\nCall-ID: four\r\n",
        ]
    ),
    max_size=12,
).map(b"".join)


@given(LINES)
@example(b"BYE sip:a SIP/2.0\r\nTo: <sip:a>\r\nCall-ID: one\r\n\r\n")
@example(b"BYE sip:a SIP/2.0\r\nTo: <sip:a>\r\n\r\nCall-ID: one\r\n")
@example(b"BYE sip:a SIP/2.0\r\nI: three\r\n more\r\nCall-ID: one\r\n\r\n")
def test_call_ids(raw: bytes) -> None:
    glanced = head.glance_call_id(raw)
    assert glanced is None or glanced == Message(raw).call_id


def test_what_is_plain() -> None:
    assert address._PLAIN.match("sip:+15550100@sbc.example.com:5060;transport=udp;lr")
    assert headers._PLAIN_VIA.match(
        "SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKa;rport=5;received=192.0.2.2;alias"
    )
    assert head.glance_call_id(b"BYE sip:a SIP/2.0\r\nTo: <sip:a>\r\nCall-ID: one\r\n\r\n") == "one"
