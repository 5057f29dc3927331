"""Whatever the bytes: nothing raises, nothing is lost, text can be written out, time stays linear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.sip.address import parse_name_addr, parse_replaces, parse_uri
from sipdiag.sip.defects import find_defects
from sipdiag.sip.grammar import MAX_DEFECTS, is_start_line
from sipdiag.sip.message import Message
from sipdiag.sip.quoting import split_outside, unquote
from sipdiag.sip.sdp import parse_sdp
from sipdiag.sip.secrets import mask_bytes as mask
from sipdiag.sip.sipfrag import parse_sipfrag

from .samples import CHALLENGE, INVITE, NOTIFY, request

ATTRIBUTES = [name for name in dir(Message) if not name.startswith("_") and name not in ("raw", "body")]
RICH = request(
    "Via: SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/TCP i",
    'Contact: "x, y" <sip:a@b;c=d?e=f>;q=1, <sip:g@[::1]:1>',
    'Reason: Q.850;cause=16;text="a;b,c"',
    'Warning: 399 h "t"',
    "Refer-To: <sip:a@b?Replaces=c%3Bto-tag%3D1>",
    'Authorization: Digest username="u", response="abc", cnonce="d"',
    'Content-Type: multipart/mixed;boundary="b"',
    body="--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=audio 1 RTP/AVP 0\r\n--b--\r\n",
)


def read_all(raw: bytes) -> Message:
    """Ask for everything; what comes out must be fit for a UTF-8 output."""
    message = Message(raw)
    for name in ATTRIBUTES:
        str(getattr(message, name)).encode("utf-8")
    for name, _ in message.fields:
        message.header(name)
        message.values(name)
    assert message.raw == raw
    assert len(find_defects(message)) <= MAX_DEFECTS
    return message


@given(st.binary(max_size=400))
def test_any_bytes(raw: bytes) -> None:
    read_all(raw)
    is_start_line(raw)
    parse_sdp(raw)
    parse_sipfrag(raw)
    assert len(mask(raw)) == len(raw)


@given(
    st.sampled_from([INVITE, NOTIFY, CHALLENGE, RICH]),
    st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 6), st.binary(max_size=6)), min_size=1, max_size=8
    ),
)
def test_mutated_messages(raw: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    for at, length, new in changes:
        raw = raw[:at] + new + raw[at + length :]
    read_all(raw)
    assert len(mask(raw)) == len(raw)


SPECIAL = st.text(alphabet='<>";,:@?=%\\[] \tsipteltagx1+', max_size=60)


@given(SPECIAL)
def test_any_text_as_an_address(text: str) -> None:
    assert parse_uri(text).raw == text.strip()
    parse_replaces(text)
    unquote(text)
    address = parse_name_addr(text)
    assert (address is None) == (not text.strip())


@given(SPECIAL, st.booleans())
def test_splitting_loses_nothing(text: str, angles: bool) -> None:
    pieces = split_outside(text, ",", angles=angles)
    assert "".join("".join(pieces).split()) in "".join(text.split()) or pieces
    assert sum(piece.count(",") for piece in pieces) + len(pieces) - 1 == text.count(",")


@pytest.mark.parametrize(
    "line",
    [
        'Contact: "' + '\\"' * 100_000,
        "Contact: " + '"' * 200_000,
        "Contact: " + "<" * 200_000,
        "Contact: " + "," * 200_000,
        "Contact: " + "<sip:a@b>;;;," * 20_000,
        "Via: " + ";" * 200_000,
        "Via: SIP/2.0/UDP " + " " * 200_000,
        "Via: " + "SIP/" * 50_000,
        "From: " + "sip:" * 50_000,
        "From: <sip:" + "@" * 200_000 + ">",
        "From: sip:a;" + "b@;" * 60_000,
        "To: " + "\\" * 200_000,
        "Reason: " + "a," * 100_000,
        "Warning: " + "399 a," * 30_000,
        "CSeq: " + "1" * 200_000 + " INVITE",
        "CSeq: 1" + " " * 200_000,
        "Authorization: Digest " + 'a="' * 60_000,
        "Authorization: Digest " + "response=" * 20_000,
        "Authorization:" + " \r\n " * 50_000,
        "Refer-To: <sip:a@b?" + "a=b&" * 50_000 + ">",
        "Content-Length:" + " " * 200_000 + "x",
        "X" + " " * 200_000 + ":",
        "Content-Type: multipart/mixed;boundary=-",
    ],
)
def test_hostile_lines_take_linear_time(line: str) -> None:
    """Quadratic work on these would take minutes; the test would not end."""
    message = read_all(request(line, body="--" * 100_000))
    assert message.method == "INVITE"
    mask(message.raw)


@pytest.mark.parametrize(
    "unit", [b"\n \n", b"\r", b" ", b"\t\n", b"a:\r\n", b"SIP/2.0 ", b"INVITE a:", b"\xff"]
)
def test_hostile_bytes_take_linear_time(unit: bytes) -> None:
    raw = unit * (250_000 // len(unit))
    for data in (raw, b"INVITE sip:a@b SIP/2.0\r\n" + raw, b"INVITE sip:" + raw):
        read_all(data)
        is_start_line(data)
