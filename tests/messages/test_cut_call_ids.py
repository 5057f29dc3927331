from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.cut_call_ids import complete_call_ids
from sipdiag.sip.message import Message
from tests.calls.dialogs import HEALTHY, SECOND, captured


def cut(one: CapturedMessage, kept: int) -> CapturedMessage:
    """The message without what follows so many characters of its Call-ID."""
    raw = one.message.raw
    end = raw.index(one.message.call_id.encode()) + kept
    return replace(one, message=Message(raw[:end]), truncated=True)


def call_ids(messages: list[CapturedMessage]) -> set[str]:
    complete_call_ids(messages)
    return {one.message.call_id for one in messages}


def test_a_cut_call_id_is_completed_from_the_messages_that_hold_it_whole() -> None:
    messages = captured(HEALTHY)
    whole = messages[0].message.call_id
    assert call_ids([cut(messages[0], 20), *messages[1:3], cut(messages[3], 9), *messages[4:]]) == {whole}


def test_where_all_are_cut_the_longest_counts() -> None:
    messages = [cut(one, kept) for kept, one in enumerate(captured(HEALTHY), 10)]
    assert call_ids(messages) == {messages[-1].message.call_id}


def test_two_calls_that_begin_alike_are_not_mixed_up() -> None:
    messages = captured(HEALTHY)
    whole = messages[0].message.call_id
    other = Message(messages[1].message.raw.replace(whole.encode(), whole[:15].encode() + b"another"))
    found = call_ids([messages[0], replace(messages[1], message=other), cut(messages[2], 12)])
    assert found == {whole, whole[:15] + "another", whole[:12]}


def test_what_is_left_of_a_short_one_is_no_proof() -> None:
    messages = captured(HEALTHY)
    assert call_ids([messages[0], cut(messages[1], 5)]) == {
        messages[0].message.call_id,
        messages[0].message.call_id[:5],
    }


def test_other_hosts_have_calls_of_their_own() -> None:
    messages = captured(HEALTHY)
    moved = replace(cut(messages[1], 12), src=messages[1].src._replace(address="203.0.113.99"))
    assert call_ids([messages[0], moved]) == {
        messages[0].message.call_id,
        messages[0].message.call_id[:12],
    }


@given(st.lists(st.text("ab", min_size=8, max_size=12), min_size=1, max_size=12))
def test_nothing_is_invented(call_ids: list[str]) -> None:
    sample = captured("  - a INVITE")[0]
    messages = [
        replace(
            sample,
            message=Message(b"OPTIONS sip:a SIP/2.0\r\nCall-ID: " + call_id.encode()),
            time_ns=at * SECOND,
            truncated=True,
        )
        for at, call_id in enumerate(call_ids)
    ]
    complete_call_ids(messages)
    for call_id, one in zip(call_ids, messages, strict=True):
        assert one.message.call_id.startswith(call_id)
        assert one.message.call_id in call_ids
