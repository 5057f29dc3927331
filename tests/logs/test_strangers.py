"""Logs as strangers send them: what each is read as, and the verdict that follows from it.

The labels were written down before the first run.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from sipdiag.capture.payload import Endpoint
from sipdiag.logs.write import Logged
from sipdiag.messages.read import read_messages
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from tests.logs import packets, printers
from tests.logs.build import trace
from tests.logs.printers import Printer

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"


class Case(NamedTuple):
    """A call as a program prints it."""

    printer: Printer
    sample: str
    outcome: str | None
    """None where no call can be read."""
    root: str | None = None
    timed: bool = True
    """The text has times."""
    ends: bool = True
    """It says, or lets be told, from whom and to whom each message went."""


CASES = (
    Case(printers.diago, "access/credentials-rejected-407", "rejected", "access/credentials-rejected", ends=False),
    Case(printers.sippy, "healthy/challenged", "answered"),
    Case(printers.sipdump, "target/declined-603", "declined", "target/declined"),
    Case(printers.sip_trace_rows, "healthy/proxy-challenges", "answered"),
    Case(printers.heplify, "carrier/no-route-cause-3", "rejected", "carrier/no-route"),
    Case(printers.homer_json, "target/busy-announced", "busy", "target/busy"),
    Case(printers.pino, "healthy/hold-and-resume", "answered"),
    Case(printers.journald, "target/unknown-number-404", "rejected", "target/unknown-number"),
    Case(printers.loki, "signalling/bye-unanswered", "answered", "signalling/bye-unanswered"),
    Case(printers.kubernetes, "media/codec-mismatch-488", "rejected", "media/codec-mismatch"),
    Case(printers.xlog, "platform/no-trunk", "rejected", "platform/no-trunk-or-rule"),
    Case(printers.rfc5424, "target/no-answer-480", "no-answer", "target/no-answer"),
    Case(printers.avaya, "healthy/outbound-tcp", "answered", ends=False),
    Case(printers.ribbon, "signalling/loop-483", "rejected", "signalling/loop", ends=False),
    Case(printers.flutter, "healthy/delayed-offer", "answered", ends=False),
    Case(printers.python_bytes, "transfer/refer-rejected-bare-603", "transfer-failed", "transfer/refer-rejected"),
    Case(printers.node_inspect, "healthy/plain", "answered", ends=False),
    Case(printers.logfmt, "transfer/target-failed-busy", "transfer-failed", "transfer/target-failed"),
    Case(printers.rust_tracing, "healthy/session-refresh-update", "answered"),
    Case(printers.html_escaped, "caller-id/rejected-twilio-32204", "rejected", "caller-id/rejected"),
    Case(printers.mail, "call/cancelled-by-caller", "cancelled"),
    Case(printers.csv_field, "transfer/refer-completed", "transferred"),
    Case(printers.counterpath, "healthy/challenged", "answered", timed=False),
    Case(printers.three_cx, "carrier/overloaded-cause-34", "failed", "carrier/overloaded", ends=False),
    Case(printers.technicolor, "healthy/plain", "answered", timed=False),
    Case(printers.polycom, "transfer/refer-not-enabled-13802", "transfer-failed", "transfer/refer-not-enabled"),
    Case(printers.yealink, "target/declined-603", "declined", "target/declined"),
    Case(printers.outlook, "healthy/proxy-challenges", "answered", timed=False),
    Case(printers.tree, "healthy/hold-and-resume", "answered"),
    Case(printers.tshark_json, "media/codec-mismatch-488", "rejected", "media/codec-mismatch"),
    Case(printers.pdml, "access/credentials-rejected-407", "rejected", "access/credentials-rejected"),
    Case(printers.followed, "caller-id/spam-607", "rejected", "caller-id/blocked-as-spam", timed=False),
    Case(printers.stream_copied, "healthy/plain", "answered", timed=False, ends=False),
    Case(printers.follow_yaml, "signalling/loop-483", "rejected", "signalling/loop"),
    Case(printers.tcpdump_hex, "target/busy-announced", "busy", "target/busy"),
    Case(printers.tshark_hex, "healthy/plain", "answered", timed=False),
    Case(printers.tcpdump_untimed, "platform/no-trunk", "rejected", "platform/no-trunk-or-rule", timed=False),
    Case(printers.cube, "target/no-answer-480", "no-answer", "target/no-answer", ends=False),
    Case(packets.tshark_ek, "access/ip-not-allowed-32201", "rejected", "access/ip-not-allowed"),
    Case(packets.tshark_ek_chosen, "healthy/hold-and-resume", "answered"),
    Case(packets.tshark_chosen, "media/codec-mismatch-488", "rejected", "media/codec-mismatch"),
    Case(packets.fortigate, "signalling/bye-unanswered", "answered", "signalling/bye-unanswered"),
    Case(packets.fortigate_relative, "healthy/challenged", "answered"),
    Case(packets.pjsip_history, "target/no-answer-480", "no-answer", "target/no-answer"),
    Case(packets.docker_of_json, "healthy/session-refresh-update", "answered"),
    Case(packets.pjsip_history_list, "target/busy-announced", None),
    Case(packets.tshark_start_lines, "target/busy-announced", None),
    Case(printers.fields, "target/busy-announced", None),
    Case(printers.livekit_lines, "target/busy-announced", None),
    Case(printers.pyvoip, "target/busy-announced", None),
    Case(printers.kamailio_debug, "target/busy-announced", None),
)  # fmt: skip
IDS = [case.printer.__name__ for case in CASES]


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


def call_of(sample: str) -> list[Logged]:
    """The messages of a sample, as the first of its two busiest hosts sees them."""
    messages = [
        one for one in read_messages([str(SAMPLES / f"{sample}.pcap")]).messages if one.copy_of is None
    ]
    hosts = Counter(host.address for one in messages for host in (one.src, one.dst))
    own = hosts.most_common(1)[0][0]
    return [
        Logged(one.time_ns, Endpoint(*one.src), Endpoint(*one.dst), one.transport, one.message.raw, one.src.address == own)
        for one in messages
    ]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_verdict(case: Case, tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "pasted.txt"
    path.write_bytes(case.printer(call_of(case.sample)))
    analysis, errors = analyze([str(path)], rulebook=rulebook)
    if case.outcome is None:
        assert (analysis.sip_messages, analysis.calls) == (0, [])
        assert {one.rule for one in analysis.findings} == {"capture/no-sip"}
        return
    assert not errors
    assert [(one.outcome, one.root_cause and one.root_cause.rule) for one in analysis.calls] == [
        (case.outcome, case.root)
    ]


@pytest.mark.parametrize(
    "case", [one for one in CASES if one.outcome], ids=lambda case: case.printer.__name__
)
def test_messages(case: Case, tmp_path: Path) -> None:
    sent = call_of(case.sample)
    path = tmp_path / "pasted.txt"
    path.write_bytes(case.printer(sent))
    read = [one for one in read_messages([str(path)]).messages if one.copy_of is None]
    assert [one.message.raw for one in read] == [one.data for one in sent]
    if case.ends:
        assert [(Endpoint(*one.src), Endpoint(*one.dst)) for one in read] == [
            (one.src, one.dst) for one in sent
        ]
    assert all(one.timed == case.timed for one in read)
    if case.timed:
        took = read[-1].time_ns - read[0].time_ns, sent[-1].time_ns - sent[0].time_ns
        assert abs(took[0] - took[1]) <= 1_000_000_000


DAMAGED = [case for case in CASES if case.outcome]


@pytest.mark.parametrize("case", DAMAGED, ids=lambda case: case.printer.__name__)
def test_damage_is_read_to_the_end(case: Case) -> None:
    """Cut anywhere, or with bytes of anything within: what is whole is read, and nothing is raised."""
    sent = call_of(case.sample)
    text = case.printer(sent)
    noise = bytes(range(256)) + b"\n"
    for part in range(1, 12):
        at = len(text) * part // 12
        cut, torn = trace(text[:at]), trace(text[:at] + noise + text[at:])
        assert len(cut.payloads) <= len(sent)
        assert len(torn.payloads) <= len(sent) + 1


def test_what_the_end_of_a_terminal_cut_off() -> None:
    sent = call_of("healthy/challenged")
    read = trace(printers.truncated(sent))
    assert [payload.data for payload in read.payloads[:-1]] == [one.data for one in sent[1:-1]]


def test_bytes_of_another_file_between_messages(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "pasted.txt"
    path.write_bytes(printers.garbage(call_of("healthy/challenged")))
    analysis, errors = analyze([str(path)], rulebook=rulebook)
    assert not errors
    assert [(one.outcome, one.root_cause) for one in analysis.calls] == [("answered", None)]


@pytest.mark.parametrize("beginning", [b"[\n  {\n", b"<pdml>\n<packet>\n", b"peers:\n data: !!binary |\n", b"\t0x0000:  4500 0213 4500 0213 4500 0213 4500 0213\n", b"*************************** 1. row ***************************\n  msg: x\n  fromip: y\n"])  # fmt: skip
@pytest.mark.parametrize(
    "line", [b'"a": 1,\n', b"x" * 5_000_000, b"AAAA\n", b"  msg: y\n z\n", b"\t0x0010:  4500\n"]
)
def test_one_line_or_record_without_an_end_is_bounded(beginning: bytes, line: bytes) -> None:
    assert not trace(beginning + line * (6_000_000 // len(line))).payloads


@pytest.mark.parametrize(
    "text",
    [
        b'[\n  {\n    "name": "agent",\n    "srcIp": "203.0.113.1",\n    "raw": "no message"\n  }\n]\n',
        b'<pdml><packet>\n<field name="ip.src" show="203.0.113.1"/>\n<field name="sip.msg_hdr" value="zz"/>\n</packet></pdml>\n',
        b"\t0x0000:  4500 0213 4500 0213 4500 0213 4500 0213  E...\n\t0x0010:  c0a8 0001 c0a8 0002 13c4 13c4 0008 0000  ....\n",
    ],
)
def test_prints_of_other_things_hold_no_messages(text: bytes) -> None:
    assert not trace(text).payloads


@pytest.mark.parametrize(
    ("printer", "told"),
    [
        (packets.pjsip_history_list, "pjsip show history entry"),
        (packets.tshark_start_lines, "Export Specified Packets"),
    ],
)
def test_lists_say_how_the_messages_are_got(
    printer: Printer, told: str, tmp_path: Path, rulebook: Rulebook
) -> None:
    path = tmp_path / "pasted.txt"
    path.write_bytes(printer(call_of("target/busy-announced")))
    analysis, _ = analyze([str(path)], rulebook=rulebook)
    assert told in analysis.findings[0].sentence
