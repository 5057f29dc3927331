"""Whatever a capture lacks, repeats or mixes up: calls are built and judged without an exception."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sipdiag.capture.payload import Payload
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.intake import Intake, messages
from sipdiag.position import Frame
from sipdiag.report import json as json_report
from sipdiag.rules.finding import Severity
from sipdiag.sip.message import Message
from tests.calls.dialogs import captured, judge, payloads

LADDER = """
  - a INVITE
  - a 100
  - a 180 +0.3
  - a 200 +2
  - a ACK
  - a agent INVITE hold +3
  - a 200
  - a ACK
  - o INVITE +1
  - o 407
  - o ACK
  - o INVITE
  - o 183 sdp
  - o 200 +2
  - o ACK
  - a agent REFER sip:+13125550162@acme.pstn.twilio.com replaces=o +2
  - a 202
  - a carrier NOTIFY 100
  - a 200
  - a carrier NOTIFY 200 +2
  - a 200
  - x INVITE @8
  - x 100
  - f INVITE
  - x 180
  - f 180
  - f 200 +2
  - f ACK
  - x CANCEL +0.05: {links: [1]}
  - x 200 CANCEL: {links: [1]}
  - x 487 INVITE: {links: [1]}
  - x ACK: {links: [1]}
  - p REGISTER
  - p 401
  - p REGISTER
  - p 200
  - r REFER tel:+13125550162
  - r 202
  - q INVITE
  - q 302 sip:bob@198.51.100.33
  - q ACK
  - f bob2 BYE +9
  - f 200
  - a agent BYE +1
  - a agent BYE again +0.5
  - a 200 BYE
  - o BYE +0.1
  - o 481
"""
DIALOGS = """
  r: {from: agent, to: carrier, caller: "+12025550148", callee: "+14155550137"}
  q: {from: carol, to: pbx, caller: carol, callee: "201"}
"""


@cache
def everything() -> tuple[CapturedMessage, ...]:
    return tuple(captured(LADDER, dialogs=DIALOGS))


@cache
def datagrams() -> tuple[Payload, ...]:
    return tuple(payloads(LADDER, dialogs=DIALOGS))


def check(seen: Sequence[CapturedMessage], expect: str | None = None, until: float = 40.0) -> None:
    """Judged and written, each message in at most one place, each finding with a sentence."""
    analysis = judge(seen, expect=expect, until=until)
    placed = [
        id(entry.captured) for one in analysis.details for leg in one.call.legs for entry in leg.messages
    ]
    assert len(placed) == len(set(placed)) <= len(seen)
    for one in analysis.details:
        assert one.outcome
        if one.root_cause is None:
            assert all(f.severity == Severity.info or f.consequence_of for f in one.findings)
        assert all(finding.sentence and "{{" not in finding.sentence for finding in one.findings)
    json_report.render(analysis)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.sampled_from(range(len(everything()))), max_size=80),
    st.sampled_from([None, "transfer", "refer", "answer"]),
    st.floats(0, 60),
)
def test_any_messages_in_any_order_any_number_of_times(
    order: list[int], expect: str | None, until: float
) -> None:
    """Even against the clock."""
    check([replace(everything()[index]) for index in order], expect, until)


@settings(max_examples=20, deadline=None)
@given(st.sets(st.sampled_from(range(len(everything())))), st.sampled_from([None, "transfer"]))
def test_any_messages_missing(lost: set[int], expect: str | None) -> None:
    check([one for index, one in enumerate(everything()) if index not in lost], expect, until=5)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 120_000_000_000), min_size=len(everything()), max_size=len(everything())))
def test_any_times(times: list[int]) -> None:
    moved = [
        replace(one, time_ns=one.time_ns + by) for one, by in zip(everything(), sorted(times), strict=True)
    ]
    check(moved)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_any_message_damaged(data: st.DataObject) -> None:
    """Bytes overwritten, cut off, or whole headers gone."""
    seen = list(everything())
    for _ in range(data.draw(st.integers(1, 6))):
        index = data.draw(st.integers(0, len(seen) - 1))
        raw = bytearray(seen[index].message.raw)
        match data.draw(st.sampled_from(["overwrite", "cut", "header"])):
            case _ if not raw:
                continue
            case "overwrite":
                at = data.draw(st.integers(0, len(raw) - 1))
                raw[at : at + 4] = data.draw(st.binary(max_size=12))
            case "cut":
                del raw[data.draw(st.integers(1, len(raw))) :]
            case _:
                lines = raw.split(b"\r\n")
                del lines[data.draw(st.integers(0, len(lines) - 1))]
                raw = bytearray(b"\r\n".join(lines))
        seen[index] = replace(seen[index], message=Message(bytes(raw)), truncated=True)
    check(seen)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(range(len(datagrams()))), st.integers(0, 100_000_000)),
        max_size=40,
        unique_by=lambda copy: copy[0],
    )
)
def test_copies_within_100_ms_change_nothing(copies: list[tuple[int, int]]) -> None:
    """A packet that was captured twice is neither a message more nor a retransmission."""
    plain = list(datagrams())
    again = [
        replace(plain[index], time_ns=plain[index].time_ns + by, position=Frame(0, 1000 + index))
        for index, by in copies
    ]
    both = sorted(plain + again, key=lambda one: one.time_ns)
    alone, doubled = judge(list(messages(plain, Intake()))), judge(list(messages(both, Intake())))
    assert [
        (one.outcome, [finding.rule for finding in one.findings], sent_again(one.call.legs))
        for one in doubled.details
    ] == [
        (one.outcome, [finding.rule for finding in one.findings], sent_again(one.call.legs))
        for one in alone.details
    ]
    assert doubled.sip_messages == alone.sip_messages + len(again)


def sent_again(legs: Sequence[object]) -> int:
    return sum(entry.retransmission for leg in legs for entry in getattr(leg, "messages", ()))
