"""Registrations, OPTIONS and subscriptions: what is told of each, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import analyze
from sipdiag.rules.finding import Severity
from tests.calls.dialogs import diagnosis

SHARED = (
    "  {name}: {{from: {src}, to: {dst}, caller: {user}, callee: {user}, headers: {{Expires: '{asked}'}}}}\n"
)
DIALOGS = (
    "".join(
        SHARED.format(name=name, src=src, dst=dst, user=user, asked=asked)
        for name, src, dst, user, asked in (
            ("r", "alice", "pbx", "alice@example.com", 120),
            ("r2", "alice", "pbx", "alice@example.com", 120),
            ("rb", "bob", "pbx", "alice@example.com", 120),
            ("rx", "alice", "pbx", "alice@example.com", 0),
        )
    )
    + "".join(
        f"  {name}: {{from: {src}, to: {dst}, caller: ping, callee: ping}}\n"
        for name, src, dst in (("o1", "pbx", "agent"), ("o2", "pbx", "agent"), ("o3", "agent", "pbx"))
    )
    + "".join(f"  {name}: {{from: agent, to: pbx, caller: bot, callee: alice}}\n" for name in ("c", "c2"))
    + "  i: {from: agent, to: pbx, caller: bot, callee: alice}\n"
    + "  s: {from: alice, to: pbx, caller: alice, callee: bob, headers: {Event: dialog}}\n"
)


def found(ladder: str, until: float = 40.0) -> dict[str, Severity]:
    """The rules that fired, with the severity of each."""
    return {one.rule: one.severity for one in diagnosis(ladder, dialogs=DIALOGS, until=until).findings}


def registered(at: float, *, dialog: str = "r", granted: int = 120) -> str:
    return f"  - {dialog} REGISTER @{at}\n  - {dialog} 200: {{headers: {{Expires: '{granted}'}}}}\n"


def again(line: str, at: float, times: int) -> str:
    """A request and its retransmissions."""
    waits = (0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)
    return "".join(f"  - {line}{' again' if wait else ''} @{at + wait}\n" for wait in waits[:times])


REFER = "c REFER sip:bob@example.com"
UP = "  - i INVITE\n  - i 100\n  - i 200 +1\n  - i ACK\n"
OPTIONS, LATE, LOST = "signalling/options-unanswered", "access/registration-late", "access/registration-lost"
EXPIRED, FAILED, SUBSCRIPTION = (
    "access/registration-expired",
    "access/registration-failed",
    "signalling/subscription-unanswered",
)


@pytest.mark.parametrize(
    ("ladder", "until", "rule"),
    [
        (again("o1 OPTIONS", 0, 3), 1.0, OPTIONS),
        (again("o1 OPTIONS", 0, 2), 40.0, OPTIONS),
        ("  - o1 OPTIONS\n  - o1 200\n" + again("o2 OPTIONS", 30, 4), 1.0, OPTIONS),
        (again("o1 OPTIONS", 0, 11) + again("o2 OPTIONS", 60, 11), 5.0, OPTIONS),
        (registered(0) + again("r REGISTER", 100, 3), 1.0, LOST),
        (registered(0) + again("r2 REGISTER", 100, 4), 1.0, LOST),
        (registered(0) + "  - r REGISTER @100\n  - r 403\n", 40.0, LOST),
        (registered(0) + "  - r REGISTER @100\n  - r 503\n", 40.0, LOST),
        (registered(0, granted=60) + registered(90), 1.0, LATE),
        (registered(0, granted=60) + registered(61.2), 1.0, LATE),
        (registered(0) + registered(100) + registered(260), 1.0, LATE),
        (registered(0, granted=30) + registered(50, granted=30) + registered(100, granted=30), 1.0, LATE),
        (registered(0), 160.0, EXPIRED),
        (registered(0) + registered(100), 160.0, EXPIRED),
        (registered(0, dialog="rb") + registered(100), 200.0, EXPIRED),
        (again("r REGISTER", 0, 3), 1.0, FAILED),
        ("  - r REGISTER\n  - r 404\n", 1.0, FAILED),
        (again("s SUBSCRIBE", 0, 4), 1.0, SUBSCRIPTION),
        (again(REFER, 0, 3), 1.0, "transfer/refer-unanswered"),
        (f"  - {REFER}\n  - c 403\n", 1.0, "transfer/refer-rejected"),
        (f"  - {REFER}\n  - c 401\n", 5.1, "transfer/refer-rejected"),
        (f"  - {REFER}\n  - c 202\n  - c pbx NOTIFY 404\n", 1.0, "transfer/target-failed"),
        (f"{UP}  - i BYE @9\n  - i 200\n  - {REFER} @12\n  - c 405\n", 1.0, "transfer/refer-rejected"),
    ],
)
def test_what_is_told(ladder: str, until: float, rule: str) -> None:
    assert found(ladder, until).get(rule, Severity.info) > Severity.info


@pytest.mark.parametrize(
    ("ladder", "until"),
    [
        (again("o1 OPTIONS", 0, 2), 1.0),
        ("  - o1 OPTIONS\n", 100.0),
        (again("o1 OPTIONS", 0, 4) + "  - o1 200 +0.1\n", 40.0),
        (again("o1 OPTIONS", 0, 4) + "  - o2 OPTIONS @30\n  - o2 404\n", 40.0),
        ("  - o1 OPTIONS\n  - o1 200\n  - o2 OPTIONS @30\n", 100.0),
        ("  - o3 OPTIONS\n  - o3 503\n", 40.0),
        (registered(0) + registered(100) + registered(200), 1.0),
        (registered(0, granted=60) + registered(60.5), 1.0),
        (registered(0, granted=60) + "  - r REGISTER @50\n  - r REGISTER @70\n  - r 200\n", 1.0),
        (
            registered(0, granted=60)
            + "  - r REGISTER @50 lost\n  - r 200 lost\n  - r REGISTER @55 lost\n  - r 200 lost\n"
            + registered(100),
            1.0,
        ),
        (registered(0, granted=60) + registered(90, dialog="r2"), 1.0),
        (registered(0), 100.0),
        (registered(0), 150.0),
        (registered(0) + "  - rx REGISTER @50\n  - rx 200: {headers: {Expires: '0'}}\n", 300.0),
        (registered(0) + registered(100, dialog="rb"), 110.0),
        ("  - r REGISTER\n  - r 401\n" + registered(1), 1.0),
        (registered(0) + "  - r REGISTER @100\n  - r 401\n", 1.0),
        (registered(0) + "  - r REGISTER @100\n  - r 401 stale\n" + registered(101), 1.0),
        (registered(0) + again("r REGISTER", 100, 2), 1.0),
        ("  - s SUBSCRIBE\n  - s 489\n", 40.0),
        (again("s SUBSCRIBE", 0, 2) + "  - s 200\n", 40.0),
        (f"  - {REFER}\n  - c 202\n  - c pbx NOTIFY 180\n  - c pbx NOTIFY 200 +4\n", 40.0),
        (f"  - {REFER}\n  - c 202\n  - c pbx NOTIFY 180\n", 40.0),
        (f"  - {REFER}\n  - c 401\n", 4.9),
        (f"  - {REFER}\n  - c 401\n  - {REFER} +0.1\n  - c 202\n", 40.0),
        ("  - c REFER: {headers: {Refer-To: '<cid:1@198.51.100.5>'}}\n  - c 400\n", 40.0),
        ("  - c REFER: {headers: {Refer-To: '<sip:bob@example.com;method=BYE>'}}\n  - c 405\n", 40.0),
        (f"{UP}  - {REFER} @9\n  - c 405\n  - i BYE @30\n  - i 200\n", 1.0),
    ],
    ids=[
        "two sendings and the capture ends",
        "sent once, by whom nobody knows",
        "answered late",
        "the next is refused, so it lives",
        "the last was sent once",
        "any answer proves life",
        "in time",
        "at the very end",
        "tried in time, lost",
        "renewed, but not captured",
        "started anew",
        "not over yet",
        "over for a moment",
        "removed",
        "moved to another host",
        "challenged",
        "challenged as the capture ends",
        "a stale nonce",
        "two sendings of a renewal",
        "an unknown event",
        "a repeated subscription",
        "a call placed by REFER",
        "a call by REFER that may still ring",
        "a REFER challenged as the capture ends",
        "a REFER shown its credentials",
        "control of a phone",
        "a REFER that ends a call",
        "a REFER about a call, which tells of it",
    ],
)
def test_what_is_not_told(ladder: str, until: float) -> None:
    assert not {rule for rule, severity in found(ladder, until).items() if severity > Severity.info}


def test_one_series_of_many_call_ids() -> None:
    analysis = diagnosis(again("o1 OPTIONS", 0, 3) + again("o2 OPTIONS", 60, 3), dialogs=DIALOGS)
    (series,) = analysis.exchanges
    assert (series.method, series.requests, series.state, series.status) == ("OPTIONS", 2, "unanswered", None)
    assert len(series.findings) == 1
    assert series.findings == tuple(analysis.findings)


@pytest.mark.parametrize(
    ("sample", "severity"), [("nat-binding-moves", Severity.warning), ("registration-renewed-in-time", None)]
)
def test_a_nat_that_moves(sample: str, severity: Severity | None) -> None:
    told = {one.rule: one.severity for one in _sample(f"access/{sample}").findings}
    assert told.get("access/nat-binding-moves") == severity


@pytest.mark.parametrize(
    ("ports", "severity"),
    [
        ((40001, 40001), None),
        ((40001, 40002), Severity.info),
        ((40001, 40002, 40001), Severity.warning),
        ((None, None), None),
        ((40001, None, 40001), None),
    ],
)
def test_ports_as_the_registrar_notes_them(ports: tuple[int | None, ...], severity: Severity | None) -> None:
    noted = "".join(
        f"  - r REGISTER @{100 * number}\n  - r 200: {{headers: {{Expires: '120', Via: "
        f"'SIP/2.0/UDP 198.51.100.31:5060;branch=z9hG4bKx{number}"
        f"{f';received=203.0.113.7;rport={port}' if port else ''}'}}}}\n"
        for number, port in enumerate(ports)
    )
    assert found(noted, 1.0).get("access/nat-binding-moves") == severity


def _sample(name: str) -> Analysis:
    return analyze([str(Path(__file__).parents[2] / "sample_pcaps" / f"{name}.pcap")])[0]


@pytest.mark.parametrize(("status", "late"), [(200, True), (299, True), (300, False), (302, False)])
def test_only_a_2xx_grants_a_binding_that_can_end(status: int, late: bool) -> None:
    answered = f"  - r REGISTER @0\n  - r {status} \"So\": {{headers: {{Expires: '60'}}}}\n"
    assert (LATE in found(answered + registered(90), 1.0)) is late
