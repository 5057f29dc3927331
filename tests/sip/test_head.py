"""The short way to the lines of a plain head gives what the long one gives; what identifies a message stays."""

from __future__ import annotations

import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.sip.head import _any_lines, _plain_lines
from sipdiag.sip.message import Message

from .samples import CHALLENGE, INVITE, NOTIFY
from .test_fuzz import mutated

PIECES = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b" ", b"\t", b"a: b", b"SIP/2.0 200 OK", b"\r\n\r\n", b"\xff"]
)


@given(st.lists(PIECES, max_size=12))
def test_both_ways_to_the_lines_agree(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    plain = _plain_lines(raw)
    assert plain is None or plain == _any_lines(raw)


def test_both_ways_agree_on_damaged_messages() -> None:
    chance = random.Random(7)
    for _ in range(2000):
        raw = mutated(chance.choice((INVITE, NOTIFY, CHALLENGE)), chance)
        plain = _plain_lines(raw)
        assert plain is None or plain == _any_lines(raw), raw


@pytest.mark.parametrize("raw", [INVITE, NOTIFY, CHALLENGE])
def test_messages_as_they_are_sent_are_plain(raw: bytes) -> None:
    assert _plain_lines(raw) is not None


def test_the_end_of_the_last_line_is_no_part_of_it() -> None:
    assert Message(b"BYE sip:a@b SIP/2.0\r\nodd\r\n\r\n").odd_lines == ["odd"]
    assert Message(b"BYE sip:a@b SIP/2.0\n Via: x\r\nodd\r\n\r\n").odd_lines == ["odd"]


def test_forgetting_keeps_what_identifies_the_message() -> None:
    message = Message(INVITE)
    read = (message.method, message.call_id, message.branch, message.uri, message.header("via"), message.sdp)
    message.forget()
    assert message._fields_read is None
    assert message._known is None
    assert (message.call_id, message.branch) == (read[1], read[2])
    assert read == (
        message.method,
        message.call_id,
        message.branch,
        message.uri,
        message.header("via"),
        message.sdp,
    )


def test_messages_of_a_dialog_share_what_identifies_it() -> None:
    one, other = Message(INVITE), Message(INVITE + b" ")
    assert one.call_id is other.call_id
    assert one.from_tag is other.from_tag


def test_a_message_travels_as_its_bytes() -> None:
    message = Message(INVITE)
    assert message.call_id
    copy = pickle.loads(pickle.dumps(message))
    assert copy.raw == INVITE
    assert copy.call_id == message.call_id


def test_what_a_message_has_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        Message(INVITE).nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("via", "sent_by", "branch"),
    [
        ("SIP/2.0/UDP Host.Example:5070;branch=z9hG4bKa;rport", ("host.example", 5070), "z9hG4bKa"),
        ("SIP / 2.0 / TLS [2001:db8::1] ;Branch=b", ("2001:db8::1", None), "b"),
        ("SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2", ("a", None), "1"),
        ("broken;branch=1, SIP/2.0/UDP b;branch=2", ("b", None), ""),
        ("", ("", None), ""),
    ],
)
def test_sent_by(via: str, sent_by: tuple[str, int | None], branch: str) -> None:
    message = Message(f"BYE sip:a@b SIP/2.0\r\nVia: {via}\r\n\r\n".encode())
    assert (message.sent_by, message.branch) == (sent_by, branch)
