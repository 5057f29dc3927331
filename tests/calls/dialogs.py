"""Calls for tests: a ladder in the scenario language, run through the real stages."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from sipdiag.calls.call import Legs, assemble, dialog_refers, group
from sipdiag.calls.model import Call, Exchange, Leg
from sipdiag.capture.payload import Accounting, Endpoint, Payload
from sipdiag.facts.among import Whole
from sipdiag.facts.callview import CallView
from sipdiag.facts.legview import LegView
from sipdiag.facts.moves import find_transfers
from sipdiag.facts.neighbours import Neighbours
from sipdiag.facts.notes import note
from sipdiag.facts.observed import Observed
from sipdiag.facts.wide import Wide
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.intake import Intake, messages
from sipdiag.pipeline.call_filter import CallFilter
from sipdiag.pipeline.job import Job
from sipdiag.pipeline.lead import diagnose
from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.pipeline.run import load_catalogue
from sipdiag.position import Frame
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.evaluate import Evaluator
from sipdiag.scenario.ladder import play
from sipdiag.scenario.load import load

HOSTS = """
  carrier: {address: 54.172.60.1, flavour: twilio, domain: acme.pstn.twilio.com}
  telnyx: {address: 192.76.120.10, flavour: telnyx, domain: sip.telnyx.com}
  agent: {address: 161.115.160.20, flavour: livekit}
  retell: {address: 5.161.28.30, flavour: livekit}
  pbx: {address: 198.51.100.10, flavour: asterisk}
  alice: {address: 198.51.100.31, flavour: phone, domain: example.com}
  bob: {address: 198.51.100.32, flavour: phone, domain: example.com}
  bob2: {address: 198.51.100.33, flavour: phone, domain: example.com}
  carol: {address: 198.51.100.34, flavour: phone, domain: example.com}
  proxy: {address: 198.51.100.5, flavour: kamailio, domain: example.com}
  here: {address: 127.0.0.1, port: 5070}
  there: {address: 127.0.0.1, port: 5080}
"""
DIALOGS = """
  a: {from: carrier, to: agent, caller: "+14155550137", callee: "+12025550148"}
  o: {from: agent, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  p: {from: alice, to: bob, caller: alice, callee: bob}
  x: {from: alice, to: bob, caller: alice, callee: bob, path: proxy}
  f: {fork_of: x, to: bob2}
"""
HEALTHY = """
  - a INVITE
  - a 100
  - a 180 +0.3
  - a 200 +2
  - a ACK
  - a carrier BYE +20
  - a 200
"""
SECOND = 1_000_000_000


@cache
def knowledge() -> tuple[Catalogue, Providers]:
    """The built-in rules and provider tables."""
    return load_catalogue()


def payloads(ladder: str, *, dialogs: str = "", hosts: str = "") -> list[Payload]:
    """What the capture stage would yield; ``dialogs`` and ``hosts`` are added to the common ones."""
    text = f"title: test\nhosts:{HOSTS}{hosts}\ndialogs:{DIALOGS}{dialogs}\nladder:\n{ladder}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "test.scenario.yaml")
        path.write_text(text, encoding="utf-8")
        sent = play(load(path))
    streams: dict[tuple[Endpoint, Endpoint], int] = {}
    seen: list[Payload] = []
    for one in sent:
        if "lost" in one.flags:
            continue
        src, dst = Endpoint(one.src.address, one.src.port), Endpoint(one.dst.address, one.dst.port)
        stream = streams.setdefault((src, dst), len(streams)) if one.transport == "tcp" else None
        seen.append(
            Payload(one.time_ns, Frame(0, len(seen) + 1), src, dst, one.transport.upper(), one.data, stream)
        )
        if "copy" in one.flags:
            seen.append(replace(seen[-1], time_ns=one.time_ns + 21_000, position=Frame(0, len(seen) + 1)))
    return seen


def captured(ladder: str, *, dialogs: str = "", hosts: str = "") -> list[CapturedMessage]:
    """The ladder's messages as captured."""
    return list(messages(payloads(ladder, dialogs=dialogs, hosts=hosts), Intake()))


@dataclass(frozen=True)
class CallBook:
    """What the messages of a capture amount to."""

    calls: list[Call]
    """By start time; ids ``c1``, ``c2`` …"""
    exchanges: list[Exchange]
    """What is no call, by start time; ids ``x1``, ``x2`` …"""


def build(seen: Sequence[CapturedMessage]) -> CallBook:
    """Sort messages (in capture order) into calls and exchanges: the steps of the pipeline, all at once."""
    found = Legs(seen, knowledge()[1])
    referred = dialog_refers(found.exchanges)
    calls = [
        assemble(f"c{number}", [(found.legs[one.leg], one) for one in joined])
        for number, joined in enumerate(group(found.profiles()), 1)
    ]
    for call in calls:
        call.transfers = find_transfers(call, referred)
    for number, exchange in enumerate(found.exchanges, 1):
        exchange.id = f"x{number}"
    return CallBook(calls, found.exchanges)


def book(ladder: str, *, dialogs: str = "", hosts: str = "") -> CallBook:
    """The calls of a ladder."""
    return build(captured(ladder, dialogs=dialogs, hosts=hosts))


def one_leg(ladder: str, *, dialogs: str = "", hosts: str = "") -> Leg:
    """The only leg of a ladder."""
    (call,) = book(ladder, dialogs=dialogs, hosts=hosts).calls
    (leg,) = call.legs
    return leg


@dataclass(frozen=True)
class Read:
    """The views of a ladder's calls."""

    calls: list[CallView]
    whole: Whole

    @property
    def call(self) -> CallView:
        (call,) = self.calls
        return call

    @property
    def leg(self) -> LegView:
        (leg,) = self.call.legs
        return leg


def read(
    ladder: str, *, dialogs: str = "", hosts: str = "", expect: str | None = None, until: float = 40.0
) -> Read:
    """The views that facts are read from; the capture goes on for ``until`` seconds after the last message."""
    return read_captured(captured(ladder, dialogs=dialogs, hosts=hosts), expect=expect, until=until)


def read_captured(seen: Sequence[CapturedMessage], *, expect: str | None = None, until: float = 40.0) -> Read:
    """The same of messages as they were captured."""
    found = build(seen)
    end_ns = seen[-1].time_ns + round(until * SECOND)
    providers = knowledge()[1]
    views = {leg: LegView(leg, end_ns, providers, Observed()) for call in found.calls for leg in call.legs}
    calls = [CallView(call, views, expect) for call in found.calls]
    return Read(calls, Whole(Wide(map(note, calls)), Neighbours()))


def judge(
    seen: Sequence[CapturedMessage],
    *,
    expect: str | None = None,
    call_filter: str | None = None,
    until: float = 40.0,
    accounting: Accounting | None = None,
) -> Analysis:
    """The whole diagnosis of some messages."""
    catalogue, providers = knowledge()
    last = max((one.time_ns for one in seen), default=0) + round(until * SECOND)
    return diagnose(
        Job(
            catalogue=catalogue,
            providers=providers,
            evaluator=Evaluator(catalogue),
            accounting=accounting or Accounting(seen=len(seen), sip=len(seen), last_ns=last),
            notes=[],
            messages=list(seen),
            expect=expect,
            wanted=CallFilter(call_filter) if call_filter is not None else None,
        )
    )


def diagnosis(
    ladder: str,
    *,
    dialogs: str = "",
    hosts: str = "",
    expect: str | None = None,
    call_filter: str | None = None,
    until: float = 40.0,
) -> Analysis:
    """The whole diagnosis of a ladder; the capture goes on for ``until`` seconds after it."""
    seen = captured(ladder, dialogs=dialogs, hosts=hosts)
    return judge(seen, expect=expect, call_filter=call_filter, until=until)


def one_call(ladder: str, *, dialogs: str = "", expect: str | None = None, until: float = 40.0) -> CallDetail:
    """The only call of a ladder, judged."""
    (result,) = diagnosis(ladder, dialogs=dialogs, expect=expect, until=until).details
    return result


def rules(findings: Iterable[object]) -> set[str]:
    """The ids of the rules that fired."""
    return {str(getattr(finding, "rule", "")) for finding in findings}
