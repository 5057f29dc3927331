"""Calls that differ in nothing but what is their own have one shape; any other byte makes another, or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from sipdiag.alike import shape as module
from sipdiag.alike.shape import MOST_MESSAGES, Shape, Shapes
from sipdiag.capture.payload import Remark
from sipdiag.facts.fragments import ONE_PACKET
from sipdiag.messages.captured import CapturedMessage
from sipdiag.position import Line
from sipdiag.sip.message import Message
from tests.alike.calls import LADDER, ONE, OTHER, call, captured, raw, raws


def seen(shapes: Shapes, messages: list[CapturedMessage]) -> Shape | None:
    """The shape of a call after another that looks like it at a glance."""
    shapes.of(messages)
    return shapes.of(messages)


def shape(messages: list[CapturedMessage]) -> Shape | None:
    return seen(Shapes(), messages)


def alike(one: list[CapturedMessage], other: list[CapturedMessage]) -> bool:
    """Whether two calls have one shape; the first has one."""
    shapes = Shapes()
    first, second = seen(shapes, one), seen(shapes, other)
    assert first is not None
    return second is not None and first.number == second.number


def changed(old: str, new: str, message: int = 0, values: dict[str, str] = OTHER) -> list[CapturedMessage]:
    """The other call, with something else in one of its messages."""
    ladder = list(LADDER)
    assert old in ladder[message]
    ladder[message] = ladder[message].replace(old, new, 1)
    return call(values, tuple(ladder))


def test_the_first_call_of_its_look_is_not_taken_apart() -> None:
    shapes = Shapes()
    assert shapes.of(call(ONE)) is None
    assert shapes.of(call(OTHER)) is not None
    assert shapes.of(call(ONE)) is not None


def test_a_look_is_the_methods_the_statuses_and_the_number_of_lines() -> None:
    shapes = Shapes()
    shapes.of(call(ONE))
    assert shapes.of(changed("Max-Forwards: 70\n", "")) is None
    assert shapes.of(changed("200 OK", "486 OK", 1)) is None
    assert shapes.of(call(ONE, LADDER[:2])) is None
    assert shapes.of(changed("Max-Forwards: 70", "Max-Forwards: 69")) is not None


def test_calls_that_differ_in_their_values_have_one_shape_and_their_own_values() -> None:
    shapes = Shapes()
    one, other = seen(shapes, call(ONE)), seen(shapes, call(OTHER))
    assert one is not None
    assert other is not None
    assert one.number == other.number
    assert one.kinds == other.kinds
    assert set(one.values) == set(ONE.values())
    assert set(other.values) == set(OTHER.values())
    assert one.caller is not None
    assert one.values[one.caller] == ONE["caller"]


def test_each_value_has_its_kind() -> None:
    found = shape(call(ONE))
    assert found is not None
    assert dict(zip(found.values, found.kinds, strict=True)) == {
        ONE["near"]: "address",
        ONE["far"]: "address",
        ONE["caller"]: "number",
        ONE["called"]: "number",
        ONE["branch"]: "branch",
        ONE["bye"]: "branch",
        ONE["tag"]: "tag",
        ONE["totag"]: "tag",
        ONE["callid"]: "callid",
        ONE["cseq"]: "cseq",
        ONE["session"]: "session",
        ONE["version"]: "version",
        ONE["media"]: "port",
        ONE["answer"]: "port",
    }


tokens = st.from_regex(r"[0-9A-Za-z.~*_-]{1,40}", fullmatch=True)
octets = st.integers(0, 255)
own = st.fixed_dictionaries(
    {
        "caller": st.from_regex(r"\+?[0-9]{5,15}", fullmatch=True),
        "called": st.from_regex(r"\+?[0-9]{5,15}", fullmatch=True),
        "near": st.builds("{}.{}.{}.{}".format, octets, octets, octets, octets),
        "far": st.builds("{}.{}.{}.{}".format, octets, octets, octets, octets),
        **dict.fromkeys(["callid", "tag", "totag", "branch", "bye"], tokens),
        "cseq": st.integers(1, 999_999_999).map(str),
        "session": st.integers(0, 10**19 - 1).map(str),
        "version": st.integers(0, 10**19 - 1).map(str),
        "media": st.integers(1, 99_999).map(str),
        "answer": st.integers(1, 99_999).map(str),
    }
)
APART = {"cseq": 1, "media": 2, "answer": 2, "session": 3, "version": 3}
"""Values that are held against those of the same kind alone."""


@given(own)
@example(OTHER)
@example({**OTHER, "answer": OTHER["media"]})
@example({**OTHER, "cseq": OTHER["media"]})
def test_all_calls_have_one_shape_in_which_no_two_values_are_the_same(values: dict[str, str]) -> None:
    distinct = {(APART.get(name, 0), value) for name, value in values.items()}
    shapes = Shapes()
    one, other = seen(shapes, call(ONE)), seen(shapes, call(values))
    assert one is not None
    if len(distinct) == len(values):
        assert other is not None
        assert other.number == one.number
        assert other.values == tuple(
            values[next(name for name, own_value in ONE.items() if own_value == value)]
            for value in one.values
        )
    else:
        assert other is None or other.number != one.number


@given(own, st.integers(0, 2), st.data())
def test_any_other_byte_makes_another_shape(values: dict[str, str], which: int, data: st.DataObject) -> None:
    """A byte that lies in no value: whatever is put in its place, that is another call."""
    marked = raw(LADDER[which], {name: "\1" * len(value) for name, value in values.items()})
    sent = raws(values)
    text = sent[which]
    at = data.draw(st.sampled_from([place for place, byte in enumerate(marked) if byte != 1]))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != text[at]))
    sent[which] = text[:at] + bytes([byte]) + text[at + 1 :]
    shapes = Shapes()
    one = seen(shapes, call(values))
    other = seen(shapes, captured(sent, values["near"], values["far"]))
    assert one is None or other is None or other.number != one.number


DIFFERENT: dict[str, list[CapturedMessage]] = {
    "a header more": changed("Max-Forwards: 70\n", "Max-Forwards: 70\nSupported: replaces\n"),
    "a header less": changed("Max-Forwards: 70\n", ""),
    "another order of headers": changed(
        "Max-Forwards: 70\nFrom: <sip:{caller}@{near}>;tag={tag}\n",
        "From: <sip:{caller}@{near}>;tag={tag}\nMax-Forwards: 70\n",
    ),
    "another value of a header": changed("Max-Forwards: 70", "Max-Forwards: 1"),
    "a name in small letters": changed("Max-Forwards: 70", "max-forwards: 70"),
    "another method": changed("BYE", "CANCEL", 2),
    "another status": changed("200 OK", "202 OK", 1),
    "another reason phrase": changed("200 OK", "200 Okay", 1),
    "another port of a Via": changed("{near}:5060;branch", "{near}:5061;branch"),
    "no port in a Via": changed("{near}:5060;branch", "{near};branch"),
    "another port of a Contact": changed("@{near}:5060>", "@{near}:5080>"),
    "another transport in a Via": changed("SIP/2.0/UDP", "SIP/2.0/TCP"),
    "a branch without its magic": changed("z9hG4bK", "z9hG4bX"),
    "a scheme of TLS": changed("<sip:{caller}", "<sips:{caller}"),
    "a name before an address": changed("From: <", 'From: "Alice" <'),
    "a parameter of a URI": changed("@{near}>", "@{near};user=phone>"),
    "a parameter behind a tag": changed("tag={tag}", "tag={tag};x=y"),
    "a user who is no number": changed("<sip:{caller}", "<sip:alice"),
    "a host that is no address": changed("@{near}>", "@example.com>"),
    "another codec": changed("RTP/AVP 0 8", "RTP/AVP 0 9"),
    "a stream refused": changed("{media}", "0"),
    "another direction": changed("sendrecv", "sendonly"),
    "another session name": changed("s=-", "s=x"),
    "a time that is bounded": changed("t=0 0", "t=0 1"),
    "a CSeq of another method": changed("{cseq} INVITE", "{cseq} ACK"),
    "a CSeq of zero": changed("{cseq}", "0"),
    "an address with a leading zero": changed("c=IN IP4 {near}", "c=IN IP4 192.0.2.010"),
    "a message less": call(OTHER, LADDER[:2]),
    "a message twice": call(OTHER, (*LADDER, LADDER[2])),
    "another order of messages": call(OTHER, (LADDER[0], LADDER[2], LADDER[1])),
    "another port of a packet": captured(raws(OTHER), OTHER["near"], OTHER["far"], port=5070),
    "another transport": captured(raws(OTHER), OTHER["near"], OTHER["far"], transport="TCP"),
    "a packet of an address that is not named": captured(raws(OTHER), "203.0.113.6", OTHER["far"]),
    "the ends turned round": captured(raws(OTHER), OTHER["far"], OTHER["near"]),
    "two values that are the same": call({**OTHER, "totag": OTHER["tag"]}),
    "two addresses that are the same": call({**OTHER, "far": OTHER["near"]}),
    "two ports that are the same": call({**OTHER, "answer": OTHER["media"]}),
    "a value of two kinds": call({**OTHER, "callid": OTHER["tag"]}),
    "a value once more": changed("To: <sip:{called}", "To: <sip:{caller}"),
    "a value once less": changed("From: <sip:{caller}", "From: <sip:+14155550177"),
    "a wrong CSeq of a BYE": changed("{cseq} BYE", "13 BYE", 2),
}


@pytest.mark.parametrize("other", DIFFERENT.values(), ids=DIFFERENT)
def test_what_is_not_a_calls_own_makes_another_shape(other: list[CapturedMessage]) -> None:
    assert alike(call(ONE), call(OTHER))
    assert not alike(call(ONE), other)


def test_another_caller_of_a_further_invite_makes_it_no_everyday_call() -> None:
    again = LADDER[0].replace("{caller}", "+14155550177")
    found = Shapes()
    assert [found.of(call(one, (*LADDER[:2], again))) for one in (ONE, OTHER)] == [None, None]
    assert alike(call(ONE, (*LADDER[:2], LADDER[0])), call(OTHER, (*LADDER[:2], LADDER[0])))


@pytest.mark.parametrize("cut", [b"\r\n", b"sendrecv\r\n"])
def test_where_a_message_ends_is_part_of_the_shape(cut: bytes) -> None:
    """What one message ends with, the next may not begin with: the same lines, and another call."""
    whole = raws(OTHER)
    first = raw(LADDER[0].removesuffix(cut.decode().replace("\r\n", "\n")), OTHER)
    moved = call(OTHER)
    for at, sent in enumerate([first, cut + whole[1]]):
        moved[at] = replace(moved[at], message=Message(sent))
    assert not alike(call(ONE), moved)


def test_a_header_that_only_says_content_length_is_none() -> None:
    twice = LADDER[0].replace("Content-Length: *", "Content-Length: *\nContent-Length")
    turned = LADDER[0].replace("Content-Length: *", "Content-Length\nContent-Length: *")
    assert not alike(call(ONE, (twice, *LADDER[1:])), call(OTHER, (turned, *LADDER[1:])))


NONE: dict[str, list[CapturedMessage]] = {
    "not ASCII": changed("s=-", "s=é"),
    "a zero byte": changed("s=-", "s=\0"),
    "a control character": changed("s=-", "s=\1"),
    "an escape": changed("Max-Forwards: 70", "Max-Forwards: \x1b"),
    "a wrong Content-Length": captured([raw(LADDER[0], OTHER, "5"), *raws(OTHER)[1:]]),
    "no Content-Length": changed("Content-Length: *\n", ""),
    "a Content-Length with a leading zero": captured([raw(LADDER[2], OTHER), raw(LADDER[2], OTHER, "00")]),
    "a Diversion": changed("Max-Forwards: 70", "Diversion: <sip:+14155550199@192.0.2.1>"),
    "a History-Info": changed("Max-Forwards: 70", "History-Info: <sip:+14155550199@192.0.2.1>;index=1"),
    "an Identity": changed("Max-Forwards: 70", "Identity: abc"),
    "a numeric username": changed(
        "Max-Forwards: 70", 'Authorization: Digest username="4155550100", realm="a", nonce="1", response="2"'
    ),
    "a username without quotes": changed(
        "Max-Forwards: 70", 'Authorization: Digest username=4155550100, realm="a", nonce="1"'
    ),
    "a username after a blank": changed(
        "Max-Forwards: 70", 'Authorization: Digest username = "4155550100", realm="a", nonce="1"'
    ),
    "a Diversion in lower case": changed("Max-Forwards: 70", "diversion: <sip:+14155550100@192.0.2.9>"),
    "an RAck": changed("Max-Forwards: 70", "RAck: 1 4711 INVITE"),
    "several Contacts": changed("@{near}:5060>", "@{near}:5060>, <sip:+14155550199@192.0.2.1>"),
    "a number in a name": changed("From: <", 'From: "Line 5551234567" <'),
    "a user with a number in it": changed("<sip:{caller}", "<sip:ext5551234567"),
    "a compact Contact": changed("Max-Forwards: 70", "m: <sip:+14155550100@192.0.2.9>"),
    "a header on two lines": changed("Max-Forwards: 70", "Subject: a\r\n b"),
    "a REFER": changed("INVITE sip:", "REFER sip:"),
    "a From that is no name-addr": changed(
        "Max-Forwards: 70", "P-Asserted-Identity: sip:+14155550100@192.0.2.9"
    ),
    "a numeric username with a plus": changed(
        "Max-Forwards: 70", 'Proxy-Authorization: Digest username="+14155550100", nonce="1"'
    ),
    "no INVITE at first": call(OTHER, (LADDER[2], *LADDER)),
    "a response at first": call(OTHER, LADDER[1:]),
}


@pytest.mark.parametrize("messages", NONE.values(), ids=NONE)
def test_no_everyday_call_has_a_shape(messages: list[CapturedMessage]) -> None:
    assert shape(call(OTHER)) is not None
    assert shape(messages) is None


def test_a_username_that_is_no_number_says_nothing_of_a_country() -> None:
    assert (
        shape(
            changed("Max-Forwards: 70", 'Authorization: Digest username="alice", nonce="a1", response="b2"')
        )
        is not None
    )


@pytest.mark.parametrize(("size", "everyday"), [(ONE_PACKET, True), (ONE_PACKET + 1, False)])
def test_a_message_fits_into_one_packet(size: int, everyday: bool) -> None:
    filled = "X-Fill: " + "x" * (size - len(raw(LADDER[0], OTHER)) - len("X-Fill: \r\n")) + "\n"
    messages = changed("Max-Forwards: 70\n", f"Max-Forwards: 70\n{filled}")
    assert len(messages[0].message.raw) == size
    assert (shape(messages) is not None) is everyday


@pytest.mark.parametrize(("count", "everyday"), [(MOST_MESSAGES, True), (MOST_MESSAGES + 1, False)])
def test_a_call_has_so_many_messages(count: int, everyday: bool) -> None:
    messages = call(OTHER, (LADDER[0], *[LADDER[2]] * (count - 1)))
    assert (shape(messages) is not None) is everyday


def _of_another_point(one: CapturedMessage) -> CapturedMessage:
    return replace(one, point=1)


NOT_WHOLE: dict[str, Callable[[CapturedMessage], CapturedMessage]] = {
    "truncated": lambda one: replace(one, truncated=True),
    "copied": lambda one: replace(one, copy_of=one),
    "untimed": lambda one: replace(one, timed=False),
    "behind its clock": lambda one: replace(one, behind_ns=1),
    "passed on": lambda one: replace(one, passed=one),
    "seen at another point": lambda one: replace(one, seen_at=(0, 1)),
    "missed at a point": lambda one: replace(one, missed_at=(1,)),
    "captured at another point": _of_another_point,
}


@pytest.mark.parametrize("place", range(len(LADDER)))
@pytest.mark.parametrize("spoilt", NOT_WHOLE.values(), ids=NOT_WHOLE)
def test_every_message_was_captured_once_and_whole(
    spoilt: Callable[[CapturedMessage], CapturedMessage], place: int
) -> None:
    messages = call(OTHER)
    messages[place] = spoilt(messages[place])
    assert shape(messages) is None


def test_a_message_that_a_log_remarks_on_is_no_everyday_one() -> None:
    messages = call(OTHER)
    messages[1] = replace(messages[1], remarks=(Remark(Line(0, 7), "gone"),))
    assert shape(messages) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("From: <sip:{caller}@{near}>;tag={tag}", "f: <sip:{caller}@{near}>;tag={tag}"),
        ("Call-ID: {callid}", "i: {callid}"),
        ("To: <sip:{called}@{far}>", "To:\n <sip:{called}@{far}>"),
        ("Call-ID: {callid}", "Call-ID:  {callid}"),
        ("Call-ID: {callid}", "call-id: {callid}"),
    ],
)
def test_a_header_written_in_another_way_is_taken_to_the_letter(old: str, new: str) -> None:
    ladder = (LADDER[0].replace(old, new), *LADDER[1:])
    shapes = Shapes()
    one, other = seen(shapes, call(ONE, ladder)), seen(shapes, call(OTHER, ladder))
    assert one is None or other is None or one.number != other.number


@pytest.mark.parametrize(
    ("sender", "home"),
    [
        ("<sip:{caller}@{near}>", ONE["caller"]),
        ('"Alice" <sip:{caller}@{near}>', ONE["caller"]),
        ('"+33140205050" <sip:{caller}@{near}>', ONE["caller"]),
        ("<sip:anonymous@anonymous.invalid>", None),
        ('"+33140205050" <sip:anonymous@anonymous.invalid>', None),
        ("<sip:{near}>", None),
        ("<sip:1001@{near}>", None),
        ('"+33140205050" <sip:1001@{near}>', None),
    ],
)
def test_the_caller_is_the_number_of_the_first_from(sender: str, home: str | None) -> None:
    """The called end may hang up: its number, in the From of its BYE, is not the caller's."""
    ladder = (
        LADDER[0].replace("<sip:{caller}@{near}>;tag", f"{sender};tag"),
        LADDER[1].replace("<sip:{caller}@{near}>;tag", f"{sender};tag"),
        LADDER[2].replace("<sip:{caller}@{near}>;tag", "<sip:{called}@{far}>;tag"),
    )
    found = shape(call(ONE, ladder))
    assert found is not None
    assert (None if found.caller is None else found.values[found.caller]) == home


@pytest.mark.parametrize(
    "sender",
    [
        "<sip:{caller};npdi@{near}>",
        "sip:{caller}@{near}",
        "<tel:{caller}>",
        "<sip:+1-415-555-0100@{near}>",
        "<sip:2025550100.x@{near}>",
    ],
)
def test_a_caller_that_is_not_taken_out_tells_a_country_all_the_same(sender: str) -> None:
    """In that country the called number is read: such calls are not compared."""
    ladder = tuple(one.replace("<sip:{caller}@{near}>;tag", f"{sender};tag") for one in LADDER)
    assert shape(call(ONE, ladder)) is None


def test_shapes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SHAPES", 1)
    shapes = Shapes()
    known = seen(shapes, call(ONE))
    assert known is not None
    assert seen(shapes, changed("200 OK", "200 Okay", 1)) is None
    assert shapes.of(call(OTHER)) is not None
    assert seen(shapes, call(ONE, LADDER[:2])) is None


def test_forms_of_lines_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = Shapes()
    assert seen(shapes, call(ONE)) is not None
    monkeypatch.setattr(module, "_MOST_LINES", 1)
    assert shapes.of(call(OTHER)) is not None
    assert seen(shapes, changed("s=-", "s=another")) is None
