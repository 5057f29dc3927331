from __future__ import annotations

import gc
import pickle
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.capture.payload import Endpoint, Payload, Remark
from sipdiag.messages import read, table
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.intake import Intake, messages
from sipdiag.messages.table import MessageTable, Part, column, in_order
from sipdiag.position import Frame, Line
from tests.outside import CORPUS, needs_corpus

A, B = Endpoint("192.0.2.1", 5060), Endpoint("192.0.2.2", 5060)
TEXTS = [
    b"OPTIONS sip:b@192.0.2.2 SIP/2.0\r\nCall-ID: %d\r\nCSeq: 1 OPTIONS\r\n\r\n" % number
    for number in range(3)
]
COLUMNS = ("raw", "time_ns", "behind_ns", "file", "src", "dst", "transport", "point", "timed", "truncated")
payloads = st.builds(
    Payload,
    time_ns=st.integers(0, 300_000_000),
    position=st.one_of(
        st.builds(
            Frame, st.integers(0, 2), st.integers(1, 99), st.lists(st.integers(1, 9), max_size=2).map(tuple)
        ),
        st.builds(Line, st.integers(0, 2), st.integers(1, 99)),
    ),
    src=st.sampled_from([A, B]),
    dst=st.sampled_from([A, B]),
    transport=st.sampled_from(["UDP", "TCP"]),
    data=st.sampled_from(TEXTS),
    cut=st.integers(0, 1),
    point=st.integers(0, 1),
    timed=st.booleans(),
    remarks=st.lists(st.builds(Remark, st.builds(Line, st.just(0), st.just(1)), st.text()), max_size=1).map(
        tuple
    ),
)


def taken(some: Sequence[Payload]) -> list[CapturedMessage]:
    return list(messages(sorted(some, key=lambda one: one.time_ns), Intake()))


def told(some: Sequence[CapturedMessage]) -> list[tuple[object, ...]]:
    """Everything that is known of messages; of a copy also which message it is one of."""
    place = {id(one): number for number, one in enumerate(some)}
    return [
        (
            one.message.raw,
            one.copy_of is None or one.message is one.copy_of.message,
            one.time_ns,
            one.position,
            one.src,
            one.dst,
            one.transport,
            one.truncated,
            place[id(one.copy_of)] if one.copy_of is not None else None,
            one.point,
            one.timed,
            one.remarks,
            one.behind_ns,
        )
        for one in some
    ]


@given(st.lists(st.lists(payloads, max_size=8), max_size=3))
def test_messages_come_out_as_they_were_taken_in(batches: list[list[Payload]]) -> None:
    expected = [one for some in batches for one in taken(some)]
    built = MessageTable()
    for start in range(0, len(expected), 3):
        built.extend(expected[start : start + 3])
    assert told(list(built)) == told(expected)
    assert told(list(pickle.loads(pickle.dumps(built)))) == told(expected)


@given(st.lists(st.lists(payloads, max_size=8), max_size=3))
def test_messages_are_sorted_as_a_list_is(batches: list[list[Payload]]) -> None:
    expected = [one for some in batches for one in taken(some)]
    built = MessageTable(expected)
    in_order(built)
    in_order(expected)
    assert told(list(built)) == told(expected)


@pytest.mark.parametrize("name", COLUMNS)
@given(some=st.lists(payloads, max_size=8))
def test_a_column_is_what_the_objects_say(name: str, some: list[Payload]) -> None:
    found = taken(some)
    assert list(column(MessageTable(found), name)) == list(column(found, name))


def test_there_is_one_object_of_a_message_while_it_is_in_use() -> None:
    built = MessageTable(taken([payload_at(number) for number in range(3)]))
    one = built[1]
    assert built[1] is one is built[-2] is list(built)[1] is built[0:2][1]
    assert list(Part(built, [0, 1]).in_use()) == [one]
    one.message.header("call-id")
    del one
    assert built.in_use(1) is None
    assert list(Part(built, [0, 1]).in_use()) == []
    assert built[1].message._fields_read is None


def test_of_a_list_all_are_in_use() -> None:
    some = taken([payload_at(number) for number in range(3)])
    part = Part(some, [2, 0])
    assert list(part.in_use()) == list(part) == part[:] == [some[2], some[0]]
    assert (len(part), part[0]) == (2, some[2])


def test_what_is_used_no_longer_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_FEW", 8)
    built = MessageTable(taken([payload_at(number) for number in range(100)]))
    held = [built[number] for number in range(20)]
    assert sum(1 for one in built if one is not None) == 100
    assert len(built._in_use) <= 2 * len(held)
    assert [built[number] for number in range(20)] == held


def test_a_completed_call_id_stays() -> None:
    built = MessageTable(taken([payload_at(0)]))
    built.complete_call_id(0, "0-and-the-rest")
    assert built[0].message.call_id == "0-and-the-rest"
    gc.collect()
    assert built.in_use(0) is None
    assert built[0].message.call_id == "0-and-the-rest"


def test_little_is_kept_of_a_message_besides_its_bytes() -> None:
    many = 50_000
    numbered = [TEXTS[0].replace(b": 0\r", b": %d\r" % number) + b"x" * 500 for number in range(many)]
    tracemalloc.start()
    try:
        built, intake = MessageTable(), Intake()
        before, _ = tracemalloc.get_traced_memory()
        for start in range(0, many, 100):
            some = enumerate(numbered[start : start + 100], start)
            built.extend([one for at, data in some for one in intake.receive(payload_at(at, data))])
        built.extend(intake.close())
        del intake
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(built) == many
    assert after - before <= sum(map(len, numbered)) + many * 50


def payload_at(number: int, data: bytes = b"") -> Payload:
    text = data or TEXTS[0].replace(b"Call-ID: 0", b"Call-ID: %d" % number)
    return Payload(number * 1_000_000, Frame(0, number + 1), A, B, "UDP", text)


@needs_corpus
@pytest.mark.parametrize("capture", sorted(CORPUS.rglob("*.pcap*"))[::7], ids=lambda path: path.name)
def test_captures_are_read_alike(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = read.read_messages([str(capture)])
    monkeypatch.setattr(read, "TABLED_FROM", 0)
    tabled = read.read_messages([str(capture)])
    assert told(list(tabled.messages)) == told(list(kept.messages))
    assert tabled.points == kept.points
    assert tabled.notes == kept.notes
